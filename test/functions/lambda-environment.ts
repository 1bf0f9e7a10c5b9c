/**
 * A test's side of an execution environment: invokes, freezes, thaws, kills.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { startWorker, type Worker } from '../support/processes.ts';

export interface LambdaEnvironment {
  readonly process: Worker;
  /** Resolves with what the handler answered; rejects where it failed or timed out. */
  invoke(options?: InvokeOptions): Promise<unknown>;
  /** Stops the whole process between invocations, or in the middle of one. */
  freeze(): void;
  thaw(): void;
}

export interface InvokeOptions {
  readonly event?: unknown;
  readonly timeoutMs?: number;
  /** Holds the monotonic clock back, as if it had stood still for so long. */
  readonly frozenMs?: number;
}

const ENVIRONMENT_PROCESS = fileURLToPath(new URL('./environment-process.ts', import.meta.url));

/** Starts a cold environment. Resolves when its handler is loaded, before the first invocation. */
export async function coldStart(
  bundle: string,
  env: Readonly<Record<string, string>>,
): Promise<LambdaEnvironment> {
  const worker = startWorker([ENVIRONMENT_PROCESS, bundle], { env });
  await worker.event('ready');
  return {
    process: worker,
    async invoke({ event = {}, timeoutMs = 30_000, frozenMs } = {}) {
      const id = randomUUID();
      worker.stdin.write(`${JSON.stringify({ id, event, timeoutMs, frozenMs })}\n`);
      const line = await worker.line((said) => said.id === id, { withinMs: timeoutMs + 20_000 });
      if (line.event === 'answer') return line.answer;
      throw new Error(`${String(line.event)}: ${String(line.error)}`);
    },
    freeze: () => worker.signal('SIGSTOP'),
    thaw: () => worker.signal('SIGCONT'),
  };
}
