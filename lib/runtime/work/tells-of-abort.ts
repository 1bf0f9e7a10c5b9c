/**
 * Whether an error of work only says that the work was told to stop.
 */
import { isTenureError } from '../../errors.ts';

/** Work that passes `term.signal` on rejects with its reason, or with an `AbortError`. */
export function tellsOfAbort(error: unknown): boolean {
  return (
    isTenureError(error, 'LEADERSHIP_LOST') ||
    (error instanceof Error && error.name === 'AbortError')
  );
}
