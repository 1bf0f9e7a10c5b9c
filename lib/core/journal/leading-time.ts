/**
 * How long candidates of this process led, from what their journals said.
 *
 * Decides that a term counts only up to its last confirmed `leadUntil`: a process that was frozen, and
 * tells of its loss when it thaws, did not lead in between. Counted by the wall clock, for charts; no
 * decision rests on it.
 */
import type { EpochMs } from '../time/instant.ts';

/** What is read of a journal's event. */
export interface LeadingSign {
  readonly event: string;
  readonly group?: string | undefined;
  readonly partition?: number | undefined;
  readonly candidateId: string;
  readonly atEpochMs: EpochMs;
  readonly remainingMs?: number;
}

export interface LedPeriod {
  readonly candidateId: string;
  readonly fromEpochMs: EpochMs;
  /** When it ended, or `leadUntil` as last confirmed. */
  readonly untilEpochMs: EpochMs;
  readonly ended: boolean;
}

/**
 * The periods with what this event says about them. A group's membership is a period as a term is, and its
 * heartbeat renews each of its terms.
 */
export function noteLeading(
  periods: readonly LedPeriod[],
  sign: LeadingSign,
): readonly LedPeriod[] {
  const { candidateId, atEpochMs } = sign;
  const open = (period: LedPeriod) => period.candidateId === candidateId && !period.ended;
  const end = (period: LedPeriod): LedPeriod =>
    open(period)
      ? { ...period, untilEpochMs: Math.min(period.untilEpochMs, atEpochMs), ended: true }
      : period;
  switch (sign.event) {
    case 'elected':
    case 'joined': {
      const begun = { candidateId, fromEpochMs: atEpochMs, untilEpochMs: atEpochMs, ended: false };
      return [...periods.map(end), renewed(begun, sign)];
    }
    case 'renewed':
    case 'heartbeat':
      return periods.map((period) => (open(period) ? renewed(period, sign) : period));
    case 'resigned':
    case 'lost':
    case 'gone':
      return periods.map(end);
    case 'stuck':
      // The lease of its member goes on, and another member leads the partition before this work
      // settles.
      return sign.partition === undefined ? periods : periods.map(end);
  }
  return periods;
}

function renewed(period: LedPeriod, { atEpochMs, remainingMs = 0 }: LeadingSign): LedPeriod {
  // Earlier than it began: the wall clock was set back, and the term goes on by the new time.
  const fromEpochMs = Math.min(period.fromEpochMs, atEpochMs);
  return { ...period, fromEpochMs, untilEpochMs: atEpochMs + remainingMs };
}

/** What a period is about: a partition of a group, the election itself, or the membership. */
export type Led = number | 'whole';

/**
 * The keys of the periods that an event is about. An event of a member is about each of its terms.
 */
function concernedBy(
  { event, group, partition }: LeadingSign,
  known: Iterable<Led>,
): Iterable<Led> {
  if (partition !== undefined) return [partition];
  return group === undefined || event === 'joined' ? ['whole'] : new Set(['whole', ...known]);
}

/** Changed in place by each event: a group may have a thousand partitions. */
export type LedPeriods = Map<Led, readonly LedPeriod[]>;

/** Notes what this event says of each period that it is about. */
export function noteIn(all: LedPeriods, sign: LeadingSign): void {
  for (const led of concernedBy(sign, all.keys())) {
    all.set(led, noteLeading(all.get(led) ?? [], sign));
  }
}

/** Drops what a window beginning at `epochMs` no longer touches, and each partition of which nothing is left. */
export function forgetIn(all: LedPeriods, epochMs: EpochMs): void {
  for (const [led, some] of all) {
    const kept = forgetBefore(some, epochMs);
    if (kept.length > 0) all.set(led, kept);
    else all.delete(led);
  }
}

/** Milliseconds led in a window, summed over candidates: two leaders at once count twice. */
export function ledMs(
  periods: readonly LedPeriod[],
  window: { readonly fromEpochMs: EpochMs; readonly toEpochMs: EpochMs },
): number {
  return periods.reduce((sum, { fromEpochMs, untilEpochMs }) => {
    const from = Math.max(fromEpochMs, window.fromEpochMs);
    const to = Math.min(untilEpochMs, window.toEpochMs);
    return sum + Math.max(0, to - from);
  }, 0);
}

/** Drops the periods that a window beginning at `epochMs` no longer touches. */
export function forgetBefore(
  periods: readonly LedPeriod[],
  epochMs: EpochMs,
): readonly LedPeriod[] {
  return periods.filter(({ untilEpochMs, ended }) => !ended || untilEpochMs > epochMs);
}
