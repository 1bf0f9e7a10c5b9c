/**
 * `runOnce`: work at most once per period, however often and however late it is called.
 *
 * A schedule may deliver twice, and a retry may come after the next firing. The election keeps two
 * runs from working at once. The period of the last run is in a fenced row. So a later run knows
 * it, and a stale leader cannot take it back.
 */
import { InvalidOptionsError } from '../errors.ts';
import { unknownOptions } from '../option-problems.ts';
import type { LastRun, Term } from '../ports.ts';

export type { LastRun } from '../ports.ts';

/** What `runOnce` takes. */
export interface RunOnceOptions {
  readonly term: Pick<Term, 'throwIfOver'>;
  /** The period's length. Periods are counted from 1970-01-01T00:00Z. */
  readonly periodMs: number;
  /** Moves where periods begin, for a schedule that fires near a boundary. Default 0. */
  readonly offsetMs?: number | undefined;
  /**
   * The moment that this run is for: the schedule's own time (`event.time` of EventBridge), so that a
   * late retry counts for the firing that it repeats.
   */
  readonly at: Date | string | number;
  readonly lastRun: LastRun;
  /**
   * When the period counts as done. `completed`: after the work, so that a run that was cut off is
   * repeated by the next delivery. `started`: before it, so that it never is. Default `completed`.
   */
  readonly countsWhen?: 'completed' | 'started' | undefined;
}

export type RunOnceResult<R> =
  | { readonly ran: true; readonly value: R }
  /** The period, or a later one, is done. */
  | { readonly ran: false };

const KNOWN = [
  'term',
  'periodMs',
  'offsetMs',
  'at',
  'lastRun',
  'countsWhen',
] as const satisfies readonly (keyof RunOnceOptions)[];

/**
 * Runs the work unless its period, or a later one, is done.
 * @throws InvalidOptionsError, what the row's fence throws, and what the work throws.
 */
export async function runOnce<R>(
  options: RunOnceOptions,
  work: () => R | Promise<R>,
): Promise<RunOnceResult<R>> {
  const period = periodOf(options);
  const { term, lastRun, countsWhen = 'completed' } = options;
  const last = await lastRun.load();
  if (last !== undefined && last.period >= period) return { ran: false };
  if (countsWhen === 'started') await lastRun.save({ period });
  term.throwIfOver();
  const value = await work();
  if (countsWhen === 'completed') await lastRun.save({ period });
  return { ran: true, value };
}

function periodOf(options: RunOnceOptions): number {
  const { periodMs, offsetMs = 0, at, countsWhen = 'completed' } = options;
  const atMs = new Date(at).getTime();
  const problems = unknownOptions(options, KNOWN);
  if (!(Number.isFinite(periodMs) && periodMs > 0)) {
    problems.push(`periodMs must be a number above 0, got ${periodMs}; give milliseconds`);
  }
  if (!Number.isFinite(offsetMs)) {
    problems.push(`offsetMs must be a number of milliseconds, got ${offsetMs}; leave it out`);
  }
  if (Number.isNaN(atMs)) {
    problems.push(`at must be a time, got ${String(at)}; pass event.time or a Date`);
  }
  if (!['completed', 'started'].includes(countsWhen)) {
    problems.push(`countsWhen must be completed or started, got ${countsWhen}; choose one`);
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  return Math.floor((atMs - offsetMs) / periodMs);
}
