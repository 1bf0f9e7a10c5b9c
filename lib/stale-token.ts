/**
 * A stale token, refused: the one error that every fence throws, told to the election's journal first.
 */
import { StaleTokenError } from './errors.ts';
import type { Term } from './ports.ts';

/** What the refused write carried, and what it met. */
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
