/**
 * The guard: admits a token to a resource unless a higher one was admitted before.
 *
 * Decides admission alone. It orders admissions, not effects: an effect begun before the token rose
 * may finish after, so keep the effect short, or put it into the transaction that raises the token
 * (`raiseFence` for PostgreSQL, `fenced` for DynamoDB).
 */
import type { Token } from '../core/token.ts';
import { InvalidOptionsError, StaleTokenError } from '../errors.ts';
import type { FenceStore } from '../ports.ts';

/** One request for admission: on whose behalf, and to what. */
export interface Claim {
  /** What the token protects; one resource belongs to one election. */
  readonly resource: string;
  readonly token: Token;
}

export type Admission =
  | ({ readonly kind: 'admitted' } & Claim)
  | ({ readonly kind: 'rejected'; readonly highestToken: Token } & Claim);

export type Rejection = Extract<Admission, { readonly kind: 'rejected' }>;

export interface Guard {
  /** A rejection is a value here: stale leaders are expected. Equal tokens are admitted. */
  admit(claim: Claim): Promise<Admission>;
  /** @throws StaleTokenError with both tokens, where the claim is rejected. */
  admitOrThrow(claim: Claim): Promise<void>;
}

export interface GuardOptions {
  readonly store: FenceStore;
  /** Told of each rejection, for metrics and logs. Must not throw. */
  readonly onRejected?: ((rejection: Rejection) => void) | undefined;
}

/** @throws InvalidOptionsError where there is no store. */
export function fenceGuard({ store, onRejected }: GuardOptions): Guard {
  if (typeof store?.raise !== 'function') {
    throw new InvalidOptionsError([
      `store must keep the highest tokens, got ${store}; pass memoryFence() or dynamoDbFence({…})`,
    ]);
  }
  async function admit({ resource, token }: Claim): Promise<Admission> {
    const highestToken = await store.raise({ resource, token });
    if (highestToken <= token) return { kind: 'admitted', resource, token };
    const rejection: Rejection = { kind: 'rejected', resource, token, highestToken };
    onRejected?.(rejection);
    return rejection;
  }
  return {
    admit,
    async admitOrThrow(claim) {
      const admission = await admit(claim);
      if (admission.kind === 'rejected') throw staleTokenErrorOf(admission);
    },
  };
}

/** The rejection as the error that every other fence throws. */
export function staleTokenErrorOf({ token, highestToken, resource }: Rejection): StaleTokenError {
  return new StaleTokenError({ token, highestToken, resource: JSON.stringify(resource) });
}
