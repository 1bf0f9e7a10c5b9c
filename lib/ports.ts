/**
 * What the runtime needs and gives. Adapters implement these; nothing here does anything.
 */
import type {
  Baton,
  BatonLimits,
  CheckOutcome,
  CountOutcome,
  HoldOutcome,
  ReceiveOutcome,
  SendOutcome,
} from './core/baton/queue.ts';
import type {
  Attributes,
  CandidateWrite,
  LeaseWrite,
  Look,
  Release,
  Sighting,
  WriteOutcome,
} from './core/lease/record.ts';
import type { TermEffect, TermInput, TermState } from './core/term/effects.ts';
import type { EpochMs, Reading } from './core/time/instant.ts';
import type { Timings } from './core/time/timing.ts';
import type { Token } from './core/token.ts';
import type { PreparedRequest, Will } from './core/will/will.ts';
import type { LossCause } from './errors.ts';
import type { InSpan } from './spans.ts';
import type { Journal, LeaseReference } from './term.ts';

export type { GroupEvent, JournalEvent } from './core/journal/events.ts';
export type { InSpan, SpanEnd, SpannedCall, SpanStart, Spans } from './spans.ts';
export type { Journal, LeaseReference, Predecessor, Term } from './term.ts';

/** The lease table, or another store that keeps the same contract (`test/contract`). */
export interface LeaseStore<Write extends LeaseWrite = LeaseWrite> {
  /** Never throws for what the store answers; `signal` is the deadline. */
  read(options: Look & { signal: AbortSignal }): Promise<Sighting>;
  /** One attempt at one conditional write, never retried. A property, so that its type is strict. */
  readonly write: (write: Write, options: { signal: AbortSignal }) => Promise<WriteOutcome>;
  /** Best effort, off the critical path: records who led, since when, and why the term ended. */
  chronicle(entry: TermEntry, options: { signal: AbortSignal }): Promise<void>;
  /** Best effort, off the critical path: records that a candidate is there. Absent where none is kept. */
  register?(registration: Registration, options: { signal: AbortSignal }): Promise<void>;
  /** Best effort: records that a candidate has left. Absent where a store keeps none. */
  unregister?(candidateId: string, options: { signal: AbortSignal }): Promise<void>;
  /** The registered candidates, one bounded page of them, eventually consistent. May throw. */
  candidates?(options: { signal: AbortSignal }): Promise<readonly CandidateRow[]>;
  /** A release as a signed request that is not sent, for a last will. Absent where none can be made. */
  prepareRelease?(release: Release): Promise<PreparedRequest>;
  /** Where the record is, for lease-checked writes. Absent where nothing can check it. */
  readonly reference?: LeaseReference | undefined;
}

/** Where a guard keeps the highest token of each resource: `memoryFence`, `dynamoDbFence`, or yours. */
export interface FenceStore {
  /**
   * Raises the resource's token to this one, in one atomic step. Two tokens are not raised to: one
   * that is not above the present token, and one that is more than `stepMax` above it (default: no
   * limit). Returns the highest token then: `token` where it was admitted, less where the step was
   * too large, 0 where there was none. No later call for that resource may return less.
   */
  raise(fence: FenceRaise): Promise<Token>;
}

type FenceRaise = { readonly resource: string; readonly token: Token; readonly stepMax?: bigint };

/** What a candidate may publish of itself, for operators and for choosing who leads. */
export interface CandidateFacts {
  /** The higher, the better a leader it would be. */
  readonly score?: number | undefined;
  /** Where it runs, as an availability zone. */
  readonly zone?: string | undefined;
  /** The version of the program that would lead. */
  readonly version?: string | undefined;
}

/** A candidate as others read its row. */
export interface CandidateRow extends CandidateFacts {
  readonly candidateId: string;
  /** By that candidate's wall clock; replaced with each write of the row. */
  readonly registeredAtEpochMs: EpochMs;
}

/** One row of an election's candidates: written at start and once an hour, and gone some time after. */
export interface Registration extends CandidateRow {
  readonly startedAtEpochMs: EpochMs;
}

/** One row of an election's history. */
export interface TermEntry {
  readonly token: Token;
  /** The term before this one, whose row may expire once this one's is there. */
  readonly previousToken?: Token | undefined;
  readonly candidateId: string;
  readonly electedAtEpochMs: EpochMs;
  /** Absent while the term lasts, or where its process died. */
  readonly endedAtEpochMs?: EpochMs | undefined;
  /** Why it ended; absent as its end is. */
  readonly why?: LossCause | undefined;
  /** What its leader proclaimed last; absent where it proclaimed nothing. */
  readonly attributes?: Attributes | undefined;
}

/** What the protocol counts by: two clocks of this process, and its timers. */
export interface Clock {
  /** Both clocks, read now. */
  now(): Reading;
  /** Calls back once, not before. Returns what cancels it. In the `background` it keeps no process alive. */
  setTimer(delayMs: number, callback: () => void, how?: { background: boolean }): () => void;
}

/** Where nonces and jitter come from. */
export interface Random {
  /** Never repeats, in this process or another. */
  nonce(): string;
  /** Uniform in [0, 1). */
  unit(): number;
}

/**
 * Wakes one standby when a role becomes vacant. A lost, late, repeated or misdirected hint costs time,
 * never safety: a standby that is woken reads the record before it does anything.
 */
export interface Hints {
  /**
   * Sent once a release was confirmed. Best effort: a term counts as ended when this has settled,
   * or a write timeout later. So a process that exits after its term does not take the hint along.
   */
  announce(options: { signal: AbortSignal }): Promise<void>;
  /** Resolves when a hint arrives; rejects when `signal` aborts or the channel fails. */
  wait(options: { signal: AbortSignal }): Promise<void>;
  /**
   * An announcement as a signed request that is not sent. Absent where a channel cannot make one.
   */
  prepareAnnounce?(): Promise<PreparedRequest>;
}

/** How a role is elected: what `via` takes. Adapters make one; `createElection` drives it. */
export type Mechanism = LeaseMechanism | BatonMechanism;

/** A mechanism and what it elects over. */
export interface MechanismOver<Port> {
  /**
   * Names the table or queue in events and metrics, so that elections of one name in two tables
   * stay apart. Left out: they do not.
   */
  readonly storeName?: string | undefined;
  /** Defaults of this mechanism, before those of `Timings`. */
  readonly timings?: Partial<Timings> | undefined;
  /**
   * The store or queue of one election. Called once per election object.
   * @throws InvalidOptionsError when it cannot elect with these timings.
   */
  open(election: { name: string; timings: Timings; journal: Journal }): Port;
  /**
   * The protocol itself, played on what `open` gave. Each mechanism brings its own, so that an
   * election bundles no other. `leaseMechanism` and `batonMechanism` fill it in.
   */
  play(port: Port, part: Part): Player;
  readonly hints?: ((election: { name: string }) => Hints) | undefined;
}

/** Elects over records of a store: `dynamoDbLease` and `leaseMechanism` make one. */
export interface LeaseMechanism extends MechanismOver<LeaseStore<CandidateWrite>> {
  readonly kind: 'lease';
}

/** Elects over a queue: `sqsBaton` makes one. */
export interface BatonMechanism extends MechanismOver<BatonQueue> {
  readonly kind: 'baton';
  /** The queue of one election. Called once per election object. */
  open(election: { name: string; timings: Timings }): BatonQueue;
}

/** What one candidate brings to its mechanism. */
export interface Part {
  readonly election: string;
  readonly candidateId: string;
  readonly timings: Timings;
  /** Whether `healthy()` gates each renewal. */
  readonly gated: boolean;
  readonly attributes?: Attributes | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Performs what the protocol asks for beside calls to the store or queue. A refusal comes as its
   * error.
   */
  perform(effect: TermEffect<Error>): void;
  /** For the journal: a call failed that no caller waits for. */
  failed(cause: unknown): void;
  /** Shows a call of this candidate as a span. Absent where no tracer was given. */
  readonly inSpan?: InSpan | undefined;
}

/**
 * A candidate's state machine at work: it is told what happens, and calls the store or queue by
 * itself.
 */
export interface Player {
  readonly state: TermState;
  dispatch(input: TermInput): void;
  /** Who leads, seen without competing; absent where the mechanism does not record its leader. */
  observe?(options: ObserveOptions): AsyncIterableIterator<Leader | undefined>;
  /** What the store keeps beside the role, where the mechanism has a store. */
  readonly store?:
    | Pick<LeaseStore, 'chronicle' | 'register' | 'unregister' | 'candidates' | 'reference'>
    | undefined;
  /** Replaces what the record says of the leader; absent where there is no record. */
  proclaim?(attributes: Attributes): void;
  /** The prepared release of the present term; `undefined` where none can be made. */
  prepareRelease?(token: Token): Promise<PreparedRequest | undefined>;
}

/** What `observe` takes. */
export interface ObserveOptions {
  /** Aborting it ends the loop. Default: none, and the loop ends with `break`. */
  readonly signal?: AbortSignal | undefined;
}

/** The queue that holds the batons of one election. */
export interface BatonQueue {
  /** What the queue’s service allows. */
  readonly limits: BatonLimits;
  /** Whether the queue's attributes suit an election with these timings. */
  check(options: { signal: AbortSignal }): Promise<CheckOutcome>;
  /** One attempt. The same `attemptId` asks for the same answer again. */
  receive(
    receive: { attemptId: string; waitMs: number },
    options: { signal: AbortSignal },
  ): Promise<ReceiveOutcome>;
  /** One attempt. The same `deduplicationId` sends once. */
  send(
    message: { deduplicationId: string; sentBy: string },
    options: { signal: AbortSignal },
  ): Promise<SendOutcome>;
  /** Keeps a baton invisible for a visibility timeout from now. */
  extend(baton: Baton, options: { signal: AbortSignal }): Promise<HoldOutcome>;
  /** Takes batons out of the queue: with all of them gone the successor can be received. */
  delete(batons: readonly Baton[], options: { signal: AbortSignal }): Promise<HoldOutcome>;
  /** Makes batons receivable at once. Best effort. */
  giveBack(batons: readonly Baton[], options: { signal: AbortSignal }): Promise<void>;
  /** How many messages there are, held or not; SQS's own counts are approximate. */
  count(options: { signal: AbortSignal }): Promise<CountOutcome>;
  /** A deletion as a signed request that is not sent. Absent where a queue cannot make one. */
  prepareDelete?(batons: readonly Baton[]): Promise<PreparedRequest>;
}

/**
 * Keeps the last wills of this process. It executes them once the kernel says that the process is
 * gone. It must return quickly and must not throw: a will is best effort, a term is not.
 */
export interface Guardian {
  /** Replaces the will of that candidate. */
  told(will: Will): void;
  /** The term has ended without its will. */
  withdrawn(about: Pick<Will, 'election' | 'candidateId' | 'token'>): void;
}

/** The last period that was done, in a fenced row: `checkpoint(term, …)` of `tenure/dynamodb` is one. */
export interface LastRun {
  /** Takes the row over for this term, then says what was saved last. */
  load(): Promise<{ readonly period: number } | undefined>;
  /** Keeps the period that was run. */
  save(run: { readonly period: number }): Promise<void>;
}

/** What `observe()` yields: a leader, or `undefined` where there is none. */
export interface Leader {
  readonly candidateId: string;
  readonly token: Token;
  /** `draining`: it resigns, and its work is ending. */
  readonly state: 'leading' | 'draining';
  readonly attributes: Attributes;
}
