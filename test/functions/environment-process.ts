/**
 * A Lambda execution environment as a process of its own: loads a bundled handler once, then runs one
 * invocation for each line on standard input, with a real deadline, past which it is killed.
 *
 * `frozenMs` of an invocation says how long its environment was frozen before: by so much the monotonic
 * clock is held back, as on a machine where it stands still. SIGSTOP alone does not stop it.
 */
import { createInterface } from 'node:readline';

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  readonly frozenMs?: number;
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

const [, , bundle = ''] = process.argv;
const monotonicNow = performance.now.bind(performance);
let heldBackMs = 0;
performance.now = () => monotonicNow() - heldBackMs;

const { handler } = (await import(bundle)) as { handler: Handler };
say({ event: 'ready' });

for await (const line of createInterface({ input: process.stdin })) {
  const { id, event, timeoutMs, frozenMs = 0 } = JSON.parse(line) as Invocation;
  heldBackMs += frozenMs;
  const deadline = Date.now() + timeoutMs;
  const killed = setTimeout(() => {
    say({ event: 'timed-out', id });
    process.exit(1);
  }, timeoutMs);
  const context = { getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) };
  // Not awaited: on Managed Instances an environment runs invocations side by side.
  void handler(event, context)
    .then(
      (answer) => say({ event: 'answer', id, answer }),
      (error: unknown) => say({ event: 'failed', id, error: String(error) }),
    )
    .finally(() => clearTimeout(killed));
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
