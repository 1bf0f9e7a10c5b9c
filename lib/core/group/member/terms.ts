/**
 * The terms of a member's partitions: each is stopped, drained, over and released on its own.
 *
 * A term is over first, then released. Work that is stuck at its drain deadline keeps its partition
 * for as long as an election's lease would have lasted. Stuck work never ends the membership.
 */
import { postponed, retryInMs } from '../../term/attempts.ts';
import type { Why } from '../../term/leading.ts';
import { stay } from '../../term/machine.ts';
import { pessimisticElapsedMs, type Reading, type Stamped } from '../../time/instant.ts';
import type { ReleasePartition } from '../writes.ts';
import type { MemberState, PartitionTerm } from './state.ts';
import {
  become,
  each,
  hasBatchUnderWay,
  insideOf,
  nonceOf,
  type Step,
  withEntry,
  without,
} from './steps.ts';
import { UNWILLING_LEASES } from './timing.ts';
import type { MemberEffect } from './traffic.ts';

/** Whether the term may still act. */
export function isLive({ over }: PartitionTerm): boolean {
  return !over;
}

/** Tells the work of a term to stop. Changes nothing where work was told already. */
export function stopTerm(state: MemberState, partition: number, why: Why, now: Stamped): Step {
  const term = state.terms.get(partition);
  if (term === undefined || term.over || term.stopping !== undefined) return stay(state);
  const stopping = { why, since: now.at };
  const { token } = term;
  return keep(
    state,
    { ...term, stopping },
    { kind: 'note', note: { kind: 'draining', partition, token, why } },
    { kind: 'stop', partition, token, why },
  );
}

/** This member gives one partition up, and does not lead it again for a while. */
export function resignTerm(
  state: MemberState,
  partition: number,
  why: 'resigned' | 'unhealthy',
  now: Stamped,
): Step {
  return stopTerm(unwillingFor(state, partition, now), partition, why, now);
}

function unwillingFor(state: MemberState, partition: number, now: Stamped): MemberState {
  const until = now.at.monotonicMs + UNWILLING_LEASES * state.self.timings.leaseDurationMs;
  return {
    ...state,
    unwilling: withEntry(state.unwilling, partition, until),
    soughtStale: true,
  };
}

/** Nothing acts for the term any more. */
export function settled(state: MemberState, term: PartitionTerm, now: Stamped): Step {
  const { partition } = term;
  const own = term.stopping === undefined && !term.over;
  const told = own ? resignTerm(state, partition, 'resigned', now) : stay(state);
  const current = told.state.terms.get(partition) ?? term;
  const ended = endTerm(told.state, { ...current, settled: true }, 'resigned', now);
  return { state: ended.state, effects: [...told.effects, ...ended.effects] };
}

/** What time alone makes due for the terms: hand-overs, stuck work, and the end of what is stuck. */
export function proceedTerms(state: MemberState, now: Stamped): Step {
  const due = [...state.terms.values()].filter((term) => termDueInMs(state, term, now.at) <= 0);
  return each(state, due, (s, term) => {
    const { partition, stopping, stuck, token } = term;
    if (stopping === undefined) return stopTerm(s, partition, 'resigned', now);
    if (stuck) return endTerm(s, term, stopping.why, now);
    const waitedMs = pessimisticElapsedMs(stopping.since, now.at);
    const effect = { kind: 'note', note: { kind: 'stuck', partition, token, waitedMs } } as const;
    return keep(unwillingFor(s, partition, now), { ...term, stuck: true }, effect);
  });
}

export function termsDueInMs(state: MemberState, now: Reading): number {
  const writes = !hasBatchUnderWay(state);
  let dueMs = Infinity;
  for (const term of state.terms.values()) {
    dueMs = Math.min(dueMs, termDueInMs(state, term, now));
    if (writes && typeof term.release === 'object') {
      dueMs = Math.min(dueMs, retryInMs(term.release.attempts, now));
    }
  }
  return dueMs;
}

function termDueInMs(state: MemberState, term: PartitionTerm, now: Reading): number {
  const { timings } = state.self;
  const { stopping, stuck, over } = term;
  if (over) return Infinity;
  if (stopping === undefined) return handOverInMs(state, term.partition, now);
  const sinceMs = pessimisticElapsedMs(stopping.since, now);
  const stuckMs = stuck ? timings.leaseDurationMs - timings.marginMs : 0;
  return timings.drainMs + stuckMs - sinceMs;
}

/**
 * The leader goes on until the member that the plan names must know the plan. A newer plan may
 * still undo the move.
 */
function handOverInMs({ plan }: MemberState, partition: number, now: Reading): number {
  const { known } = plan;
  if (known === undefined || !known.readable || known.mine.has(partition)) return Infinity;
  return known.handOverAt - now.monotonicMs;
}

/**
 * The term is over, and is released where its member still has its lease. Every end of a term comes
 * through here, and more than once: after the term is over, its release and its work end in either
 * order.
 */
export function endTerm(
  state: MemberState,
  term: PartitionTerm,
  why: Why,
  now: Stamped,
  { lost = false } = {},
): Step {
  const { partition, token, memberId } = term;
  const ended = { ...term, over: true, stopping: term.stopping ?? { why, since: now.at } };
  const reason = ended.stopping.why;
  const effects: MemberEffect[] = [];
  if (!term.over) {
    if (term.stopping === undefined) effects.push({ kind: 'stop', partition, token, why: reason });
    effects.push({ kind: 'over', partition, token, why: reason });
  }
  // The member's lease has ended, or the partition is another member's: a gone row gives the
  // partition up too.
  const unreleasable = lost || insideOf(state)?.memberId !== memberId;
  const open = term.release === undefined || typeof term.release === 'object';
  const release = open && unreleasable ? 'not-released' : (term.release ?? releaseOf(term, now));
  return finish(state, { ...ended, release }, effects);
}

function releaseOf({ partition, token, memberId }: PartitionTerm, now: Stamped) {
  const revision = nonceOf(now, partition);
  const write: ReleasePartition = { kind: 'release', partition, holder: memberId, token, revision };
  // Due at once, with the other record writes of this step.
  const attempts = { nonce: revision, sentAt: now.at, attempt: 0, retryAt: now.at };
  return { write, attempts };
}

export function releaseAnswered(
  state: MemberState,
  term: PartitionTerm,
  outcome: { readonly kind: 'granted' | 'refused' | 'unknown' },
  now: Stamped,
): Step {
  if (typeof term.release !== 'object') return stay(state);
  const { write, attempts } = term.release;
  if (outcome.kind === 'unknown') {
    const later = postponed(attempts, now, state.self.timings);
    return keep(state, { ...term, release: { write, attempts: later } });
  }
  const release = outcome.kind === 'granted' ? 'released' : 'not-released';
  return finish(state, { ...term, release }, []);
}

/** This member may seek the partition again once nothing of the term is left, its work included. */
function finish(state: MemberState, term: PartitionTerm, effects: readonly MemberEffect[]): Step {
  const { partition, token, stopping, release } = term;
  if (!term.settled || typeof release === 'object' || release === undefined) {
    return keep(state, term, ...effects);
  }
  const why = stopping?.why ?? 'resigned';
  const released = release === 'released';
  const terms = without(state.terms, partition);
  const ended = { kind: 'ended', partition, token, why, released } as const;
  return become(state, { terms, soughtStale: true }, ...effects, ended);
}

function keep(state: MemberState, term: PartitionTerm, ...effects: MemberEffect[]): Step {
  return become(state, { terms: withEntry(state.terms, term.partition, term) }, ...effects);
}
