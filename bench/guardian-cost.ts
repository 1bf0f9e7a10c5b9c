/**
 * What a guardian costs while nothing happens: how soon it is there, its memory, and its processor time.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GUARD } from './fail-over/systems.ts';
import { mean } from './statistics.ts';

export interface GuardianCost {
  readonly form: string;
  /** From its start until it holds a will, the start of a program below it included. */
  readonly startMs: number;
  /** Its own memory, shared with no other process. */
  readonly ownMb: number;
  readonly residentMb: number;
  /** Of one core, with a will each second. */
  readonly processorShare: number;
}

interface Form {
  readonly form: string;
  readonly args: readonly string[];
  /** Whether it is told on its standard input; else by the program that it starts. */
  readonly isSpawned: boolean;
}

/** Tells its guard of a will each second, as a leader that renews so often. */
const PROGRAM = `
  const { readFileSync } = require('node:fs');
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const path = '\\0' + process.env.TENURE_GUARD.slice(1);
  const guard = require('node:net').connect({ path });
  const tell = (message) => guard.write(JSON.stringify(message) + '\\n');
  tell({ kind: 'hello', pid: process.pid, startTime });
  const told = () => tell({ kind: 'told', will: JSON.parse(process.env.WILL) });
  told();
  setInterval(told, 1_000);
  guard.once('connect', () => console.log('told'));`;

const FORMS: readonly Form[] = [
  {
    form: "`lastWill: 'spawn'`",
    isSpawned: true,
    args: [
      ...['--max-semi-space-size=1', '--max-old-space-size=32', '--no-opt'],
      ...['lib/guard/spawned.ts', String(process.pid)],
    ],
  },
  {
    form: "the guard of the worker's image",
    isSpawned: false,
    args: [GUARD, process.execPath, '-e', PROGRAM],
  },
  {
    form: '`tenure guard`',
    isSpawned: false,
    args: ['lib/cli/main.ts', 'guard', '--', process.execPath, '-e', PROGRAM],
  },
];

const TRIALS = 3;
const WATCH_MS = 5_000;
/** Of `/proc/<pid>/stat`: what the kernel counts in. */
const TICKS_PER_SECOND = 100;

export async function guardianCosts(): Promise<readonly GuardianCost[]> {
  const costs: GuardianCost[] = [];
  for (const form of FORMS) {
    process.stderr.write(`last-will: what a guardian costs, ${form.form}…\n`);
    const trials: Omit<GuardianCost, 'form'>[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) trials.push(await watch(form));
    const of = (pick: (trial: Omit<GuardianCost, 'form'>) => number) => mean(trials.map(pick));
    costs.push({
      form: form.form,
      startMs: of(({ startMs }) => startMs),
      ownMb: of(({ ownMb }) => ownMb),
      residentMb: of(({ residentMb }) => residentMb),
      processorShare: of(({ processorShare }) => processorShare),
    });
  }
  return costs;
}

async function watch({ args, isSpawned }: Form): Promise<Omit<GuardianCost, 'form'>> {
  const cwd = fileURLToPath(new URL('../', import.meta.url));
  const env = { ...process.env, WILL: JSON.stringify(WILL) };
  const began = performance.now();
  const guardian = spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const { pid, stdin, stdout } = guardian;
  if (pid === undefined) throw new Error('the guardian did not start');
  const tell = () => isSpawned && stdin.write(`${JSON.stringify({ kind: 'told', will: WILL })}\n`);
  tell();
  if (!isSpawned) await once(stdout, 'data');
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
  for (const process_ of [...childrenOf(pid), pid]) process.kill(process_, 'SIGKILL');
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

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);

function memoryOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
  return { ownMb: mb('RssAnon'), residentMb: mb('VmRSS') };
}
