/**
 * How long a candidate whose terms go wrong lets others go first: a crash loop must not hold the role.
 */
import {
  type EpochMs,
  type Instant,
  pessimisticElapsedMs,
  type Reading,
  type Stamped,
} from '../time/instant.ts';
import type { Timings } from '../time/timing.ts';
import type { Why } from './leading.ts';

/** A term that ends within so many leases counts as short. */
const SHORT_TERM_LEASES = 2;
/** The longest that a candidate with short terms lets others go first. */
const HOLD_OFF_LEASES_MAX = 10;

/** What a candidate of either mechanism remembers of its terms. */
export interface HoldOff {
  /** Terms in a row that ended soon after they began. */
  readonly shortTerms: number;
  /** Until when this candidate lets others go first. */
  readonly holdOffUntil: Instant;
  /** The same by the wall clock, for a process that was frozen meanwhile. */
  readonly holdOffUntilEpochMs?: EpochMs | undefined;
}

/** A candidate none of whose terms has gone wrong so far. */
export const NO_HOLD_OFF: HoldOff = { shortTerms: 0, holdOffUntil: 0 };

/**
 * How long this candidate lets others go first. A term that ended by choice costs nothing, and neither does a
 * first loss or error of its work. Terms that keep ending soon after they began double the wait. A candidate
 * that is not healthy, or was asked to hand over, waits at least until a healthy standby has had its turn.
 */
export function holdOff<State extends HoldOff & { self: { timings: Timings } }>(
  state: State,
  term: { why: Why; electedAt: Reading; requested: boolean; failed?: boolean | undefined },
  now: Stamped,
): State {
  const { leaseDurationMs, renewIntervalMs } = state.self.timings;
  if (term.requested) {
    return { ...state, ...until(now, leaseDurationMs + renewIntervalMs), shortTerms: 0 };
  }
  if (term.why === 'resigned' && !term.failed) return { ...state, shortTerms: 0 };
  const lastedMs = pessimisticElapsedMs(term.electedAt, now.at);
  const short = lastedMs < SHORT_TERM_LEASES * leaseDurationMs;
  const shortTerms = short ? Math.min(state.shortTerms + 1, 16) : 0;
  const doublings = term.why === 'unhealthy' ? Math.max(shortTerms, 1) : shortTerms - 1;
  const leases = doublings < 1 ? 0 : Math.min(HOLD_OFF_LEASES_MAX, 2 ** (doublings - 1));
  const holdOffMs = leases * leaseDurationMs * (0.5 + now.jitter / 2);
  return { ...state, shortTerms, ...until(now, holdOffMs) };
}

/** By both clocks: the wall clock counts where the process was frozen. */
function until({ at }: Stamped, ms: number) {
  return { holdOffUntil: at.monotonicMs + ms, holdOffUntilEpochMs: at.epochMs + ms };
}

/**
 * Time in which this process was frozen counts too, though its monotonic clock may have stood
 * still. Other candidates could go first all the while. A wall clock that jumps costs politeness,
 * never safety.
 */
export function recountHoldOff<State extends HoldOff>(state: State, at: Reading): State {
  const { holdOffUntil, holdOffUntilEpochMs = 0 } = state;
  const leftMs = Math.max(0, holdOffUntilEpochMs - at.epochMs);
  return { ...state, holdOffUntil: Math.min(holdOffUntil, at.monotonicMs + leftMs) };
}
