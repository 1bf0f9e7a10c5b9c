/**
 * The forms of a last will as a test starts them: each is a leader that the test can kill.
 */
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type FreshTable, freshTable } from '../support/dynamodb.ts';
import type { Line, Worker } from '../support/processes.ts';
import { startWorker } from '../support/processes.ts';
import { program, startTenure, tenureCommand } from '../support/tenure.ts';
import { until } from '../support/until.ts';

const LEADER = fileURLToPath(new URL('programs/leader.ts', import.meta.url));

export async function prepareTable(): Promise<FreshTable> {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  return table;
}

/** The command line of a program that leads through the library. */
export const leaderCommand = (...wishes: readonly string[]): readonly string[] => [
  process.execPath,
  LEADER,
  ...wishes,
];

export interface Leader {
  /** Its output holds the lines of the leader and of its guardian. */
  readonly worker: Worker;
  /** The process whose end the will waits for. */
  readonly pid: number;
}

type TableAt = Pick<FreshTable, 'tableName' | 'endpoint'>;

export const FORMS = ['tenure run', 'tenure guard', 'spawn'] as const;
export type Form = (typeof FORMS)[number];

/** Starts a leader in one of the forms, and waits until it leads and has renewed once. */
export async function startLeader(
  form: Form,
  table: TableAt,
  { leaseMs, endpoint }: { leaseMs: number; endpoint?: string },
): Promise<Leader> {
  const worker = start(form, table, leaseMs, endpoint);
  await hasWill(worker);
  if (form === 'tenure run') {
    await worker.event('command');
    return { worker, pid: worker.pid };
  }
  return { worker, pid: Number((await worker.event('started')).pid) };
}

/**
 * Resolves once the guardian surely knows the term. Its first will is prepared during the first
 * renewals, and after a pause of the machine the first renewal may come before the will.
 */
export async function hasWill(worker: Worker, election?: string): Promise<void> {
  const isRenewal = (line: Line) =>
    line.event === 'renewed' && [undefined, line.election].includes(election);
  const renewals = () => worker.lines.filter(isRenewal).length;
  await until(() => renewals() >= 3, { what: 'three renewals' });
}

function start(form: Form, table: TableAt, leaseMs: number, endpoint = table.endpoint): Worker {
  const wishes = [`lease=${leaseMs}`];
  switch (form) {
    case 'tenure run':
      return startTenure(
        ['run', 'orders', ...runTimings(leaseMs), '--json', '--', ...program('command.ts')],
        table,
        { endpoint },
      );
    case 'tenure guard':
      return startTenure(['guard', '--', ...leaderCommand(...wishes)], table, { endpoint });
    case 'spawn': {
      const { env } = tenureCommand([], table, endpoint);
      return startWorker(leaderCommand(...wishes, 'spawn').slice(1), { env });
    }
  }
}

const runTimings = (leaseMs: number) => [
  '--lease',
  `${leaseMs}ms`,
  '--renew',
  `${Math.min(1_000, leaseMs / 5)}ms`,
  '--settle',
  '0ms',
];

/** A rival without a will, once it waits. */
export async function startRival(table: TableAt, leaseMs: number): Promise<Worker> {
  const { env } = tenureCommand([], table);
  const rival = startWorker(leaderCommand(`lease=${leaseMs}`).slice(1), { env });
  await rival.event('standby');
  return rival;
}

/** When the leader last said that its lease was confirmed. */
export function lastConfirmation({ worker }: Leader): number {
  const confirmed = (line: Line) => line.event === 'renewed' || line.event === 'elected';
  return Number(worker.lines.findLast(confirmed)?.atEpochMs);
}

/** The margin by which a holder's lease is shorter, and by which timers may fire early. */
export const CAUTION_MS = 200;

export const lease = (leaseMs: number) => `lease=${leaseMs}`;

/** A program that leads below `tenure guard`, with its rival. */
export async function prepareGuarded(leaseMs: number, command: readonly string[]) {
  const table = await prepareTable();
  const worker = startTenure(['guard', '--', ...command], table);
  await hasWill(worker);
  const pid = Number((await worker.event('started')).pid);
  // The program may outlive its guard, and hold the streams that the test waits for.
  onTestFinished(() => endNow(pid));
  const rival = await startRival(table, leaseMs);
  const leader = { worker, pid };
  /** Checks that the role was free only once the lease had run out. */
  const lapses = async () => {
    const elected = await rival.event('elected');
    const silentMs = Number(elected.atEpochMs) - lastConfirmation(leader);
    if (silentMs <= leaseMs - CAUTION_MS) throw new Error(`released after ${silentMs} ms`);
  };
  return { table, worker, pid, rival, leader, lapses };
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended already.
  }
}
