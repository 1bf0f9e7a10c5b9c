/**
 * From SIGTERM to the release, within the time that ECS leaves before SIGKILL.
 *
 * Decides only whether that time is enough. The election decides how work drains, and that the
 * release comes last.
 */
import type { Timings } from '../core/time/timing.ts';
import { InvalidOptionsError } from '../errors.ts';
import type { PartitionTerm } from '../group-ports.ts';
import { unknownOptions } from '../option-problems.ts';
import type { Term } from '../ports.ts';

/** What ECS waits where a task definition does not say. Fargate allows up to 120 s. */
export const DEFAULT_STOP_TIMEOUT_MS = 30_000;

/** The part of an election that a service uses. */
export interface ServiceElection {
  readonly timings: Timings;
  /** As `Election.leadWhile`. */
  leadWhile<T>(
    work: (term: Term) => T | PromiseLike<T>,
    options: { readonly signal: AbortSignal; readonly stopNow: AbortSignal },
  ): Promise<T | undefined>;
}

/** The part of a group that a service uses. */
export interface ServiceGroup {
  readonly timings: Timings;
  /** As `Group.leading`. */
  leading(): ReadonlyMap<number, PartitionTerm>;
  /** As `Group.leadWhile`. */
  leadWhile(
    work: (term: PartitionTerm) => unknown,
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
}

/** What `leadUntilStopped` takes. */
export interface ServiceOptions {
  /** The `stopTimeout` of the container, in milliseconds. Default 30,000, as ECS's. */
  readonly stopTimeoutMs?: number | undefined;
  /** Default: SIGTERM, which ECS, Fargate Spot and Kubernetes send, and SIGINT for terminals. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
}

/** The longest that a timer of Node counts; a longer one would ring at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const KNOWN: readonly string[] = [
  'stopTimeoutMs',
  'signals',
] satisfies readonly (keyof ServiceOptions)[];

/**
 * Leads whenever elected, until told to stop. Then the hand-over is announced (`announceMs`), the
 * work is told to stop, it drains, and the role is released. A second signal ends the announcement.
 * Resolves with what the work returned, or with `undefined` when told to stop. The process should
 * then end.
 *
 * @throws InvalidOptionsError where the stop timeout cannot hold the drain and the release;
 * WorkStuckError where the work does not settle within `drainMs`.
 */
export async function leadUntilStopped<T>(
  election: ServiceElection,
  work: (term: Term) => T | PromiseLike<T>,
  options?: ServiceOptions,
): Promise<T | undefined>;
/**
 * The same for a group: a plan without this member is written, and everything is handed over.
 *
 * @throws InvalidOptionsError where the stop timeout cannot hold that: two renew intervals, the drain and a
 * write; what `leadWhile` of the group throws.
 */
export async function leadUntilStopped(
  group: ServiceGroup,
  work: (term: PartitionTerm) => unknown,
  options?: ServiceOptions,
): Promise<void>;
export async function leadUntilStopped(
  election: ServiceElection | ServiceGroup,
  work: (term: never) => unknown,
  options: ServiceOptions = {},
): Promise<unknown> {
  refuseUnstoppable(election, options);
  const { signals = ['SIGTERM', 'SIGINT'] } = options;
  const stop = new AbortController();
  const stopNow = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    const reason = new Error(`told to stop by ${name}`);
    if (stop.signal.aborted) return stopNow.abort(reason);
    // The announcement gets what drain and release leave of the stop timeout.
    timer = setTimeout(() => stopNow.abort(reason), announceMsMax(election.timings, options));
    stop.abort(reason);
  };
  for (const name of signals) process.on(name, onSignal);
  try {
    const how = { signal: stop.signal, stopNow: stopNow.signal };
    return await election.leadWhile(work as () => unknown, how);
  } finally {
    clearTimeout(timer);
    for (const name of signals) process.off(name, onSignal);
  }
}

function announceMsMax({ drainMs, writeTimeoutMs }: Timings, options: ServiceOptions): number {
  const { stopTimeoutMs = DEFAULT_STOP_TIMEOUT_MS } = options;
  return Math.min(stopTimeoutMs - drainMs - writeTimeoutMs, TIMER_MS_MAX);
}

function refuseUnstoppable(
  election: ServiceElection | ServiceGroup,
  options: ServiceOptions,
): void {
  const { stopTimeoutMs = DEFAULT_STOP_TIMEOUT_MS } = options;
  const { drainMs, writeTimeoutMs, renewIntervalMs } = election.timings;
  // Every member reads the plan without this member before this one hands anything over.
  const [planMs, plan] =
    'leading' in election ? [2 * renewIntervalMs, '2 * renewIntervalMs + '] : [0, ''];
  const leastMs = planMs + drainMs + writeTimeoutMs;
  const problems = unknownOptions(options, KNOWN);
  // The comparison is negated so that it refuses NaN too.
  if (!(stopTimeoutMs >= leastMs)) {
    problems.push(
      `stopTimeoutMs must be at least ${plan}drainMs + writeTimeoutMs (${leastMs}), got ` +
        `${stopTimeoutMs}; raise the container's stopTimeout or lower drainMs`,
    );
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
}
