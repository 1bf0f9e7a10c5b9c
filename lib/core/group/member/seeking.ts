/**
 * Partitions that the newest plan gives to this member and that it does not lead yet: when to read their
 * records, and when to acquire.
 *
 * A member acquires only a record that is vacant, that names this member, or that names a member
 * whose row this member has itself read as gone. A plan alone proves nothing about a holder. The
 * acquire is one compare-and-set on the record that was read.
 */
import { retryInMs, retryPauseMs } from '../../term/attempts.ts';
import { stay } from '../../term/machine.ts';
import { type Instant, observedElapsedMs, type Reading, type Stamped } from '../../time/instant.ts';
import type { Token } from '../../token.ts';
import type { PartitionRecord } from '../rows.ts';
import type { GroupSighting, Unknown } from '../writes.ts';
import type { Inside, MemberState, PartitionTerm, Sought } from './state.ts';
import { ask, become, each, hasBatchUnderWay, insideOf, type Step } from './steps.ts';
import { FIRST_LOOK_MS, RECORD_READS_MAX } from './timing.ts';
import type { MemberNote } from './traffic.ts';
import { closedForMs, isGone } from './watching.ts';

/** How long this member leaves a lost record alone: only an operator brings it back. */
const LOST_MS = 10_000;

/** Updates `sought` from the newest plan, the terms and this member's willingness. */
export function proceedSeeking(state: MemberState, now: Stamped): Step {
  const current = state.soughtStale ? refreshed(state, now) : state;
  const inside = insideOf(current);
  if (inside === undefined || inside.lapsing) return stay(current);
  const { monotonicMs } = now.at;
  const due = [...current.sought.values()].filter(
    (one) => one.acquire === undefined && !one.reading && one.nextReadAt <= monotonicMs,
  );
  return each(current, chunks(due, RECORD_READS_MAX), (s, some) => {
    const partitions = some.map(({ partition }) => partition);
    const reading = { ...s, sought: updated(s, partitions, (one) => ({ ...one, reading: true })) };
    return ask(reading, { kind: 'records', partitions }, { kind: 'records', partitions });
  });
}

export function seekingDueInMs(state: MemberState, now: Reading): number {
  const inside = insideOf(state);
  if (inside === undefined || inside.lapsing) return Infinity;
  // While a batch is under way, only its answer makes the next one due.
  const writes = !hasBatchUnderWay(state);
  let dueMs = Infinity;
  for (const one of state.sought.values()) {
    const { acquire, reading } = one;
    if (acquire === undefined && !reading)
      dueMs = Math.min(dueMs, one.nextReadAt - now.monotonicMs);
    if (writes) dueMs = Math.min(dueMs, acquireInMs(state, inside, one, now));
  }
  return dueMs;
}

function refreshed(state: MemberState, now: Stamped): MemberState {
  const { plan, terms, unwilling } = state;
  const inside = insideOf(state);
  const seeks = inside !== undefined && !inside.lapsing && inside.leaving === undefined;
  const mine = seeks && plan.known?.readable ? plan.known.mine : [];
  const sought = new Map<number, Sought>();
  for (const partition of mine) {
    if (terms.has(partition) || unwilling.has(partition)) continue;
    const before = state.sought.get(partition);
    const fresh = {
      partition,
      since: now.at,
      reading: false,
      abandoned: false,
      overdueTold: false,
    };
    // A new plan may mean new holders: the records are read again.
    const nextReadAt = now.at.monotonicMs;
    sought.set(partition, { ...(before ?? fresh), abandoned: false, nextReadAt });
  }
  for (const [partition, one] of state.sought) {
    if (!sought.has(partition) && one.acquire !== undefined && inside !== undefined) {
      sought.set(partition, { ...one, abandoned: true });
    }
  }
  return { ...state, sought, soughtStale: false };
}

/** Milliseconds until the acquire of this partition, or its next attempt, may be sent. */
export function acquireInMs(state: MemberState, inside: Inside, one: Sought, now: Reading): number {
  if (one.acquire !== undefined) return retryInMs(one.acquire.attempts, now);
  return one.reading ? Infinity : claimInMs(state, inside, one, now);
}

/**
 * Milliseconds until the record that was read may be taken; infinite where no read row says when.
 */
function claimInMs(state: MemberState, inside: Inside, one: Sought, now: Reading): number {
  const { record } = one;
  if (record === undefined) return Infinity;
  const { holder } = record;
  // Vacant, or this member's own outside a term that it leads: it need not wait for its own lease.
  if (holder === undefined || holder === inside.memberId) return 0;
  return closedForMs(state, holder, { recordLeaseMs: record.leaseDurationMs, now });
}

export function recordsSighted(
  state: MemberState,
  partitions: readonly number[],
  sighting: GroupSighting,
  now: Stamped,
): Step {
  const found = sighting.kind === 'records' ? sighting.records : partitions.map(() => UNREAD);
  const sought = new Map(state.sought);
  const tokens = new Map(state.tokens);
  const notes: MemberNote[] = [];
  partitions.forEach((partition, index) => {
    const before = sought.get(partition);
    if (before === undefined || before.acquire !== undefined) return;
    const known = tokens.get(partition) ?? 0n;
    const { next, token, told } = sight(state, { ...before, reading: false }, found[index], {
      known,
      now,
    });
    sought.set(partition, next);
    if (token > known) tokens.set(partition, token);
    notes.push(...told);
  });
  const effects = notes.map((note) => ({ kind: 'note', note }) as const);
  return become(state, { sought, tokens }, ...effects);
}

const UNREAD: Unknown = { kind: 'unknown', cause: undefined, permanent: false };

interface Sighted {
  readonly next: Sought;
  readonly token: Token;
  readonly told: readonly MemberNote[];
}

function sight(
  state: MemberState,
  before: Sought,
  found: PartitionRecord | Unknown | undefined,
  { known, now }: { readonly known: Token; readonly now: Stamped },
): Sighted {
  const { monotonicMs } = now.at;
  const { partition } = before;
  if (found !== undefined && 'kind' in found) {
    const nextReadAt = monotonicMs + retryPauseMs(3, now, state.self.timings);
    return { next: { ...before, nextReadAt }, token: known, told: [] };
  }
  // No first acquire, ever: a lost record has lost its token, and a first token would void its
  // fences.
  if (found === undefined || found.token < known) {
    const lost = { kind: 'record-lost', partition, knownToken: known, recordToken: found?.token };
    const next = { ...before, record: undefined, nextReadAt: monotonicMs + LOST_MS };
    return { next, token: known, told: [lost as MemberNote] };
  }
  const { waitedMs, nextReadAt } = pollOf(state, before, now);
  const { leaseDurationMs, renewIntervalMs, drainMs } = state.self.timings;
  const { holder } = found;
  const overdue =
    waitedMs > leaseDurationMs + 2 * renewIntervalMs + drainMs && holder !== undefined;
  const told: MemberNote[] =
    overdue && !before.overdueTold
      ? [{ kind: 'hand-over-overdue', partition, holder, waitedMs }]
      : [];
  const overdueTold = before.overdueTold || overdue;
  const heldAt = holder === undefined || isGone(state, holder) ? before.heldAt : now.at;
  const next = { ...before, record: found, heldAt, nextReadAt, overdueTold };
  return { next, token: found.token, told };
}

/**
 * The read comes soon after the hand-over is due, then after a tenth of the time waited, up to a
 * renew interval.
 */
function pollOf(
  { plan, self }: MemberState,
  one: Sought,
  now: Stamped,
): { readonly waitedMs: number; readonly nextReadAt: Instant } {
  const { monotonicMs } = now.at;
  const from = Math.max(one.since.monotonicMs, plan.known?.handOverAt ?? monotonicMs);
  const waitedMs = monotonicMs - from;
  if (waitedMs < 0) return { waitedMs: 0, nextReadAt: from + FIRST_LOOK_MS };
  const pauseMs = Math.min(self.timings.renewIntervalMs, Math.max(FIRST_LOOK_MS, waitedMs / 10));
  return { waitedMs, nextReadAt: monotonicMs + pauseMs };
}

export interface Acquired {
  /** The term that begins, where one does. */
  readonly term?: PartitionTerm | undefined;
  readonly latencyMs: number;
  readonly leaderlessMs?: number | undefined;
  readonly previousHolder?: string | undefined;
  readonly abandoned: boolean;
}

/**
 * The acquire was confirmed, so the partition is no longer sought. `begin` decides whether a term
 * starts.
 */
export function acquired(state: MemberState, one: Sought, now: Stamped): Acquired {
  const { acquire, record, since, partition, abandoned } = one;
  const latencyMs = observedElapsedMs(since, now.at);
  if (acquire === undefined) return { latencyMs, abandoned };
  const { token, holder: memberId } = acquire.write;
  const previousHolder = record?.holder === memberId ? undefined : record?.holder;
  const begun = { stuck: false, over: false, settled: false };
  const leaderlessMs = leaderlessFor(state, one, now.at);
  const term = { partition, token, memberId, ...begun };
  return { term, latencyMs, leaderlessMs, previousHolder, abandoned };
}

/**
 * Of a holder that is gone, since its last heartbeat by the wall clocks of both; else since it was seen to
 * hold, and no longer than since the hand-over was due, until when it leads.
 */
function leaderlessFor(
  { watches, plan }: MemberState,
  { record, heldAt }: Sought,
  now: Reading,
): number | undefined {
  const row = record?.holder === undefined ? undefined : watches.get(record.holder)?.row;
  if (row?.state === 'gone') return Math.max(0, now.epochMs - row.renewedAtEpochMs);
  if (heldAt === undefined) return undefined;
  const dueMs = now.monotonicMs - (plan.known?.handOverAt ?? Infinity);
  const seenMs = observedElapsedMs(heldAt, now);
  return dueMs < 0 ? seenMs : Math.min(dueMs, seenMs);
}

/** How many of the sought partitions have no leader, as far as this member has read. */
export function vacantAmong(state: MemberState): number {
  const own = insideOf(state)?.memberId;
  return [...state.sought.values()].filter(({ record }) => {
    const { holder } = record ?? {};
    return holder === undefined || holder === own || isGone(state, holder);
  }).length;
}

/**
 * The acquire was refused, or its outcome is unknown. The record is read again before the next one.
 */
export function notAcquired(one: Sought, now: Stamped): Sought {
  return { ...one, acquire: undefined, record: undefined, nextReadAt: now.at.monotonicMs };
}

function updated(
  { sought }: MemberState,
  partitions: readonly number[],
  change: (one: Sought) => Sought,
): ReadonlyMap<number, Sought> {
  const next = new Map(sought);
  for (const partition of partitions) {
    const one = next.get(partition);
    if (one !== undefined) next.set(partition, change(one));
  }
  return next;
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const pieces: (readonly T[])[] = [];
  for (let from = 0; from < all.length; from += size) pieces.push(all.slice(from, from + size));
  return pieces;
}
