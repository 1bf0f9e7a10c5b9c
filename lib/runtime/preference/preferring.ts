/**
 * A candidate that looks at the others while it leads, and hands over to a better one. Better is
 * what the rule says at every look for long enough. This file decides to whom; the protocol decides
 * how.
 */
import type { Timings } from '../../core/time/timing.ts';
import { InvalidOptionsError } from '../../errors.ts';
import { pause } from '../../pause.ts';
import type { CandidateRow, Clock, Journal, LeaseStore } from '../../ports.ts';
import type { RegisteredCandidate, RegistrationOptions } from '../candidate/registering.ts';
import type { HeldTerm } from '../candidate/term.ts';
import { withDeadline } from '../clock/deadline.ts';
import { createReporter } from '../journal/report.ts';
import {
  type Contender,
  dueSuccessor,
  looked,
  NOTHING_SEEN,
  type Patience,
  type Rule,
  type Standing,
} from './standing.ts';

/** When a leader hands over to a better candidate. */
export interface PreferenceOptions {
  /** How long another candidate must be better, at every look, before the leader hands over. Default 3 minutes. */
  readonly forMs?: number | undefined;
  /**
   * The time between two looks of the leader, and between two writes of each candidate's row. A
   * look is an eventually consistent query. Default 1 minute.
   */
  readonly everyMs?: number | undefined;
  /**
   * How long a new candidate waits before its first campaign where each living candidate is better,
   * so that a better one is elected first. Default 0: it does not look.
   */
  readonly worstWaitsMs?: number | undefined;
}

/** Which candidate should lead: what `prefer` takes. Made by `byScore`, `byVersion`, `byZone`, `byRegion`, `preferring`. */
export interface Preference {
  /** Milliseconds between two looks of the leader. */
  readonly everyMs: number;
  /** The same candidate, which hands over by this preference. Called once per election object. */
  over(candidate: RegisteredCandidate, wiring: PreferenceWiring): RegisteredCandidate;
}

export interface PreferenceWiring {
  readonly election: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly timings: Timings;
  readonly registration: RegistrationOptions | undefined;
  readonly store: Pick<LeaseStore, 'candidates'> | undefined;
}

const MINUTE_MS = 60_000;

/**
 * Prefers by a rule of yours. The rule sees only living candidates: those whose row was written
 * again since the leader's last looks. A candidate that was handed the role and did not come is
 * left out for `forMs`, and for twice as long each further time.
 * @throws InvalidOptionsError
 */
export function preferring(
  rule: Rule,
  options: PreferenceOptions = {},
  found: readonly string[] = [],
): Preference {
  const { forMs = 3 * MINUTE_MS, everyMs = MINUTE_MS, worstWaitsMs = 0 } = options;
  const problems = [...found];
  for (const [name, ms, least] of [
    ['forMs', forMs, 0],
    ['everyMs', everyMs, 1_000],
    ['worstWaitsMs', worstWaitsMs, 0],
  ] as const) {
    if (ms >= least && Number.isFinite(ms)) continue;
    problems.push(`${name} must be ${least} or more milliseconds, got ${ms}; give a number`);
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  const patience = { forMs, everyMs };
  return {
    everyMs,
    over: (candidate, wiring) => overseen(candidate, { rule, patience, worstWaitsMs, ...wiring }),
  };
}

interface Overseeing extends PreferenceWiring {
  readonly rule: Rule;
  readonly patience: Patience;
  readonly worstWaitsMs: number;
}

function overseen(candidate: RegisteredCandidate, how: Overseeing): RegisteredCandidate {
  const { clock } = how;
  const look = looking(candidate.candidateId, how);
  const declined = declining(how);
  let isFirst = true;
  return {
    ...candidate,
    async campaign(options) {
      if (isFirst && options.patience === 'until-elected') {
        await waitAsWorst(look, how, options.signal);
      }
      isFirst = false;
      const term = await candidate.campaign(options);
      if (term !== undefined && !term.signal.aborted) {
        declined.elected(term);
        void oversee(term);
      }
      return term;
    },
  };

  /** Looks until the term ends, or hands over. */
  async function oversee(term: HeldTerm): Promise<void> {
    const { patience } = how;
    let standing = NOTHING_SEEN;
    term.successor = () => standing.better;
    while (!term.signal.aborted) {
      standing = await look.again(standing, declined.now);
      const to = dueSuccessor(standing, clock.now().monotonicMs, patience);
      if (to !== undefined && !term.signal.aborted) {
        declined.asked(to);
        return term.handOver({ candidateId: to });
      }
      await pause(clock, patience.everyMs, term.signal);
    }
  }
}

interface Looking {
  /** Rejects where the store does not answer in time. */
  rows(): Promise<readonly CandidateRow[]>;
  /**
   * One more look. A failure, of the store or of a user's function, is told, and changes nothing.
   */
  again(before: Standing, declined: (candidateId: string) => boolean): Promise<Standing>;
  own(): Contender;
}

/** @throws InvalidOptionsError where there is nothing to look at. */
function looking(candidateId: string, how: Overseeing): Looking {
  const { store, registration, clock, timings, rule, patience } = how;
  const candidates = store?.candidates?.bind(store);
  if (candidates === undefined || registration === undefined) {
    throw new InvalidOptionsError([
      'prefer needs a table of candidates and a registration, so that candidates can be compared; ' +
        'elect via dynamoDbLease, and give registration a score, a zone or a version',
    ]);
  }
  const report = createReporter(how, candidateId);
  const own = (): Contender => {
    const { score, zone, version } = registration;
    return { candidateId, zone, version, score: typeof score === 'function' ? score() : score };
  };
  const rows = () =>
    withDeadline<readonly CandidateRow[] | Failed>(
      clock,
      timings.writeTimeoutMs,
      (signal) => candidates({ signal }),
      (cause) => ({ cause }),
    ).then((answer) => {
      if ('cause' in answer) throw answer.cause;
      return answer;
    });
  return {
    own,
    rows,
    async again(before, declined) {
      try {
        const seen = await rows();
        const at = clock.now().monotonicMs;
        return looked(before, seen, { own: own(), rule, patience, at, declined });
      } catch (error) {
        report.error(error);
        return before;
      }
    },
  };
}

interface Failed {
  readonly cause: unknown;
}

/** Candidates that were handed the role and did not come. */
function declining({ clock, patience }: Overseeing) {
  const times = new Map<string, { count: number; until: number }>();
  let last: string | undefined;
  return {
    asked(candidateId: string): void {
      last = candidateId;
    },
    /**
     * The role came back. Either the candidate that was asked has led meanwhile, or it did not
     * come.
     */
    elected({ predecessor }: HeldTerm): void {
      if (last === undefined) return;
      if (predecessor?.candidateId === last) times.delete(last);
      else {
        const count = (times.get(last)?.count ?? 0) + 1;
        const until = clock.now().monotonicMs + patience.forMs * 2 ** count;
        times.set(last, { count, until });
      }
      last = undefined;
    },
    now: (candidateId: string) =>
      clock.now().monotonicMs < (times.get(candidateId)?.until ?? Number.NEGATIVE_INFINITY),
  };
}

/**
 * A new candidate that is worse than all others lets them go first for a while. A failure ends the
 * wait.
 */
async function waitAsWorst(look: Looking, how: Overseeing, signal: AbortSignal | undefined) {
  const { worstWaitsMs, clock } = how;
  if (worstWaitsMs === 0) return;
  const isWorst = await look.rows().then(
    (rows) => outdone(look.own(), rows, how),
    () => false,
  );
  if (isWorst) await pause(clock, worstWaitsMs, signal);
}

function outdone(own: Contender, rows: readonly CandidateRow[], how: Overseeing): boolean {
  const { rule, patience, clock } = how;
  const { epochMs } = clock.now();
  // A first look knows only the wall clocks. They decide about this wait, and about nothing else.
  const others = rows.filter(
    ({ candidateId, registeredAtEpochMs }) =>
      candidateId !== own.candidateId && epochMs - registeredAtEpochMs < 3 * patience.everyMs,
  );
  return others.length > 0 && others.every((other) => rule(own, [other]) === other.candidateId);
}
