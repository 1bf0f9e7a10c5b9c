/**
 * What the events of the stage amount to: the terms, how each ended, and the gaps without a leader.
 *
 * Pure. A gap is counted from the instant at which the old leader could no longer lead, as the demo
 * knows it (killed, frozen, released), to the instant at which the next one was elected.
 */
import type { StageEvent } from './stage-event.ts';

/**
 * `crash`: the process is killed and its machine lives. `machine`: process and guard stand still
 * for good. `lapse`: nothing was done to the leader; on a busy machine its renewals came too late.
 */
export type TermEnd = 'crash' | 'machine' | 'pause' | 'resign' | 'lapse';

export interface DemoTerm {
  readonly token: string;
  readonly candidateId: string;
  readonly worker: string;
  readonly electedAtEpochMs: number;
  readonly endedAtEpochMs: number;
  readonly endedBy: TermEnd;
}

export interface Failover {
  readonly kind: TermEnd;
  readonly leaderlessMs: number;
  readonly fromEpochMs: number;
}

const END_OF: Readonly<Partial<Record<StageEvent['kind'], TermEnd>>> = {
  killed: 'crash',
  halted: 'machine',
  frozen: 'pause',
  resigned: 'resign',
  lost: 'lapse',
};

/** The terms in the order of their election; one that has not ended is left out. */
export function termsOf(events: readonly StageEvent[]): readonly DemoTerm[] {
  return events.flatMap((elected, n) => {
    if (elected.kind !== 'elected') return [];
    const { worker, token = '', candidateId = '', atEpochMs } = elected;
    const end = endOf(events, n);
    const endedBy = end && END_OF[end.kind];
    if (end === undefined || endedBy === undefined) return [];
    const endedAtEpochMs = end.atEpochMs;
    return [{ token, candidateId, worker, electedAtEpochMs: atEpochMs, endedAtEpochMs, endedBy }];
  });
}

/** The event that ended the term of the worker that the `n`th event elected. */
function endOf(events: readonly StageEvent[], n: number): StageEvent | undefined {
  const worker = events[n]?.worker;
  return events.slice(n).find((event) => event.worker === worker && event.kind in END_OF);
}

/** The election of the term that has not ended. */
export function openTerm(events: readonly StageEvent[]): StageEvent | undefined {
  const n = events.findLastIndex(({ kind }) => kind === 'elected');
  return n === -1 || endOf(events, n) !== undefined ? undefined : events[n];
}

/** One for each term that another one followed. */
export function failoversOf(terms: readonly DemoTerm[]): readonly Failover[] {
  return terms.slice(1).map((term, n) => {
    const before = terms[n] ?? term;
    // A release is answered to the old leader about when the new one sees it: never negative.
    const leaderlessMs = Math.max(0, term.electedAtEpochMs - before.endedAtEpochMs);
    return { kind: before.endedBy, leaderlessMs, fromEpochMs: before.endedAtEpochMs };
  });
}
