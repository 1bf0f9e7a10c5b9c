/**
 * Which rows a member reads, and when it deposes their members.
 *
 * A member watches its successors on the ring, up to the second one that looks alive. It also watches
 * each member whose partition it waits for: a leaver may be on no ring when it dies.
 *
 * A member is deposed by compare-and-set on a revision that was seen unchanged for a whole lease,
 * by the watcher's own monotonic clock. So a member that is gone leads nothing.
 */
import { retryPauseMs } from '../../term/attempts.ts';
import { stay } from '../../term/machine.ts';
import { observedElapsedMs, type Reading, type Stamped } from '../../time/instant.ts';
import { READ_GUARD_MS } from '../../time/timing.ts';
import type { MemberRow } from '../rows.ts';
import { type GroupOutcome, type GroupSighting, resolved } from '../writes.ts';
import type { MemberState, Watch } from './state.ts';
import {
  ask,
  become,
  each,
  insideOf,
  inTurn,
  nonceOf,
  note,
  type Step,
  send,
  withEntry,
} from './steps.ts';
import { OVERDUE_MS } from './timing.ts';

/** A row, or that there is none, as a read showed it. `at` is the instant *after* the answer came. */
export function observeMember(
  before: Watch | undefined,
  row: MemberRow | undefined,
  at: Reading,
): Watch {
  const same = before !== undefined && before.row?.revision === row?.revision;
  const sightings = same ? before.sightings + 1 : 1;
  return {
    row,
    firstSeenAt: same ? before.firstSeenAt : at,
    lastSeenAt: at,
    sightings,
    nextReadAt:
      at.monotonicMs +
      nextReadInMs(row, { sightings, at, firstSeenAt: same ? before.firstSeenAt : at }),
    asked: false,
    deposedByMe: same && before.deposedByMe,
    attentionFor: before?.attentionFor,
  };
}

/**
 * The read comes just after the expected heartbeat, once more soon where that is missing, then
 * every renew interval.
 */
function nextReadInMs(
  row: MemberRow | undefined,
  { sightings, at, firstSeenAt }: { sightings: number; at: Reading; firstSeenAt: Reading },
): number {
  if (row === undefined || row.state === 'gone') return Infinity;
  const { renewIntervalMs: interval } = row;
  const hintMs = row.renewedAtEpochMs + interval + 2 * READ_GUARD_MS - at.epochMs;
  if (sightings === 1) return hintMs >= READ_GUARD_MS ? Math.min(hintMs, interval) : interval;
  const clocksAgree = Math.abs(firstSeenAt.epochMs - row.renewedAtEpochMs) < OVERDUE_MS;
  if (sightings > 2 && !clocksAgree) return interval;
  return Math.min(interval, 4 * READ_GUARD_MS * 2 ** (sightings - 2));
}

/**
 * Whether the member's row says so. That is final, and every term of the member was over before.
 */
export function isGone({ watches }: MemberState, memberId: string): boolean {
  return watches.get(memberId)?.row?.state === 'gone';
}

/**
 * Milliseconds until the partitions that this member held may be taken; infinite while it may be
 * alive.
 */
export function closedForMs(
  { watches }: MemberState,
  holder: string,
  { recordLeaseMs, now }: { recordLeaseMs: number; now: Reading },
): number {
  const watch = watches.get(holder);
  if (watch === undefined) return Infinity;
  const seenMs = observedElapsedMs(watch.firstSeenAt, now);
  // Without a row the member cannot renew its lease. The lease that the record states runs out.
  if (watch.row === undefined) return recordLeaseMs - seenMs;
  return watch.row.state === 'gone' ? watch.row.closedMs - seenMs : Infinity;
}

/** The members whose rows this member reads again and again. */
function watched(state: MemberState): ReadonlySet<string> {
  const { plan, sought, watches } = state;
  const ids = new Set<string>();
  let alive = 0;
  for (const memberId of plan.known?.ring ?? []) {
    const watch = watches.get(memberId);
    if (watch?.row?.state === 'gone') continue;
    ids.add(memberId);
    if (!isOverdue(watch)) alive += 1;
    if (alive === 2) break;
  }
  const own = insideOf(state)?.memberId;
  for (const { record } of sought.values()) {
    if (record?.holder !== undefined && record.holder !== own) ids.add(record.holder);
  }
  // A row that two audits saw unchanged is worth a look.
  for (const [memberId, { row, firstSeenAt, lastSeenAt }] of watches) {
    if (row === undefined || row.state === 'gone' || memberId === own) continue;
    if (observedElapsedMs(firstSeenAt, lastSeenAt) >= row.leaseDurationMs) ids.add(memberId);
  }
  return ids;
}

/**
 * Whether a read has shown that the member missed a heartbeat. A row that could not be read is not overdue:
 * a store that answers nobody must not be asked for ever more rows.
 */
function isOverdue(watch: Watch | undefined): boolean {
  if (watch?.row === undefined) return false;
  const { row, firstSeenAt, lastSeenAt } = watch;
  return observedElapsedMs(firstSeenAt, lastSeenAt) > row.renewIntervalMs + OVERDUE_MS;
}

export function proceedWatching(state: MemberState, now: Stamped): Step {
  const inside = insideOf(state);
  if (inside === undefined || inside.lapsing) return stay(state);
  return each(state, watched(state), (s, memberId) => {
    const watch = s.watches.get(memberId);
    if (watch?.asked) return stay(s);
    if (watch === undefined) return look(s, memberId, true, now);
    if (endsSilentInMs(watch, now.at) <= 0) return endSilent(s, memberId, watch, now);
    return inTurn(
      s,
      (t) =>
        attentionInMs(t, watch, now.at) <= 0 ? callAttention(t, memberId, watch, now) : stay(t),
      (t) => (now.at.monotonicMs >= watch.nextReadAt ? look(t, memberId, false, now) : stay(t)),
    );
  });
}

export function watchingDueInMs(state: MemberState, now: Reading): number {
  const inside = insideOf(state);
  if (inside === undefined || inside.lapsing) return Infinity;
  let dueMs = Infinity;
  for (const memberId of watched(state)) {
    const watch = state.watches.get(memberId);
    if (watch === undefined) return 0;
    if (watch.asked) continue;
    const dues = [watch.nextReadAt - now.monotonicMs, endsSilentInMs(watch, now)];
    dueMs = Math.min(dueMs, ...dues, attentionInMs(state, watch, now));
  }
  return dueMs;
}

/** Milliseconds until the row has been silent for its whole lease. */
function silentLeftMs({ row, firstSeenAt }: Watch, now: Reading): number {
  if (row === undefined || row.state === 'gone') return Infinity;
  return row.leaseDurationMs - observedElapsedMs(firstSeenAt, now);
}

/** A store that refuses at once must not be asked again without a pause. */
function endsSilentInMs(watch: Watch, now: Reading): number {
  return Math.max(silentLeftMs(watch, now), (watch.retryAt ?? -Infinity) - now.monotonicMs);
}

/**
 * After one and a half missed intervals this member tells the group when to look for the next plan.
 */
function attentionInMs({ plan }: MemberState, watch: Watch, now: Reading): number {
  const { row, firstSeenAt, attentionFor } = watch;
  if (row === undefined || row.state === 'gone' || attentionFor === row.revision) return Infinity;
  if (plan.head === undefined || plan.head.attentionAtEpochMs !== undefined) return Infinity;
  const dueMs = 1.5 * row.renewIntervalMs - observedElapsedMs(firstSeenAt, now);
  return silentLeftMs(watch, now) <= 0 ? Infinity : dueMs;
}

function callAttention(state: MemberState, memberId: string, watch: Watch, now: Stamped): Step {
  const { head } = state.plan;
  if (head === undefined) return stay(state);
  const attentionAtEpochMs = Math.round(now.at.epochMs + silentLeftMs(watch, now.at));
  const write = { kind: 'call-attention', seenVersion: head.version, attentionAtEpochMs } as const;
  const told: Watch = { ...watch, attentionFor: watch.row?.revision };
  const watches = withEntry(state.watches, memberId, told);
  return send({ ...state, watches }, write, { kind: 'courtesy' });
}

function look(state: MemberState, memberId: string, strong: boolean, now: Stamped): Step {
  const unread: Watch = { ...observeMember(undefined, undefined, now.at), sightings: 0 };
  const watch = { ...(state.watches.get(memberId) ?? unread), asked: true };
  // A row that was never read is not proven absent.
  const watches = state.watches.has(memberId)
    ? withEntry(state.watches, memberId, watch)
    : withEntry(state.watches, memberId, { ...watch, firstSeenAt: FAR });
  const about = { memberId, strong };
  return ask({ ...state, watches }, { kind: 'member', ...about }, { kind: 'watch', ...about });
}

/** An instant so far ahead that a row has not been seen for any time. */
const FAR: Reading = { monotonicMs: Infinity, epochMs: Infinity };

/**
 * The row was silent for a lease. Its member is deposed, or read first after a pause in observing.
 */
function endSilent(state: MemberState, memberId: string, watch: Watch, now: Stamped): Step {
  const { row, lastSeenAt } = watch;
  if (row === undefined) return stay(state);
  if (observedElapsedMs(lastSeenAt, now.at) > row.renewIntervalMs) {
    return look(state, memberId, true, now);
  }
  const revision = nonceOf(now, `end.${memberId}`);
  const { revision: seenRevision } = row;
  const write = { kind: 'end-member', memberId, seenRevision, revision, closedMs: 0 } as const;
  const watches = withEntry(state.watches, memberId, { ...watch, asked: true });
  const gone: MemberRow = { ...row, state: 'gone', revision, closedMs: 0 };
  return send({ ...state, watches }, write, { kind: 'depose', memberId, row: gone });
}

export function memberSighted(
  state: MemberState,
  { memberId, strong }: { readonly memberId: string; readonly strong: boolean },
  sighting: GroupSighting,
  now: Stamped,
): Step {
  const before = state.watches.get(memberId);
  if (before === undefined) return stay(state);
  if (sighting.kind !== 'member') return postponeWatch(state, memberId, before, now);
  // An eventual read that finds no row may be older than the row.
  if (sighting.row === undefined && !strong) return look(state, memberId, true, now);
  const known = before.sightings === 0 ? undefined : before;
  // Gone is final; and a stale read must not start the count again.
  if (known?.row?.state === 'gone') return stay(state);
  const watch = observeMember(known, sighting.row, now.at);
  return become(state, { watches: withEntry(state.watches, memberId, watch) });
}

function postponeWatch(state: MemberState, memberId: string, watch: Watch, now: Stamped): Step {
  const failures = (watch.failures ?? 0) + 1;
  const retryAt = now.at.monotonicMs + retryPauseMs(3 + failures, now, state.self.timings);
  const next = { ...watch, asked: false, nextReadAt: retryAt, retryAt, failures };
  return become(state, { watches: withEntry(state.watches, memberId, next) });
}

export function deposeAnswered(
  state: MemberState,
  { memberId, row }: { readonly memberId: string; readonly row: MemberRow },
  outcome: GroupOutcome,
  now: Stamped,
): Step {
  const before = state.watches.get(memberId);
  if (before === undefined) return stay(state);
  const answer = resolved(row.revision, outcome);
  switch (answer.kind) {
    case 'unknown':
      // It may have been applied: only a strong read can tell.
      return look(state, memberId, true, now);
    case 'refused': {
      const watch = observeMember(before, answer.row as MemberRow | undefined, now.at);
      return become(state, { watches: withEntry(state.watches, memberId, watch) });
    }
    case 'granted': {
      const watch = { ...observeMember(before, row, now.at), deposedByMe: true };
      const watches = withEntry(state.watches, memberId, watch);
      return note({ ...state, watches }, { kind: 'deposed', memberId });
    }
  }
}

/** What a roster shows of every member. Rows of members that are long gone are not kept. */
export function rosterSighted(
  state: MemberState,
  rows: readonly MemberRow[],
  at: Reading,
): MemberState {
  const planned = new Set(state.plan.known?.plan.members);
  const own = insideOf(state)?.memberId;
  const watches = new Map<string, Watch>();
  const kept = watched(state);
  for (const [memberId, watch] of state.watches) {
    if (kept.has(memberId) || planned.has(memberId)) watches.set(memberId, watch);
  }
  for (const row of rows) {
    const { memberId } = row;
    if (memberId === own) continue;
    const before = state.watches.get(memberId);
    if (row.state === 'gone' && !kept.has(memberId) && !planned.has(memberId)) continue;
    if (before?.row?.state === 'gone') continue;
    const known = before?.sightings === 0 ? undefined : before;
    const asked = before?.asked ?? false;
    watches.set(memberId, { ...observeMember(known, row, at), asked });
  }
  return { ...state, watches };
}
