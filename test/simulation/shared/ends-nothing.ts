/** Which errors may end no campaign: rule L8 of every mechanism. */
import { isTenureError } from '../../../lib/errors.ts';

/** What passes by itself. */
const PASSING = ['ACCESS_DENIED', 'UNREACHABLE', 'NOT_FOUND', 'STALE_TOKEN'] as const;

/**
 * An error that passes, or that is a loss like any other, ends no campaign. A user who resigns the
 * term ends it.
 */
export function endsNothing(error: unknown): boolean {
  if (isTenureError(error, 'LEADERSHIP_LOST')) return error.why !== 'resigned';
  return PASSING.some((code) => isTenureError(error, code));
}
