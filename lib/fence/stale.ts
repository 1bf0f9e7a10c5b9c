/** The refusal of a fence elsewhere, told to the election's journal on its way. */
import type { Token } from '../core/token.ts';
import { StaleTokenError } from '../errors.ts';
import type { SendingTerm } from './outgoing.ts';

export function stale(
  { election, candidateId, token, journal }: SendingTerm,
  found: { readonly highestToken: Token; readonly resource: string },
): StaleTokenError {
  const atEpochMs = Date.now();
  journal.record({ event: 'fence-rejected', election, candidateId, atEpochMs, token, ...found });
  return new StaleTokenError({ token, ...found });
}
