/**
 * `makeLeaderOnly`: a handler that runs only while it leads, without middy.
 */
import type { Term } from '../ports.ts';
import { type LambdaContext, remainingTimeMs } from './election.ts';
import { type LeaderOnlyOptions, settingsOf } from './leader-only-options.ts';
import { answerOf, type BatchItemFailures, refuseSkippedBatch } from './not-leading.ts';
import { createRole } from './role.ts';

/** A handler that is given the term. Its work has settled once its promise has. */
export type LeaderHandler<E, C, R> = (event: E, context: C, term: Term) => R | Promise<R>;

/**
 * Wraps a handler: takes or keeps the role, works, then releases the role or keeps it for the next
 * invocation. Call it outside of the handler, once for each environment. At the end of each
 * invocation the election's journal emits what it has kept back, such as the metrics of the minute.
 *
 * @throws InvalidOptionsError for options that cannot work, an unknown one included.
 * The handler throws what the work throws, `NotLeadingError` where chosen, and the store's error
 * where the store cannot be asked.
 */
export function makeLeaderOnly<E, C extends LambdaContext, R>(
  handler: LeaderHandler<E, C, R>,
  options: LeaderOnlyOptions<E, R>,
): (event: E, context: C) => Promise<R | BatchItemFailures | undefined> {
  const settings = settingsOf(options);
  const role = createRole(settings);
  return async (event, context) => {
    refuseSkippedBatch(event, settings);
    try {
      const led = await role.take(remainingTimeMs(context));
      if (led === undefined) return await answerOf(event, settings);
      try {
        const { traced = untraced } = settings.election;
        return await traced(led.term, () => handler(event, context, led.term));
      } finally {
        await led.end();
      }
    } finally {
      settings.election.freezing();
    }
  };
}

async function untraced<R>(_term: Term, work: () => R | PromiseLike<R>): Promise<R> {
  return work();
}
