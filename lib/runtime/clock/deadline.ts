/**
 * A limit on every wait for the store: an `AbortSignal` for the adapter, and an answer if it ignores it.
 */
import { UnreachableError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';

/**
 * Runs one call with a deadline. Resolves with what it answered, or with what `late` makes of an
 * `UnreachableError` or of a rejection: whether such a call was applied is not known.
 */
export function withDeadline<T>(
  clock: Clock,
  deadlineMs: number,
  call: (signal: AbortSignal) => Promise<T>,
  late: (cause: unknown) => T,
): Promise<T> {
  const abort = new AbortController();
  return new Promise<T>((resolve) => {
    const cancel = clock.setTimer(deadlineMs, () => {
      const cause = new UnreachableError(`no answer within ${Math.round(deadlineMs)} ms`);
      abort.abort(cause);
      resolve(late(cause));
    });
    // An adapter may throw before it has a promise: that is a rejection too.
    (async () => call(abort.signal))().then(
      (answer) => {
        cancel();
        resolve(answer);
      },
      (cause: unknown) => {
        cancel();
        resolve(late(cause));
      },
    );
  });
}
