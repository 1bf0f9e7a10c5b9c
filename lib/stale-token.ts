/**
 * The refusal of a stale token: the one error that every fence throws, told to the election's
 * journal first.
 */
import { StaleTokenError } from './errors.ts';
import type { Term } from './ports.ts';

/** The token that the refused write carried, and the higher token that it met. */
export type Refusal = ConstructorParameters<typeof StaleTokenError>[0];

/** The error to throw. `term` is the one whose write was refused. */
export function staleToken(
  { election, candidateId, journal }: Pick<Term, 'election' | 'candidateId' | 'journal'>,
  refusal: Refusal,
): StaleTokenError {
  const { token, highestToken, resource } = refusal;
  const told = { election, candidateId, atEpochMs: Date.now(), token, highestToken, resource };
  journal.record({ event: 'fence-rejected', ...told });
  return new StaleTokenError(refusal);
}
