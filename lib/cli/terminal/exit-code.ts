/**
 * The exit codes that scripts rely on, and which error has which.
 */
import { type ErrorCode, isTenureError } from '../../index.ts';

export const EXIT = {
  done: 0,
  /** An error that has no code of its own. */
  failed: 1,
  /** An option, argument or name that cannot be used. */
  usage: 2,
  /** The table is missing, not ours, or not reachable. */
  store: 3,
  /** Leadership was lost, with `--once`. */
  lost: 4,
  /** Another candidate leads, with `--no-wait`. */
  notLeading: 5,
  /** As a shell: the command was found and cannot be run. */
  notExecutable: 126,
  /** As a shell: the command was not found. */
  notFound: 127,
} as const;

/** What a shell adds to the number of the signal that ended a command. */
export const SIGNAL_EXIT_BASE = 128;

const OF_ERROR: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID_OPTIONS: EXIT.usage,
  NOT_FOUND: EXIT.store,
  ACCESS_DENIED: EXIT.store,
  UNREACHABLE: EXIT.store,
  MALFORMED_DATA: EXIT.store,
  LEADERSHIP_LOST: EXIT.lost,
};

export function exitCodeOf(error: unknown): number {
  return (isTenureError(error) ? OF_ERROR[error.code] : undefined) ?? EXIT.failed;
}
