/**
 * What a guardian costs while nothing happens: how soon it is there, its memory, and its processor time.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mean } from './statistics.ts';

export interface GuardianCost {
  readonly form: string;
  /** From its start until it holds a will. */
  readonly startMs: number;
  /** Its own memory, shared with no other process. */
  readonly ownMb: number;
  readonly residentMb: number;
  /** Of one core, with a will each second. */
  readonly processorShare: number;
}

const FORMS = [
  {
    form: "lastWill: 'spawn'",
    command: [
      '--max-semi-space-size=1',
      '--max-old-space-size=32',
      '--no-opt',
      'lib/guard/spawned.ts',
    ],
    args: () => [String(process.pid)],
  },
] as const;

const TRIALS = 5;
const WATCH_MS = 10_000;
/** Of `/proc/<pid>/stat`: what the kernel counts in. */
const TICKS_PER_SECOND = 100;

export async function guardianCosts(): Promise<readonly GuardianCost[]> {
  const costs: GuardianCost[] = [];
  for (const { form, command, args } of FORMS) {
    const root = fileURLToPath(new URL('../', import.meta.url));
    const trials: Omit<GuardianCost, 'form'>[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      trials.push(await watch([...command, ...args()], root));
    }
    const of = (pick: (trial: Omit<GuardianCost, 'form'>) => number) => mean(trials.map(pick));
    costs.push({
      form,
      startMs: of(({ startMs }) => startMs),
      ownMb: of(({ ownMb }) => ownMb),
      residentMb: of(({ residentMb }) => residentMb),
      processorShare: of(({ processorShare }) => processorShare),
    });
  }
  return costs;
}

async function watch(args: readonly string[], cwd: string): Promise<Omit<GuardianCost, 'form'>> {
  const began = performance.now();
  const guardian = spawn(process.execPath, args, { cwd, stdio: ['pipe', 'ignore', 'inherit'] });
  const { pid, stdin } = guardian;
  if (pid === undefined) throw new Error('the guardian did not start');
  const tell = () => stdin.write(`${JSON.stringify({ kind: 'told', will: WILL })}\n`);
  tell();
  // It sleeps in its event loop once it has read what there is.
  while (stateOf(pid) !== 'S' || threadsOf(pid) < 2) await sleep(1);
  const startMs = performance.now() - began;
  const before = ticksOf(pid);
  for (let waitedMs = 0; waitedMs < WATCH_MS; waitedMs += 1_000) {
    await sleep(1_000);
    tell();
  }
  const processorShare = ((ticksOf(pid) - before) / TICKS_PER_SECOND / WATCH_MS) * 1_000;
  const cost = { startMs, ...memoryOf(pid), processorShare };
  guardian.kill('SIGKILL');
  return cost;
}

const WILL = {
  election: 'orders',
  candidateId: 'candidate/1',
  token: '1',
  settleMs: 0,
  lapsesInMs: 10_000,
  requests: [
    {
      method: 'POST',
      url: 'http://127.0.0.1:9/',
      headers: {},
      body: 'x'.repeat(800),
      refusedBy: [],
    },
  ],
};

const statOf = (pid: number) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};
const stateOf = (pid: number) => statOf(pid)[0];
const threadsOf = (pid: number) => Number(statOf(pid)[17]);
const ticksOf = (pid: number) => Number(statOf(pid)[11]) + Number(statOf(pid)[12]);

function memoryOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
  return { ownMb: mb('RssAnon'), residentMb: mb('VmRSS') };
}
