/**
 * The guard: admits a token to a resource unless a higher one was admitted before.
 *
 * Decides admission alone. It orders admissions, not effects: an effect that began before the token
 * rose may finish after. So keep the effect short, or put it into the transaction that raises the
 * token (`raiseFence` for PostgreSQL, `fenced` for DynamoDB).
 */
import { formatToken, type Token } from '../core/token.ts';
import { InvalidOptionsError, MalformedDataError, StaleTokenError } from '../errors.ts';
import type { FenceStore } from '../ports.ts';

/**
 * How far one claim may raise a token. Wide enough for the first number of a queue, which has 20
 * digits. Far below the largest token's 38 digits, so that a higher token is always left to reseed
 * to.
 */
export const DEFAULT_STEP_MAX = 10n ** 21n;

/** One request for admission: on whose behalf, and to what. */
export interface Claim {
  /** What the token protects; one resource belongs to one election. */
  readonly resource: string;
  readonly token: Token;
}

/** What became of a claim. */
export type Admission =
  | ({ readonly kind: 'admitted' } & Claim)
  | ({ readonly kind: 'rejected'; readonly highestToken: Token } & Claim)
  /** Too far above the highest to be a token of the next terms. No token was raised. */
  | ({ readonly kind: 'implausible'; readonly highestToken: Token } & Claim);

/** The claim of a stale leader, and the token that it is below. */
export type Rejection = Extract<Admission, { readonly kind: 'rejected' }>;

/** Refuses tokens below the highest that its store has seen. */
export interface Guard {
  /** A rejection is a value here: stale leaders are expected. Equal tokens are admitted. */
  admit(claim: Claim): Promise<Admission>;
  /**
   * @throws StaleTokenError with both tokens, where the claim is rejected; MalformedDataError for a token
   * that is too far above.
   */
  admitOrThrow(claim: Claim): Promise<void>;
}

/** What `fenceGuard` takes. */
export interface GuardOptions {
  readonly store: FenceStore;
  /**
   * The largest step from the highest token to a claim's. A larger step is `implausible` and raises
   * nothing. So one stray number cannot refuse every later leader. This is no authentication: check
   * who sends before you ask the guard. Default 10^21, for tokens of leases and queues. Lease
   * tokens rise by one a term: 1,000,000n suits them.
   */
  readonly stepMax?: bigint | undefined;
  /** Told of each rejection, for metrics and logs. Must not throw. Default: nothing is told. */
  readonly onRejected?: ((rejection: Rejection) => void) | undefined;
}

/** @throws InvalidOptionsError where there is no store, or the step is none. */
export function fenceGuard(options: GuardOptions): Guard {
  const { store, onRejected, stepMax = DEFAULT_STEP_MAX } = options;
  if (typeof store?.raise !== 'function') {
    throw new InvalidOptionsError([
      `store must keep the highest tokens, got ${store}; pass memoryFence() or dynamoDbFence({…})`,
    ]);
  }
  if (typeof stepMax !== 'bigint' || stepMax < 1n) {
    throw new InvalidOptionsError([`stepMax must be a bigint from 1, got ${stepMax}; raise it`]);
  }
  async function admit({ resource, token }: Claim): Promise<Admission> {
    const highestToken = await store.raise({ resource, token, stepMax });
    if (highestToken === token) return { kind: 'admitted', resource, token };
    if (highestToken < token) return { kind: 'implausible', resource, token, highestToken };
    const rejection: Rejection = { kind: 'rejected', resource, token, highestToken };
    onRejected?.(rejection);
    return rejection;
  }
  return {
    admit,
    async admitOrThrow(claim) {
      const admission = await admit(claim);
      if (admission.kind === 'rejected') throw staleTokenErrorOf(admission);
      if (admission.kind === 'implausible') throw implausible(admission, stepMax);
    },
  };
}

function implausible(
  { resource, token, highestToken }: Claim & { highestToken: Token },
  step: bigint,
) {
  return new MalformedDataError(
    `token ${formatToken(token)} is more than ${step} above ${formatToken(highestToken)}, the highest of ` +
      `${JSON.stringify(resource)}, and was not admitted; find out who sent it, or raise stepMax`,
  );
}

/** The rejection as the error that every other fence throws. */
export function staleTokenErrorOf({ token, highestToken, resource }: Rejection): StaleTokenError {
  return new StaleTokenError({ token, highestToken, resource: JSON.stringify(resource) });
}
