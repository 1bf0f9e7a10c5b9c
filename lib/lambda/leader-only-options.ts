/**
 * The options of leading from Lambda, checked once, at construction: options that cannot work fail
 * there and not in a later invocation.
 */
import { InvalidOptionsError } from '../errors.ts';
import { unknownOptions } from '../option-problems.ts';
import type { LambdaElection } from './election.ts';

/** What `makeLeaderOnly` takes. */
export interface LeaderOnlyOptions<E = unknown, R = unknown> {
  readonly election: LambdaElection;
  /**
   * `invocation`: take the role, work, release; the lease never outlasts the invocation. `sticky`: keep
   * the role for the next invocation in the same environment. Default `invocation`.
   */
  readonly hold?: 'invocation' | 'sticky' | undefined;
  /**
   * With `sticky`, which needs it: the longest time in milliseconds from the end of one
   * invocation to the start of the next. The lease must outlast it, because a frozen environment
   * renews nothing. Default: none.
   */
  readonly gapMsMax?: number | undefined;
  /**
   * Allows the invocation to wait a dead leader's lease out, which is billed. Needed where the
   * election states no `clockErrorMsMax`: an environment that starts cold has seen nothing before.
   * The wait ends at the first sign of life. Default no.
   */
  readonly waitLease?: boolean | undefined;
  /**
   * What an invocation that does not lead does. `skip`: answers with `answer`. `throw`: fails with
   * `NotLeadingError`. `batchItemFailures`: reports every record of its batch as failed. The event
   * source must then have `ReportBatchItemFailures`, or Lambda takes the answer for success. An
   * event with records cannot be skipped: it would count as done and be lost. Default `skip`.
   */
  readonly notLeading?: 'skip' | 'throw' | 'batchItemFailures' | undefined;
  /** With `skip`: the answer, or what makes it of the event. Default none. */
  readonly answer?: R | ((event: E) => R | Promise<R>) | undefined;
  /**
   * Milliseconds kept at the end of the invocation for work to stop, save and release:
   * `term.signal` aborts that long before the deadline. Default: loss grace and two write timeouts,
   * 3 s with the default timings.
   */
  readonly reserveMs?: number | undefined;
}

export interface LeaderOnlySettings<E = unknown, R = unknown> {
  readonly election: LambdaElection;
  readonly sticky: boolean;
  readonly waitLease: boolean;
  readonly notLeading: 'skip' | 'throw' | 'batchItemFailures';
  readonly answer: LeaderOnlyOptions<E, R>['answer'];
  readonly reserveMs: number;
}

/** Options as far as they can be checked without knowing event and answer. */
type Unanswered = Omit<LeaderOnlyOptions, 'answer'> & { readonly answer?: unknown };

const KNOWN = [
  'election',
  'hold',
  'gapMsMax',
  'waitLease',
  'notLeading',
  'answer',
  'reserveMs',
] as const satisfies readonly (keyof LeaderOnlyOptions)[];

/** @throws InvalidOptionsError naming every option that is wrong, an unknown one included. */
export function settingsOf<E, R>(
  options: LeaderOnlyOptions<E, R>,
  also: readonly string[] = [],
): LeaderOnlySettings<E, R> {
  const { election } = options;
  const problems = [
    ...unknownOptions(options, [...KNOWN, ...also]),
    ...choiceProblems(options),
    ...(isElection(election)
      ? [...reserveProblems(options), ...holdProblems(options), ...coldProblems(options)]
      : [noElectionProblem(election)]),
  ];
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  const { lossGraceMs, writeTimeoutMs } = election.timings;
  return {
    election,
    sticky: options.hold === 'sticky',
    waitLease: options.waitLease ?? false,
    notLeading: options.notLeading ?? 'skip',
    answer: options.answer,
    reserveMs: options.reserveMs ?? lossGraceMs + 2 * writeTimeoutMs,
  };
}

function noElectionProblem(given: unknown): string {
  const must = 'election must be what createElection() returns';
  if (typeof (given as { leading?: unknown } | undefined)?.leading !== 'function') {
    return `${must}; pass it`;
  }
  return (
    `${must}, got a group: a Lambda function cannot be its member; give each partition an election of its ` +
    'own, or run members on ECS'
  );
}

function isElection(election: unknown): election is LambdaElection {
  const { tryCampaign, timings, clock } = (election ?? {}) as Partial<LambdaElection>;
  return typeof tryCampaign === 'function' && timings !== undefined && clock !== undefined;
}

function choiceProblems(options: Unanswered): string[] {
  const { hold = 'invocation', notLeading = 'skip', answer, waitLease = false } = options;
  const problems: string[] = [];
  if (!['invocation', 'sticky'].includes(hold)) {
    problems.push(`hold must be invocation or sticky, got ${String(hold)}; choose one`);
  }
  if (!['skip', 'throw', 'batchItemFailures'].includes(notLeading)) {
    problems.push(
      `notLeading must be skip, throw or batchItemFailures, got ${String(notLeading)}; choose one`,
    );
  }
  if (typeof waitLease !== 'boolean') {
    problems.push(`waitLease must be true or false, got ${String(waitLease)}; choose one`);
  }
  if (answer !== undefined && notLeading !== 'skip') {
    problems.push(
      `answer is only for notLeading skip, got notLeading ${notLeading}; leave one of them out`,
    );
  }
  return problems;
}

function reserveProblems({ reserveMs, election }: Unanswered): string[] {
  if (reserveMs === undefined) return [];
  const { writeTimeoutMs } = election.timings;
  // Work that stops later than this could not release before it is cut off.
  if (Number.isFinite(reserveMs) && reserveMs >= writeTimeoutMs) return [];
  return [
    `reserveMs must be at least writeTimeoutMs (${writeTimeoutMs}), got ${reserveMs}; raise it`,
  ];
}

function holdProblems({ hold, gapMsMax, election }: Unanswered): string[] {
  if (hold !== 'sticky') {
    if (gapMsMax === undefined) return [];
    return [
      'gapMsMax is only for hold sticky: an invocation that releases keeps nothing; leave it out',
    ];
  }
  if (gapMsMax === undefined || !(Number.isFinite(gapMsMax) && gapMsMax > 0)) {
    return [
      `gapMsMax must be a number of milliseconds above 0 with hold sticky, got ${gapMsMax}; state the ` +
        'longest time between two invocations',
    ];
  }
  const { leaseDurationMs, renewIntervalMs, marginMs, lossGraceMs, writeTimeoutMs } =
    election.timings;
  // The last renewal may be a renew interval old when the environment freezes. The next one must be
  // answered before work is told to stop.
  const neededMs = gapMsMax + renewIntervalMs + writeTimeoutMs + marginMs + lossGraceMs;
  if (leaseDurationMs > neededMs) return [];
  return [
    `leaseDurationMs must exceed gapMsMax + renewIntervalMs + writeTimeoutMs + marginMs + lossGraceMs ` +
      `(${neededMs}) with hold sticky, got ${leaseDurationMs}; raise leaseDurationMs or lower renewIntervalMs`,
  ];
}

/**
 * An environment that starts cold has seen nothing: without either option it would never take over.
 */
function coldProblems({ waitLease, election }: Unanswered): string[] {
  if (waitLease === true || election.timings.clockErrorMsMax !== undefined) return [];
  return [
    'a cold environment must be able to tell that a leader is dead, got neither ' +
      'timings.clockErrorMsMax nor waitLease; state a bound on the clocks in the election, or pass ' +
      'waitLease: true to let an invocation wait a lease out',
  ];
}
