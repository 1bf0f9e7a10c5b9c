/**
 * The one family of errors. Each says what, the value given, the value allowed and what to change.
 * Expected outcomes (`granted`, `refused`, `unknown`, not elected) are values and have no class here.
 * Recognise an error with `isTenureError(error, 'STALE_TOKEN')` rather than with `instanceof`: that
 * also holds when a bundle carries two copies of this package.
 */
import type { Why } from './core/term/leading.ts';
import { formatToken, type Token } from './core/token.ts';

const MARKER = Symbol.for('tenure.error');

/** What `error.code` of a `TenureError` says; each has a class of its own. */
export type ErrorCode =
  | 'INVALID_OPTIONS'
  | 'LEADERSHIP_LOST'
  | 'STALE_TOKEN'
  | 'TOKEN_REGRESSION'
  | 'UNSUPPORTED_FORMAT'
  | 'MALFORMED_DATA'
  | 'NOT_FOUND'
  | 'ACCESS_DENIED'
  | 'UNREACHABLE'
  | 'BUSY'
  | 'NOT_LEADING'
  | 'WORK_STUCK'
  | 'NOT_FENCEABLE'
  | 'TOO_LARGE'
  | 'UNSETTLED'
  | 'MISSING_DEPENDENCY';

/** Base of every error that this package throws on purpose. */
export class TenureError extends Error {
  override readonly name: string = 'TenureError';
  readonly code: ErrorCode;
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    Object.defineProperty(this, MARKER, { value: true });
  }
}

interface ErrorsByCode {
  LEADERSHIP_LOST: LeadershipLostError;
  STALE_TOKEN: StaleTokenError;
  TOKEN_REGRESSION: TokenRegressionError;
}

/** Whether this is an error of this package, and of this code where one is given. */
export function isTenureError<C extends ErrorCode>(
  error: unknown,
  code: C,
): error is C extends keyof ErrorsByCode ? ErrorsByCode[C] : TenureError;
export function isTenureError(error: unknown): error is TenureError;
export function isTenureError(error: unknown, code?: ErrorCode): boolean {
  if (typeof error !== 'object' || error === null || !(MARKER in error)) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

/** An option, name, timing or argument that cannot be used. Nothing was done. */
export class InvalidOptionsError extends TenureError {
  override readonly name = 'InvalidOptionsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: { cause?: unknown } = {}) {
    super('INVALID_OPTIONS', problems.join('; '), options);
    this.problems = problems;
  }
}

/**
 * What became of a write that a fence ended with an error. `never-sent`: nothing left this process.
 * `refused`: each attempt was answered, and none was applied. `unknown`: an attempt of it, such as one
 * that the SDK sent again, had no answer; it may have been applied, or may still be.
 */
export type FencedOutcome = 'never-sent' | 'refused' | 'unknown';

const TOLD: Readonly<Record<FencedOutcome, string>> = {
  'never-sent': '; this write was never sent',
  refused: '; this write has changed nothing',
  unknown: '; an attempt of this write had no answer, and may have been applied',
};

const told = (outcome: FencedOutcome | undefined) => (outcome === undefined ? '' : TOLD[outcome]);

/** Why a term ended: it lapsed, the store shows another leader, by choice, or by its health. */
export type LossCause = Why;

/** The abort reason of `term.signal`, and what `throwIfOver()` throws. */
export class LeadershipLostError extends TenureError {
  override readonly name = 'LeadershipLostError';
  readonly election: string;
  readonly token: Token;
  readonly why: LossCause;
  /** Of the write that met this error; absent where no write did. */
  readonly outcome?: FencedOutcome | undefined;

  constructor(lost: {
    readonly election: string;
    readonly token: Token;
    readonly why: LossCause;
    readonly outcome?: FencedOutcome | undefined;
    readonly cause?: unknown;
  }) {
    super(
      'LEADERSHIP_LOST',
      `term ${formatToken(lost.token)} of election ${JSON.stringify(lost.election)} is over: ` +
        `${lost.why}; stop acting for this term and campaign again${told(lost.outcome)}`,
      { cause: lost.cause, retryable: true },
    );
    this.election = lost.election;
    this.token = lost.token;
    this.why = lost.why;
    this.outcome = lost.outcome;
  }
}

/** A fence refused a write: a higher token has been admitted. Never retry it. */
export class StaleTokenError extends TenureError {
  override readonly name = 'StaleTokenError';
  readonly token: Token;
  /** The highest token that the fence has admitted, or that the election's record shows. */
  readonly highestToken: Token;
  readonly resource: string;
  /** Of the write that met this error; absent where the fence does not see attempts. */
  readonly outcome?: FencedOutcome | undefined;

  constructor(stale: {
    readonly token: Token;
    readonly highestToken: Token;
    readonly resource: string;
    readonly outcome?: FencedOutcome | undefined;
    readonly cause?: unknown;
  }) {
    super(
      'STALE_TOKEN',
      `token ${formatToken(stale.token)} is stale at ${stale.resource}, which has admitted ` +
        `${formatToken(stale.highestToken)}; another leader was elected: stop, do not retry` +
        told(stale.outcome),
      { cause: stale.cause },
    );
    this.token = stale.token;
    this.highestToken = stale.highestToken;
    this.resource = stale.resource;
    this.outcome = stale.outcome;
  }
}

/** The record's token is below one that is known to have been used: it was deleted or restored. */
export class TokenRegressionError extends TenureError {
  override readonly name = 'TokenRegressionError';
  readonly knownToken: Token;
  readonly recordToken: Token | undefined;

  constructor(found: {
    election: string;
    knownToken: Token;
    recordToken: Token | undefined;
    /** Whether a queue elects; `recordToken` is then the number that the queue gave out. */
    queue?: boolean;
    /** The command that mends the record, where it is not the election's own. */
    reseed?: string;
  }) {
    const shown =
      found.recordToken === undefined ? 'no record' : `token ${formatToken(found.recordToken)}`;
    const known = formatToken(found.knownToken);
    super(
      'TOKEN_REGRESSION',
      `election ${JSON.stringify(found.election)} has used token ${known}, but ${
        found.queue
          ? `its queue gave out ${shown}: the queue was deleted and made again; elect over a new queue ` +
            'under a new name, and lower no fence'
          : `the table shows ${shown}: the record was deleted or restored; run ` +
            `"${found.reseed ?? 'tenure reseed'}" with a token at or above every fence before anyone campaigns again`
      }`,
    );
    this.knownToken = found.knownToken;
    this.recordToken = found.recordToken;
  }
}

/** The record was written by a later version of this package, or is not one of ours. */
export class UnsupportedFormatError extends TenureError {
  override readonly name = 'UnsupportedFormatError';
  constructor(found: { election: string; formatVersion: number; supported: number }) {
    super(
      'UNSUPPORTED_FORMAT',
      `the record of election ${JSON.stringify(found.election)} has formatVersion ` +
        `${found.formatVersion}, this version knows up to ${found.supported}; upgrade this candidate`,
    );
  }
}

/** Stored data that does not parse. It is left as it is. */
export class MalformedDataError extends TenureError {
  override readonly name = 'MalformedDataError';
  constructor(what: string, options: { cause?: unknown } = {}) {
    super('MALFORMED_DATA', what, options);
  }
}

/** A table or queue that is not there. */
export class NotFoundError extends TenureError {
  override readonly name = 'NotFoundError';
  constructor(what: string, options: { cause?: unknown } = {}) {
    super('NOT_FOUND', what, options);
  }
}

/** Credentials that are missing, expired or not allowed to do this. */
export class AccessDeniedError extends TenureError {
  override readonly name = 'AccessDeniedError';
  constructor(what: string, options: { cause?: unknown } = {}) {
    super('ACCESS_DENIED', what, options);
  }
}

/** The store or queue did not answer in time, or answered that it cannot serve now. */
export class UnreachableError extends TenureError {
  override readonly name = 'UnreachableError';
  constructor(what: string, options: { cause?: unknown } = {}) {
    super('UNREACHABLE', what, { ...options, retryable: true });
  }
}

/** This election object already campaigns or leads, or its last term was not disposed. */
export class BusyError extends TenureError {
  override readonly name = 'BusyError';
  constructor(what: string) {
    super('BUSY', what);
  }
}

/** This invocation does not lead, and its caller asked for that to fail. Deliver the event again later. */
export class NotLeadingError extends TenureError {
  override readonly name = 'NotLeadingError';
  constructor(election: string) {
    super(
      'NOT_LEADING',
      `this invocation does not lead election ${JSON.stringify(election)}, so nothing was done with ` +
        'its event; deliver it again',
      { retryable: true },
    );
  }
}

/** Work did not settle after it was told to stop. The lease lapsed; the process should end. */
export class WorkStuckError extends TenureError {
  override readonly name = 'WorkStuckError';
  constructor(stuck: { election: string; token: Token; waitedMs: number }) {
    super(
      'WORK_STUCK',
      `work of term ${formatToken(stuck.token)} of election ${JSON.stringify(stuck.election)} did ` +
        `not settle within ${Math.round(stuck.waitedMs)} ms of being told to stop; pass term.signal ` +
        `on to what it waits for, or raise drainMs; end this process`,
    );
  }
}

/** A command that cannot carry the fencing token. It was not sent. */
export class NotFenceableError extends TenureError {
  override readonly name = 'NotFenceableError';
  constructor(what: string, options: { cause?: unknown } = {}) {
    super('NOT_FENCEABLE', what, options);
  }
}

/** Data that does not fit where it is to be kept. It was not sent. */
export class TooLargeError extends TenureError {
  override readonly name = 'TooLargeError';
  constructor(what: string) {
    super('TOO_LARGE', what);
  }
}

/**
 * A checkpoint whose state is not known here: a save had no answer, or other code of its term saved.
 * This save has changed nothing. Load the checkpoint again, and build on what it says.
 */
export class UnsettledError extends TenureError {
  override readonly name = 'UnsettledError';
  constructor(what: string) {
    super('UNSETTLED', what);
  }
}

/** An optional dependency or program that this call needs is not installed. */
export class MissingDependencyError extends TenureError {
  override readonly name = 'MissingDependencyError';
  constructor(what: string, options: { cause?: unknown } = {}) {
    super('MISSING_DEPENDENCY', what, options);
  }
}
