/**
 * The timings of an election, their defaults and the inequalities between them.
 *
 * Decides which combinations are allowed. The instants that follow from them are decided where they
 * are used: `leading.ts` for the holder, `observation.ts` for all others.
 */

/** All durations in milliseconds; fractions are kept, never rounded to seconds. */
export interface Timings {
  /** How long a record stays held after its last renewal. Default 10,000. */
  readonly leaseDurationMs: number;
  /** From one renewal's sending to the next. Default 3,000, or three tenths of the lease given. */
  readonly renewIntervalMs: number;
  /** Taken off the lease for clock-rate drift and late timers. Default max(50 ms, 2 % of the lease). */
  readonly marginMs: number;
  /** From telling work to stop until the term is over. Default min(1 s, a tenth of the lease). */
  readonly lossGraceMs: number;
  /** Deadline of one attempt at a write or read. Default min(1 s, a third of the renew interval). */
  readonly writeTimeoutMs: number;
  /**
   * How long a write of this candidate takes until another candidate can read it. A standby reads that
   * long after an expected renewal. Default 20, and a third of a write timeout below 60: a conditional
   * write takes 5 to 10 ms inside a Region. Across Regions it takes a round trip between them.
   */
  readonly roundTripMs: number;
  /** How long work may take to settle once the leader resigns. Default 5,000. */
  readonly drainMs: number;
  /**
   * How long at most a leader that resigns goes on leading after it has said so, until the standbys have
   * read that. 0 stops its work at once; standbys then find the vacancy up to a renew interval later.
   * Default: the renew interval and two round trips; 0 where hints wake a standby. A baton needs none.
   */
  readonly announceMs: number;
  /**
   * How long a last will waits after the leader's process has died: a write that it sent may still
   * be on its way. 0 where every write is fenced. Default: the write timeout.
   */
  readonly settleMs: number;
  /** Order among candidates, lower goes first; delays a take-over by `rank × staggerMs`. Default 0. */
  readonly rank: number;
  /** The delay per rank. Default: the renew interval. */
  readonly staggerMs: number;
  /**
   * The stated bound on the difference between any two candidates' wall clocks. When given, a lease
   * is also free once a candidate's own wall clock passes `renewedAt + lease + bound`. A candidate
   * that cannot observe for a whole lease (a cold Lambda) can then take over. Guarantee 3 holds
   * only while the bound does; fenced writes stay safe regardless. Default: none, wall clocks
   * decide nothing.
   */
  readonly clockErrorMsMax?: number | undefined;
}

/** Those that a group of partitions has too. */
export const GROUP_TIMINGS = [
  'leaseDurationMs',
  'renewIntervalMs',
  'marginMs',
  'lossGraceMs',
  'writeTimeoutMs',
  'drainMs',
] as const satisfies readonly (keyof Timings)[];

const DEFAULT_LEASE_DURATION_MS = 10_000;
const DEFAULT_DRAIN_MS = 5_000;

/** The default of `roundTripMs`, and what a group's members count with. */
export const READ_GUARD_MS = 20;

/** A deadline shorter than so many round trips gives up what was about to be answered. */
export const ROUND_TRIPS_MIN = 3;

/** The longest lease: a day. Longer ones are a configuration mistake more often than a wish. */
export const LEASE_DURATION_MS_MAX = 86_400_000;

export type GivenTimings = { readonly [Name in keyof Timings]?: Timings[Name] | undefined };

/** Fills in what was left out. Nothing is checked here. */
export function withDefaults(given: GivenTimings): Timings {
  const leaseDurationMs = given.leaseDurationMs ?? DEFAULT_LEASE_DURATION_MS;
  const renewIntervalMs = given.renewIntervalMs ?? leaseDurationMs * 0.3;
  const writeTimeoutMs = given.writeTimeoutMs ?? Math.min(1_000, renewIntervalMs / 3);
  const roundTripMs =
    given.roundTripMs ?? Math.min(READ_GUARD_MS, writeTimeoutMs / ROUND_TRIPS_MIN);
  return {
    leaseDurationMs,
    renewIntervalMs,
    marginMs: given.marginMs ?? Math.max(50, leaseDurationMs * 0.02),
    lossGraceMs: given.lossGraceMs ?? Math.min(1_000, leaseDurationMs / 10),
    writeTimeoutMs,
    roundTripMs,
    drainMs: given.drainMs ?? DEFAULT_DRAIN_MS,
    announceMs: given.announceMs ?? renewIntervalMs + 2 * roundTripMs,
    settleMs: given.settleMs ?? writeTimeoutMs,
    rank: given.rank ?? 0,
    staggerMs: given.staggerMs ?? renewIntervalMs,
    clockErrorMsMax: given.clockErrorMsMax,
  };
}

/** Each timing once, and whether it must be above 0: the type checker finds the one that is missing. */
const ABOVE_ZERO = {
  leaseDurationMs: true,
  renewIntervalMs: true,
  marginMs: false,
  lossGraceMs: false,
  writeTimeoutMs: true,
  roundTripMs: true,
  drainMs: false,
  announceMs: false,
  settleMs: false,
  rank: false,
  staggerMs: false,
  clockErrorMsMax: false,
} as const satisfies Record<keyof Timings, boolean>;

export const TIMING_NAMES = Object.keys(ABOVE_ZERO) as readonly (keyof Timings)[];

/** Everything that is wrong with these timings, each as a sentence that says what to change. */
export function timingProblems(timings: Timings): readonly string[] {
  const malformed = malformedTimings(timings);
  return malformed.length > 0 ? malformed : brokenInequalities(timings);
}

function malformedTimings(timings: Timings): readonly string[] {
  const problems: string[] = [];
  for (const name of TIMING_NAMES) {
    const given = timings[name];
    // No bound is stated.
    if (given === undefined && name === 'clockErrorMsMax') continue;
    const isAboveZero = ABOVE_ZERO[name];
    if (Number.isFinite(given) && (isAboveZero ? Number(given) > 0 : Number(given) >= 0)) continue;
    problems.push(
      isAboveZero
        ? `${name} must be a number of milliseconds above 0, got ${given}; give a positive number`
        : `${name} must be a number of at least 0, got ${given}; give 0 or more`,
    );
  }
  return problems;
}

/** A timing that follows from others may have sixteen digits. */
function shown(ms: number): number {
  return Number(ms.toFixed(1));
}

function brokenInequalities(timings: Timings): readonly string[] {
  const { leaseDurationMs, renewIntervalMs, marginMs, lossGraceMs, writeTimeoutMs } = timings;
  const problems: string[] = [];
  if (leaseDurationMs > LEASE_DURATION_MS_MAX) {
    problems.push(
      `leaseDurationMs must be at most ${LEASE_DURATION_MS_MAX} (a day), got ${leaseDurationMs}; lower it`,
    );
  }
  // Three: one renewal may fail and be retried while another chance is still left.
  if (leaseDurationMs < 3 * renewIntervalMs) {
    problems.push(
      `leaseDurationMs must be at least 3 times renewIntervalMs (${3 * renewIntervalMs}), ` +
        `got ${leaseDurationMs}; raise leaseDurationMs or lower renewIntervalMs`,
    );
  }
  // Without this, an attempt that is about to be answered would be given up, and made again.
  const answeredMs = ROUND_TRIPS_MIN * timings.roundTripMs;
  if (writeTimeoutMs < answeredMs) {
    problems.push(
      `writeTimeoutMs must be at least ${ROUND_TRIPS_MIN} times roundTripMs (${shown(answeredMs)}), ` +
        `got ${shown(writeTimeoutMs)}; raise writeTimeoutMs or leaseDurationMs`,
    );
  }
  // Without this, a renewal sent on time and answered at its deadline could come too late.
  const sum = marginMs + lossGraceMs + renewIntervalMs + writeTimeoutMs;
  if (sum >= leaseDurationMs) {
    problems.push(
      `marginMs + lossGraceMs + renewIntervalMs + writeTimeoutMs must be below leaseDurationMs ` +
        `(${leaseDurationMs}), got ${[marginMs, lossGraceMs, renewIntervalMs, writeTimeoutMs]
          .map(shown)
          .join(' + ')} = ${shown(sum)}; raise leaseDurationMs or lower one of the four`,
    );
  }
  return problems;
}
