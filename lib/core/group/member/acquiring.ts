/**
 * What the answers to a batch of acquires and releases come to: terms that begin, and terms that end.
 */
import { postponed } from '../../term/attempts.ts';
import type { Stamped } from '../../time/instant.ts';
import { leaseLeftMs } from '../membership/heartbeat.ts';
import { unconfirmed } from '../membership/parting.ts';
import { type RecordOutcome, type RecordWrite, resolved } from '../writes.ts';
import { acquired, notAcquired } from './seeking.ts';
import type { MemberState, PartitionTerm, Sought } from './state.ts';
import { become, each, insideOf, inTurn, type Step, withEntry, without } from './steps.ts';
import { endTerm, releaseAnswered } from './terms.ts';

const NOT_ANSWERED: RecordOutcome = { kind: 'unknown', cause: 'no answer', permanent: false };

export function recordsWritten(
  state: MemberState,
  writes: readonly RecordWrite[],
  outcomes: readonly RecordOutcome[],
  now: Stamped,
): Step {
  return each(state, writes.entries(), (s, [index, write]) => {
    const outcome = resolved(write.revision, outcomes[index] ?? NOT_ANSWERED);
    if (write.kind === 'release') {
      const term = s.terms.get(write.partition);
      const own = term !== undefined && isOf(term.release, write.revision);
      return own ? releaseAnswered(s, term, outcome, now) : become(s, {});
    }
    const one = s.sought.get(write.partition);
    return isOf(one?.acquire, write.revision) && one !== undefined
      ? acquireAnswered(s, one, outcome, now)
      : become(s, {});
  });
}

function isOf(pending: { write: RecordWrite } | string | undefined, revision: string): boolean {
  return typeof pending === 'object' && pending.write.revision === revision;
}

function acquireAnswered(
  state: MemberState,
  one: Sought,
  outcome: RecordOutcome,
  now: Stamped,
): Step {
  const { partition, acquire, abandoned } = one;
  if (acquire === undefined) return become(state, {});
  switch (outcome.kind) {
    case 'granted':
      return begin({ ...state, sought: without(state.sought, partition) }, one, now);
    case 'refused': {
      // Another member was faster, or the plan moved on: the record is read.
      const sought = abandoned
        ? without(state.sought, partition)
        : withEntry(state.sought, partition, notAcquired(one, now));
      return become(state, { sought });
    }
    case 'unknown': {
      const { write } = acquire;
      const attempts = postponed(acquire.attempts, now, state.self.timings);
      const later = { ...one, acquire: { write, attempts } };
      return unconfirmed(
        { ...state, sought: withEntry(state.sought, partition, later) },
        outcome.cause,
      );
    }
  }
}

/** A term begins while more than the loss grace is left of this lease, and the plan still wants it. */
function begin(state: MemberState, one: Sought, now: Stamped): Step {
  const { term, abandoned, ...course } = acquired(state, one, now);
  if (term === undefined) return become(state, {});
  const { partition, token, memberId } = term;
  const learnt = { ...state, tokens: withEntry(state.tokens, partition, token) };
  if (abandoned || !mayLead(learnt, term, now)) {
    const unused: PartitionTerm = { ...term, settled: true, over: true };
    return inTurn({ ...learnt, terms: withEntry(learnt.terms, partition, unused) }, (s) =>
      endTerm(s, unused, 'resigned', now),
    );
  }
  const elected = { kind: 'elected', partition, token, memberId, ...course } as const;
  return become(learnt, { terms: withEntry(learnt.terms, partition, term) }, elected);
}

function mayLead(
  state: MemberState,
  { memberId, partition }: PartitionTerm,
  now: Stamped,
): boolean {
  const inside = insideOf(state);
  if (inside?.memberId !== memberId || inside.lapsing || inside.leaving !== undefined) return false;
  if (state.unwilling.has(partition)) return false;
  return leaseLeftMs(inside, now.at, state.self.timings) > state.self.timings.lossGraceMs;
}
