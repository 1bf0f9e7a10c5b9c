import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import { describe, expect, test } from 'vitest';
import type { Term } from '../../lib/index.ts';
import { leaderOnly, termOf } from '../../lib/lambda/index.ts';
import { invocations, work } from './invocations.ts';

/** middy's types want the whole of Lambda's context. */
type Context = Parameters<ReturnType<typeof middy>>[1];
const asContext = (context: object) => context as Context;

describe('with middy', () => {
  test('gives the handler the term, and releases after it', async () => {
    const { election, context, invoke, memory } = invocations();
    const seen: unknown[] = [];
    const handler = middy(async (_event: object, { term }: Context & { term?: Term }) => {
      seen.push(term?.token, memory.records.get('e')?.holder === term?.candidateId);
      return 'worked';
    })
      .use(leaderOnly({ election: election(), setToContext: true }))
      .before((request) => void seen.push(termOf(request)?.token));
    expect(await invoke(handler({}, asContext(context())))).toBe('worked');
    expect(seen).toEqual([1n, 1n, true]);
    expect(memory.records.get('e')?.holder).toBeUndefined();
  });

  test('keeps the term out of the context unless asked, and under the name asked for', async () => {
    const { election, context, invoke } = invocations();
    const found: unknown[] = [];
    const handler = middy(async (_event: object, given: object) => {
      found.push(Object.keys(given).includes('leader'));
    })
      .use(leaderOnly({ election: election(), internalKey: 'leader' }))
      .before((request) => void found.push(termOf(request, 'leader')?.token));
    await invoke(handler({}, asContext(context())));
    expect(found).toEqual([1n, false]);
  });

  test('releases when the handler throws, and leaves the error as it is', async () => {
    const { election, context, invoke, memory } = invocations();
    const handler = middy(() => Promise.reject(new Error('the work failed'))).use(
      leaderOnly({ election: election() }),
    );
    await expect(invoke(handler({}, asContext(context())))).rejects.toThrow('the work failed');
    expect(memory.records.get('e')?.holder).toBeUndefined();
  });

  test('does nothing in onError when an earlier middleware threw', async () => {
    const { election, context, invoke, memory } = invocations();
    const handler = middy(async () => 'worked')
      .before(() => {
        throw new Error('not allowed');
      })
      .use(leaderOnly({ election: election() }));
    await expect(invoke(handler({}, asContext(context())))).rejects.toThrow('not allowed');
    expect(memory.records.size).toBe(0);
  });

  test('skips the handler and answers early when it does not lead, also with nothing', async () => {
    const { election, context, invoke } = invocations();
    await election().campaign();
    for (const answer of [undefined, 'standing by']) {
      const handler = middy(async () => 'worked').use(leaderOnly({ election: election(), answer }));
      expect(await invoke(handler({}, asContext(context())))).toBe(answer);
    }
  });
});

describe('an early answer', () => {
  test('of a later middleware leaks nothing when requestEnd is passed on', async () => {
    const { election, context, invoke, memory } = invocations();
    const leader = leaderOnly({ election: election() });
    const handler = middy(async () => 'worked', { requestEnd: leader.requestEnd })
      .use(leader)
      .before(async () => 'cached');
    expect(await invoke(handler({}, asContext(context())))).toBe('cached');
    expect(memory.records.get('e')?.holder).toBeUndefined();
  });

  test('without requestEnd keeps the role no longer than to the deadline of its invocation', async () => {
    const { election, context, invoke, clock } = invocations();
    const leader = leaderOnly({ election: election() });
    let cached = true;
    const handler = middy(async () => 'worked')
      .use(leader)
      .before(async () => (cached ? 'cached' : undefined));
    expect(await invoke(handler({}, asContext(context(5_000))))).toBe('cached');
    cached = false;
    await clock.advance(4_000);
    expect(await invoke(handler({}, asContext(context())))).toBe('worked');
  });

  test('of leaderOnly calls the clean-up of Powertools before it', async () => {
    const { election, context, invoke } = invocations();
    await election().campaign();
    const metrics = new Metrics({ namespace: 'test', serviceName: 'test' });
    const lines: string[] = [];
    Object.assign(metrics, { console: { log: (line: string) => void lines.push(line) } });
    const logger = new Logger({ serviceName: 'test' });
    const handler = middy(async () => 'worked')
      .use(injectLambdaContext(logger, { resetKeys: true }))
      .use(logMetrics(metrics))
      .before(() => {
        logger.appendKeys({ leftOver: true });
        metrics.addMetric('asked', 'Count', 1);
      })
      .use(leaderOnly({ election: election(), answer: 'standing by' }));
    expect(await invoke(handler({}, asContext(context())))).toBe('standing by');
    expect(lines.join('\n')).toContain('"asked":1');
    expect(logger.getPersistentLogAttributes()).not.toHaveProperty('leftOver');
  });
});

test('the early timeout of middy releases nothing while the handler still works', async () => {
  const { election, context, memory } = invocations();
  const { run } = work();
  // Middy has a timer of its own, in real time: it aborts 30 ms before the end of 40 ms.
  const handler = middy(() => run(), { timeoutEarlyInMillis: 30 }).use(
    leaderOnly({ election: election() }),
  );
  const given = context();
  const asked = [60_000, 40];
  const answer = handler(
    {},
    asContext({ ...given, getRemainingTimeInMillis: () => asked.shift() ?? 0 }),
  );
  await expect(answer).rejects.toThrow('The operation was aborted');
  expect(memory.records.get('e')?.holder).toBeDefined();
});

test('two invocations at once share nothing: each sees its own request.internal', async () => {
  const { election, context, clock } = invocations();
  const { run, started, finish } = work();
  const seen: unknown[] = [];
  const handler = middy(async (event: { n: number }) => {
    const answer = await run();
    return `${event.n} ${answer}`;
  })
    .use(leaderOnly({ election: election(), answer: 'standing by' }))
    .after((request) => void seen.push(termOf(request)?.token));
  const first = handler({ n: 1 }, asContext(context()));
  await started;
  const second = handler({ n: 2 }, asContext(context()));
  await clock.advance(1_000);
  expect(await second).toBe('standing by');
  finish('worked');
  await clock.advance(10);
  expect(await first).toBe('1 worked');
  expect(seen).toEqual([1n]);
});
