/**
 * Batches of acquires and releases: when they are sent, and what their answers come to: terms that begin,
 * and terms that end.
 */
import { postponed, retried, retryInMs } from '../../term/attempts.ts';
import { stay } from '../../term/machine.ts';
import type { Stamped } from '../../time/instant.ts';
import { nextToken } from '../../token.ts';
import { leaseLeftMs } from '../membership/heartbeat.ts';
import { unconfirmed } from '../membership/parting.ts';
import {
  type AcquirePartition,
  type RecordOutcome,
  type RecordWrite,
  resolved,
} from '../writes.ts';
import { acquired, acquireInMs, notAcquired } from './seeking.ts';
import type { Inside, MemberState, PartitionTerm, Sought } from './state.ts';
import {
  become,
  each,
  hasBatchUnderWay,
  insideOf,
  inTurn,
  nonceOf,
  type Step,
  sendRecords,
  withEntry,
  without,
} from './steps.ts';
import { endTerm, releaseAnswered } from './terms.ts';
import { RECORD_WRITES_MAX } from './timing.ts';

/**
 * Releases and acquires that are due now, as many as one batch takes. Releases come first: another member
 * waits for them. The rest stays due, and goes with the batch after this one's answer.
 */
export function proceedRecords(state: MemberState, now: Stamped): Step {
  if (hasBatchUnderWay(state)) return stay(state);
  const releases = dueReleases(state, now).slice(0, RECORD_WRITES_MAX);
  const acquires = dueAcquires(state, now).slice(0, RECORD_WRITES_MAX - releases.length);
  if (releases.length + acquires.length === 0) return stay(state);
  const terms = new Map(state.terms);
  for (const { term, write, attempts } of releases) {
    terms.set(term.partition, { ...term, release: { write, attempts: retried(attempts) } });
  }
  const sought = new Map(state.sought);
  for (const { one, write, attempts } of acquires) {
    sought.set(one.partition, { ...one, acquire: { write, attempts: retried(attempts) } });
  }
  const writes = [...releases, ...acquires].map(({ write }) => write);
  return sendRecords({ ...state, sought, terms }, writes);
}

function dueReleases({ terms }: MemberState, now: Stamped) {
  return [...terms.values()].flatMap((term) => {
    const { release } = term;
    const isDue = typeof release === 'object' && retryInMs(release.attempts, now.at) <= 0;
    return isDue ? [{ term, ...release }] : [];
  });
}

function dueAcquires(state: MemberState, now: Stamped) {
  const inside = insideOf(state);
  if (inside === undefined || inside.lapsing) return [];
  return [...state.sought.values()].flatMap((one) => {
    if (acquireInMs(state, inside, one, now.at) > 0) return [];
    const acquire = one.acquire ?? acquireOf(state, inside, one, now);
    return acquire === undefined ? [] : [{ one, ...acquire }];
  });
}

/** Each keeps its nonce through its retries. */
function acquireOf({ self }: MemberState, inside: Inside, one: Sought, now: Stamped) {
  const { record, partition } = one;
  if (record === undefined) return undefined;
  const token = nextToken(record.token);
  if (token === undefined) return undefined;
  const write: AcquirePartition = {
    kind: 'acquire',
    partition,
    seenRevision: record.revision,
    revision: nonceOf(now, partition),
    token,
    holder: inside.memberId,
    leaseDurationMs: self.timings.leaseDurationMs,
  };
  const attempts = { nonce: write.revision, sentAt: now.at, attempt: 0, retryAt: now.at };
  return { write, attempts };
}

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
      return own ? releaseAnswered(s, term, outcome, now) : stay(s);
    }
    const one = s.sought.get(write.partition);
    return isOf(one?.acquire, write.revision) && one !== undefined
      ? acquireAnswered(s, one, outcome, now)
      : stay(s);
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
  if (acquire === undefined) return stay(state);
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
  if (term === undefined) return stay(state);
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
