/**
 * Work at each period, once over all candidates: a cron in a process that lives long.
 *
 * Decides that runs never overlap. A period lasts from its beginning by the wall clock to the
 * beginning of the next. A period in which no run could begin is missed. The leader keeps the role
 * between periods, so that no other candidate begins a run during its own.
 */
import { InvalidOptionsError } from '../../errors.ts';
import { unknownOptions } from '../../option-problems.ts';
import type { LastRun, Term } from '../../ports.ts';
import type { Election } from '../election.ts';
import type { LeadWhileOptions } from './lead-once.ts';

/** What the work is told of its run. */
export interface PeriodRun {
  readonly term: Term;
  /** The number of the period, counted from 1970-01-01T00:00Z and `offsetMs`. */
  readonly period: number;
  /** When the period began. The run may begin later: after a fail-over, or after a run that took long. */
  readonly dueAtEpochMs: number;
  /** Periods before this one in which no run began, and which are left out. */
  readonly missed: number;
}

/** What `leadEvery` takes. */
export interface EveryOptions extends LeadWhileOptions {
  /** Moves where periods begin. Default 0: a day begins at midnight UTC. */
  readonly offsetMs?: number | undefined;
  /**
   * Where the last period is kept for the next leader, such as `checkpoint(term, …)` of
   * `tenure/dynamodb`. Default: nowhere; then a new leader begins with the next period, and the
   * period in which the old leader died may have no run.
   */
  readonly lastRun?: ((term: Term) => LastRun) | undefined;
  /**
   * What happens to missed periods. `skip`: the next run is told how many. `each`: a run for each,
   * one after another, the oldest first; of more than a hundred only the last hundred. Needs
   * `lastRun`. Default `skip`.
   */
  readonly missed?: 'skip' | 'each' | undefined;
  /**
   * When a period counts as done. `completed`: after its run, so that a run that was cut off is
   * repeated. `started`: before its run, so that no run is ever repeated. Default `completed`.
   */
  readonly countsWhen?: 'completed' | 'started' | undefined;
}

const OPTIONS = Object.keys({
  signal: true,
  stopNow: true,
  retry: true,
  offsetMs: true,
  lastRun: true,
  missed: true,
  countsWhen: true,
} satisfies Record<keyof EveryOptions, true>);
/** The wall clock is looked at this often, in case somebody sets it. */
const SLEEP_MS_MAX = 60_000;
const MISSED_MAX = 100;

/**
 * Campaigns, and runs the work once in each period while it leads. Resolves once `signal` has aborted and the
 * work has drained; rejects with what the work throws, unless `retry` says otherwise.
 * @throws InvalidOptionsError for an option that cannot be used.
 */
export async function leadEvery(
  election: Pick<Election, 'leadWhile' | 'clock'>,
  periodMs: number,
  work: (run: PeriodRun) => unknown,
  options: EveryOptions = {},
): Promise<void> {
  refuseInvalid(periodMs, options);
  const { offsetMs = 0, lastRun, missed: policy, countsWhen, ...how } = options;
  const beginsAt = (period: number) => period * periodMs + offsetMs;
  const nowMs = () => election.clock.now().epochMs;
  const current = () => Math.floor((nowMs() - offsetMs) / periodMs);

  await election.leadWhile(async (term) => {
    const kept = lastRun?.(term);
    let last = (await kept?.load())?.period;
    if (last === undefined) {
      last = current();
      // If a first leader dies before its first run, the next one knows where to begin.
      await kept?.save({ period: last });
    }
    for (;;) {
      const now = current();
      if (now <= last) {
        await term.sleep(Math.min(SLEEP_MS_MAX, Math.max(1, beginsAt(last + 1) - nowMs())));
        continue;
      }
      const period: number = policy === 'each' ? Math.max(last + 1, now - MISSED_MAX) : now;
      const run = { term, period, dueAtEpochMs: beginsAt(period), missed: period - last - 1 };
      if (countsWhen === 'started') await kept?.save({ period });
      term.signal.throwIfAborted();
      term.throwIfOver();
      await work(run);
      last = period;
      if (countsWhen !== 'started') await kept?.save({ period });
    }
  }, how);
}

function refuseInvalid(periodMs: number, options: EveryOptions): void {
  const { offsetMs = 0, missed = 'skip', countsWhen = 'completed', lastRun } = options;
  const problems = unknownOptions(options, OPTIONS, { of: 'leadEvery' });
  if (!(Number.isFinite(periodMs) && periodMs > 0)) {
    problems.push(`periodMs must be a number above 0, got ${periodMs}; give milliseconds`);
  }
  if (!Number.isFinite(offsetMs)) {
    problems.push(`offsetMs must be a number of milliseconds, got ${offsetMs}; leave it out`);
  }
  if (!['skip', 'each'].includes(missed)) {
    problems.push(`missed must be skip or each, got ${missed}; choose one`);
  }
  if (missed === 'each' && lastRun === undefined) {
    problems.push(
      'missed each needs lastRun, got none: nobody would know what was missed; give it',
    );
  }
  if (!['completed', 'started'].includes(countsWhen)) {
    problems.push(`countsWhen must be completed or started, got ${countsWhen}; choose one`);
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
}
