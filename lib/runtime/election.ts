/**
 * `createElection`: the one way in. Checks what it was given, and wires a mechanism to the protocol.
 */
import type { CandidateWrite } from '../core/lease/record.ts';
import { TIMING_NAMES, type Timings, timingProblems, withDefaults } from '../core/time/timing.ts';
import { InvalidOptionsError } from '../errors.ts';
import { unknownOptions } from '../option-problems.ts';
import type {
  BatonQueue,
  Clock,
  InSpan,
  Journal,
  Leader,
  LeaseStore,
  MechanismOver,
  ObserveOptions,
  Part,
  Player,
  Term,
} from '../ports.ts';
import type { BridgedMechanism } from './bridge/bridged.ts';
import { createCandidate } from './candidate/candidate.ts';
import { candidateIdOf } from './candidate/candidate-id.ts';
import type { LeadershipListeners } from './candidate/leadership.ts';
import { type RegisteredCandidate, registering } from './candidate/registering.ts';
import { noticingFreezes } from './clock/noticing-freezes.ts';
import { systemClock, systemRandom } from './clock/system.ts';
import { type ElectionOptions, optionProblems } from './election-options.ts';
import { combineJournals } from './journal/combine-journals.ts';
import { naming } from './journal/naming.ts';
import { silentJournal, toldSafely } from './journal/report.ts';
import { findGuardian, type LastWill } from './will/find-guardian.ts';
import { keepLastWill, type LastWillOptions } from './will/last-will.ts';
import { type LeadOptions, type LeadWhileOptions, leadOnce, type Work } from './work/lead-once.ts';
import { leadWhile } from './work/lead-while.ts';

/** One candidate of one election: at most one campaign or term at a time. */
export interface Election {
  readonly name: string;
  readonly candidateId: string;
  readonly timings: Timings;
  /** Whether this candidate leads now, by its clocks: a term is there and `remainingMs()` is above 0. */
  readonly isLeading: boolean;
  /** The term that is led now; `undefined` from the instant at which it is over. */
  readonly term: Term | undefined;
  /**
   * Calls back for each term: `elected` with the term as it begins, and `lost` with the reason once
   * it is over, after a resignation too. An error of a listener becomes a warning of the process.
   * Returns a function that stops the calls.
   */
  on<E extends keyof LeadershipListeners>(event: E, listener: LeadershipListeners[E]): () => void;
  /**
   * Waits until elected. Disposing the term resigns it: do so once its work has settled.
   * @throws the signal's reason when it aborts; a `TenureError` when campaigning cannot go on.
   */
  campaign(options?: LeadOptions): Promise<Term>;
  /**
   * One attempt: a term, or `undefined` where the role is taken. What was seen is kept for the next.
   * @throws a `TenureError` when three reads, or three attempts to acquire, stay without an answer.
   */
  tryCampaign(options?: TryOptions): Promise<Term | undefined>;
  /**
   * One term: the work's result. The work must stop when `term.signal` aborts; it is joined before the
   * role is released.
   * @throws LeadershipLostError when the term was lost, WorkStuckError when the work does not settle.
   */
  lead<T>(work: Work<T>, options?: LeadOptions): Promise<T>;
  /**
   * As `lead`, but campaigns again after each loss, until the work returns or throws: see `retry`. Resolves with
   * `undefined` once `signal` has aborted and the work has drained.
   */
  leadWhile<T>(work: Work<T>, options?: LeadWhileOptions): Promise<T | undefined>;
  /** Runs work of a term that `campaign` returned in a span, as `lead` does by itself. */
  traced<T>(term: Term, work: () => T | PromiseLike<T>): Promise<T>;
  /** Yields the leader, or `undefined` where there is none, with each change. Does not compete. */
  observe(options?: ObserveOptions): AsyncIterableIterator<Leader | undefined>;
  /**
   * Says that this process may have been frozen since its last call, as a Lambda environment is
   * between invocations. What fell due meanwhile is done now. With `clockErrorMsMax` the silence of
   * a leader is counted by the wall clock, less that bound on its error.
   */
  thawed(options: { clockErrorMsMax?: number | undefined }): void;
  /**
   * Says that this process may be frozen from now on, as a Lambda environment is after each
   * invocation. The journal then emits what it has kept back, such as the metrics of the minute.
   */
  freezing(): void;
  /** The clock that this election counts by. */
  readonly clock: Clock;
}

/** For candidates that do not live long: a Lambda invocation. */
export interface TryOptions extends LeadOptions {
  /**
   * Whether to wait a dead leader's lease out: a process that has seen nothing before cannot lead
   * sooner. The wait ends at the first sign of life. It lasts one lease at most, and about a renew
   * interval where a leader lives. Default no.
   */
  readonly waitLease?: boolean | undefined;
  /**
   * Milliseconds until this process ends. No lease is written that outlasts it, so that no standby
   * waits for a leader that was cut off. A time too short to lead in ends in not elected. Default:
   * no end.
   */
  readonly endsInMs?: number | undefined;
}

/** The port and the protocol of one mechanism fit each other; this keeps their types together. */
function opened<Port>(
  via: MechanismOver<Port>,
  election: { name: string; timings: Timings; journal: Journal },
): (part: Part) => Player {
  const port = via.open(election);
  return (part) => via.play(port, part);
}

function inSpanOf({ spans, name, via }: ElectionOptions, candidateId: string): InSpan | undefined {
  const subject = { election: name, candidateId, store: via.storeName };
  return spans && ((call, run) => spans({ ...subject, ...call }, run));
}

/** The journal, which also keeps the last will where there is a guardian. */
function withLastWill(
  journal: Journal,
  lastWill: LastWill | undefined,
  about: Omit<LastWillOptions, 'guardian' | 'failed'>,
): Journal {
  const guardian = findGuardian(lastWill);
  if (guardian === undefined) return journal;
  const { election, candidateId, clock } = about;
  const failed = (error: unknown) => {
    const event = { event: 'error', election, candidateId, error } as const;
    toldSafely('the journal', () => journal.record({ ...event, atEpochMs: clock.now().epochMs }));
  };
  return combineJournals(journal, keepLastWill({ ...about, guardian, failed }));
}

function refuseToObserve(): never {
  throw new InvalidOptionsError([
    'observe needs a mechanism that records who leads, got a baton; follow the leader by the events of ' +
      'its journal, or elect via dynamoDbLease',
  ]);
}

/** @throws InvalidOptionsError naming every option that is wrong. */
export function createElection(options: ElectionOptions): Election {
  const given = options.timings ?? {};
  // A hint wakes a standby in a round trip: the leader need not wait until all have read.
  const hinted = options.via?.hints && { announceMs: 0 };
  const timings = withDefaults({ ...hinted, ...options.via?.timings, ...given });
  const problems = [
    ...optionProblems(options),
    ...unknownOptions(given, TIMING_NAMES, { what: 'timing' }),
    ...timingProblems(timings),
  ];
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  const { name, via, healthy, attributes } = options;
  const told = options.journal ? naming(options.journal, via.storeName) : silentJournal;
  const clock = noticingFreezes(options.clock ?? systemClock);
  const random = options.random ?? systemRandom;
  const candidateId = candidateIdOf(options.candidatePrefix, random);
  const hints = via.hints?.({ name });
  const journal = withLastWill(told, options.lastWill, {
    ...{ election: name, candidateId, timings, clock, hints },
    player: () => player,
  });
  const wiring = { election: name, candidateId, timings, attributes, clock, random, journal };
  const played = createCandidate({
    ...wiring,
    inSpan: inSpanOf(options, candidateId),
    play: opened<LeaseStore<CandidateWrite> | BatonQueue>(via, { name, timings, journal }),
    hints,
    healthy,
    farewell: () => candidate.leave?.(),
  });
  const { player, leadership } = played;
  const { prefer, registration } = options;
  const { store } = player;
  const everyMs = prefer?.everyMs;
  const { over } = via as BridgedMechanism;
  const registered = registering(played, registration, { ...wiring, store, everyMs });
  const both = over?.(registered, { ...wiring, on: leadership.on }) ?? registered;
  const candidate: RegisteredCandidate =
    prefer?.over(both, { ...wiring, registration, store }) ?? both;
  return {
    name,
    candidateId,
    timings,
    get isLeading() {
      return leadership.term !== undefined;
    },
    get term() {
      return leadership.term;
    },
    on: leadership.on,
    async campaign({ signal } = {}) {
      const term = await candidate.campaign({ patience: 'until-elected', signal });
      if (term === undefined) throw new Error('a campaign that waits ended without a term');
      return term;
    },
    tryCampaign({ signal, waitLease = false, endsInMs } = {}) {
      const patience = waitLease ? 'one-lease' : 'once';
      return candidate.campaign({ patience, signal, endsInMs });
    },
    lead: (work, how = {}) => leadOnce(candidate, work, how),
    leadWhile: (work, how = {}) => leadWhile(candidate, work, how, { clock, random }),
    traced: played.traced,
    observe: (how = {}) => (player.observe ?? refuseToObserve)(how),
    thawed: (how) => candidate.thawed(how),
    freezing: () => toldSafely('the journal', () => told.flush?.()),
    clock,
  };
}
