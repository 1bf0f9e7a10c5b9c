/**
 * Timers stand still between invocations, so the journal writes what it has collected before each freeze.
 */
import { describe, expect, it } from 'vitest';
import { cloudWatchMetrics } from '../../lib/cloudwatch/index.ts';
import { combineJournals } from '../../lib/index.ts';
import { leaderOnly, makeLeaderOnly } from '../../lib/lambda/index.ts';
import { invocations } from './invocations.ts';

/** The seconds led, as the lines of each invocation state them. */
function prepare() {
  const { election, ...rest } = invocations();
  const lines: string[] = [];
  const metrics = cloudWatchMetrics({ clock: rest.clock, write: (line) => lines.push(line) });
  const elect = () => election({ journal: combineJournals(metrics) });
  const ledSince = () =>
    lines
      .splice(0)
      .map((line) => JSON.parse(line).LeadingSeconds)
      .filter((seconds) => seconds !== undefined);
  return { ...rest, elect, ledSince };
}

const event = {};

describe('the metrics of a function that leads', () => {
  it('are said at the end of an invocation', async () => {
    const { clock, context, elect, ledSince } = prepare();
    const work = Promise.withResolvers<string>();
    const handler = makeLeaderOnly(() => work.promise, { election: elect() });

    const answer = handler(event, context());
    await clock.advance(2_000);
    expect(ledSince()).toEqual([]);
    work.resolve('done');

    expect(await answer).toBe('done');
    expect(ledSince()).toEqual([2]);
  });

  it('are said where the handler fails', async () => {
    const { context, elect, invoke, clock, ledSince } = prepare();
    const handler = makeLeaderOnly(
      () => new Promise((_, reject) => clock.setTimer(3_000, () => reject(new Error('no')))),
      { election: elect() },
    );

    await expect(invoke(handler(event, context()), 3_000)).rejects.toThrow('no');

    expect(ledSince()).toEqual([3]);
  });

  it('are said by the middleware too', async () => {
    const { context, elect, clock, ledSince } = prepare();
    const { before, after } = leaderOnly({ election: elect() });
    const request = {
      ...{ event, context: context(), internal: {} },
      ...{ response: undefined, error: undefined },
    };

    await before(request);
    await clock.advance(4_000);
    await after(request);

    expect(ledSince()).toEqual([4]);
  });
});
