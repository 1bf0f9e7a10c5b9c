/**
 * One fail-over: a leader, a standby, a fault at a random moment of the renew interval, and what the
 * resource saw of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Candidate } from './candidates.ts';
import type { Resource, Write } from './resource.ts';
import type { NetworkFault } from './tcp-proxy.ts';

export type Fault = 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | NetworkFault;

export const FAULTS: readonly Fault[] = [
  'SIGKILL',
  'SIGTERM',
  'SIGSTOP',
  'black-hole',
  'drop-answers',
];

export interface Trial {
  readonly fault: Fault;
  /** The leader lost its role before the fault. */
  readonly lostBefore?: true;
  /** From the last write admitted of the old leader to the first of the new. Absent: nobody took over. */
  readonly leaderlessMs?: number;
  /** From the last bytes that the old leader sent to the store before the fault to the same. */
  readonly sinceRenewalMs?: number;
  /** By how much the old leader's last act of belief came after the new one's first; below 0: a gap. */
  readonly overlapMs?: number;
  /** Writes of the old leader after the first of the new. */
  readonly stale: { readonly tried: number; readonly refused: number };
}

/** How long an old leader is watched once there is a new one. An overlap that lasts as long has no end here. */
const WATCH_MS = 600;

export async function runTrial(of: {
  readonly fault: Fault;
  readonly leader: Candidate;
  readonly resource: Resource;
  readonly deadlineMs: number;
}): Promise<Trial | undefined> {
  const { fault, leader, resource, deadlineMs } = of;
  resource.forget();
  const mine = (write: Write) => write.candidate === leader.id;
  // Without a write to count from there is no trial: the role was lost before any fault, as a loaded
  // machine can do to a short lease.
  const steady = await Promise.race([
    resource.next(mine),
    sleep(deadlineMs, undefined, { ref: false }),
  ]);
  if (steady === undefined) return undefined;
  const renewedAtMs = leader.proxy.lastSentAtMs();
  const taken = resource.next((write) => !mine(write));
  inflict(fault, leader);
  const first = await Promise.race([taken, sleep(deadlineMs, undefined, { ref: false })]);
  // A frozen leader wakes now, among the new one's writes; a network fault stays until the end.
  if (fault === 'SIGSTOP') undo(fault, leader);
  if (fault !== 'SIGKILL') await sleep(WATCH_MS);
  undo(fault, leader);
  if (first === undefined) return { fault, stale: { tried: 0, refused: 0 } };
  const all = resource.writes;
  const since = all.indexOf(first);
  const before = all.slice(0, since).filter((write) => mine(write) && write.admitted);
  const stale = all.slice(since).filter(mine);
  const lastBelief = all.filter(mine).at(-1);
  const last = before.at(-1);
  return {
    fault,
    leaderlessMs: first.arrivedAtMs - (last?.arrivedAtMs ?? Number.NaN),
    sinceRenewalMs: first.arrivedAtMs - renewedAtMs,
    overlapMs: (lastBelief?.sentAtMs ?? Number.NaN) - first.sentAtMs,
    stale: { tried: stale.length, refused: stale.filter(({ admitted }) => !admitted).length },
  };
}

function inflict(fault: Fault, { kill, proxy }: Candidate): void {
  switch (fault) {
    case 'SIGKILL':
    case 'SIGTERM':
    case 'SIGSTOP':
      kill(fault);
      return;
    case 'black-hole':
    case 'drop-answers':
      return proxy.inject(fault);
  }
}

function undo(fault: Fault, { kill, proxy }: Candidate): void {
  switch (fault) {
    case 'SIGKILL':
    case 'SIGTERM':
      return;
    case 'SIGSTOP':
      kill('SIGCONT');
      return;
    case 'black-hole':
    case 'drop-answers':
      return proxy.heal();
  }
}
