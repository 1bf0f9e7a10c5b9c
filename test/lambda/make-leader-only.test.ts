import { describe, expect, test } from 'vitest';
import type { Term } from '../../lib/index.ts';
import { makeLeaderOnly } from '../../lib/lambda/index.ts';
import { faultyLease, memoryLease } from '../../lib/testing/index.ts';
import { invocations, RESERVE_MS, TIMINGS, work } from './invocations.ts';

const bound = { clockErrorMsMax: 500 };

describe('hold: invocation', () => {
  test('leads while the handler works and releases afterwards', async () => {
    const { election, context, invoke, memory } = invocations();
    const handler = makeLeaderOnly(
      async (event: { id: number }, _context, term) => {
        expect(memory.records.get('e')?.holder).toBe(term.candidateId);
        return `${event.id} with ${term.token}`;
      },
      { election: election() },
    );
    expect(await invoke(handler({ id: 7 }, context()))).toBe('7 with 1');
    expect(memory.records.get('e')).toMatchObject({ writtenBy: 'release' });
    expect(await invoke(handler({ id: 8 }, context()))).toBe('8 with 2');
  });

  test('releases when the handler fails, and lets its error through', async () => {
    const { election, context, invoke, memory } = invocations();
    const handler = makeLeaderOnly(() => Promise.reject(new Error('the work failed')), {
      election: election(),
    });
    await expect(invoke(handler({}, context()))).rejects.toThrow('the work failed');
    expect(memory.records.get('e')?.holder).toBeUndefined();
  });

  test('a lease inside the deadline is bounded by it, and work is told to stop in time', async () => {
    const { election, context, clock, memory } = invocations({ ...TIMINGS, ...bound });
    const { run, started } = work();
    const left: number[] = [];
    const handler = makeLeaderOnly(
      async (_event, _context, term) => {
        const answer = await run(term.signal);
        left.push(term.remainingMs());
        return answer;
      },
      { election: election() },
    );
    const answer = handler({}, context(5_000));
    await clock.advance(0);
    await started;
    expect(memory.records.get('e')?.leaseDurationMs).toBe(5_000);
    await clock.advance(5_000 - RESERVE_MS - 1);
    expect(left).toEqual([]);
    await clock.advance(1);
    expect(await answer).toBe('stopped');
    expect(left).toEqual([RESERVE_MS - 200]);
    expect(memory.records.get('e')?.holder).toBeUndefined();
  });

  test('takes the deadline of a durable function, whose context has Lambda’s inside', async () => {
    const { election, context, clock, memory } = invocations();
    const { run, started } = work();
    const handler = makeLeaderOnly((_event, _context, { signal }) => run(signal), {
      election: election(),
    });
    const answer = handler({}, { lambdaContext: context(5_000) });
    await clock.advance(0);
    await started;
    expect(memory.records.get('e')?.leaseDurationMs).toBe(5_000);
    await clock.advance(5_000 - RESERVE_MS);
    expect(await answer).toBe('stopped');
  });

  test('work that outlives its deadline is over, and the next invocation leads at once', async () => {
    const { election, context, clock, invoke, freeze, memory } = invocations();
    const { run } = work();
    let stuck: Term | undefined;
    const only = election();
    const handler = makeLeaderOnly(
      async (event: { stuck: boolean }, _context, term) => {
        if (!event.stuck) return term.token;
        stuck = term;
        await run();
      },
      { election: only },
    );
    void handler({ stuck: true }, context(5_000));
    // Lambda ends the invocation at its timeout, and in this test keeps the environment.
    await clock.advance(5_000);
    expect(stuck?.remainingMs()).toBe(0);
    expect(memory.records.get('e')?.holder).toBeDefined();
    freeze(60_000);
    expect(await invoke(handler({ stuck: false }, context()))).toBe(2n);
    expect(() => stuck?.throwIfOver()).toThrow('is over');
  });

  test('answers before the deadline when the store does not answer the release', async () => {
    const { election, context, clock, memory } = invocations();
    const via = faultyLease(memoryLease(memory), (call) =>
      call.kind === 'write' && call.write.kind === 'release' ? 'request-lost' : undefined,
    );
    const handler = makeLeaderOnly(async () => 'done', { election: election({ via }) });
    let answeredAtMs: number | undefined;
    const answer = handler({}, context(5_000)).finally(() => {
      answeredAtMs = clock.now().monotonicMs;
    });
    await clock.advance(5_000);
    expect(await answer).toBe('done');
    expect(answeredAtMs).toBeLessThanOrEqual(RESERVE_MS);
    expect(memory.records.get('e')).toMatchObject({ holder: expect.any(String), token: 1n });
  });
});

describe('hold: sticky', () => {
  const timings = { leaseDurationMs: 120_000, renewIntervalMs: 36_000, ...bound };
  const sticky = { hold: 'sticky', gapMsMax: 60_000 } as const;

  test('keeps the role for the next invocation, through a freeze that stops its clock', async () => {
    const { election, context, invoke, freeze, memory } = invocations(timings);
    const tokens: bigint[] = [];
    const handler = makeLeaderOnly((_event, _context, term) => void tokens.push(term.token), {
      election: election(),
      ...sticky,
    });
    for (let minute = 0; minute < 5; minute++) {
      await invoke(handler({}, context(30_000)));
      expect(memory.records.get('e')).toMatchObject({ state: 'leading', token: 1n });
      freeze(59_000);
    }
    expect(tokens).toEqual([1n, 1n, 1n, 1n, 1n]);
  });

  test('believes nothing after a thaw: a lapsed term is not handed on', async () => {
    const { election, context, invoke, freeze } = invocations(timings);
    const tokens: bigint[] = [];
    const handler = makeLeaderOnly((_event, _context, term) => void tokens.push(term.token), {
      election: election(),
      ...sticky,
    });
    await invoke(handler({}, context(30_000)));
    freeze(130_000);
    await invoke(handler({}, context(30_000)));
    expect(tokens).toEqual([1n, 2n]);
  });

  test('does not lead after a thaw when another environment leads by then', async () => {
    const { election, context, invoke, freeze } = invocations(timings);
    const led: string[] = [];
    const environment = (name: string) =>
      makeLeaderOnly(() => void led.push(name), { election: election(), ...sticky });
    const [a, b] = [environment('a'), environment('b')];
    await invoke(a({}, context(30_000)));
    freeze(130_000);
    await invoke(b({}, context(30_000)));
    await invoke(a({}, context(30_000)));
    expect(led).toEqual(['a', 'b']);
  });

  test('bounds the work by the deadline and keeps the role', async () => {
    const { election, context, clock, memory } = invocations(timings);
    const { run } = work();
    const handler = makeLeaderOnly((_event, _context, term) => run(term.signal), {
      election: election(),
      ...sticky,
    });
    const answer = handler({}, context(10_000));
    await clock.advance(10_000 - RESERVE_MS);
    expect(await answer).toBe('stopped');
    expect(memory.records.get('e')).toMatchObject({ holder: expect.any(String), token: 1n });
  });

  test('work that an earlier invocation left running may not act in the next', async () => {
    const { election, context, invoke, freeze } = invocations(timings);
    const terms: Term[] = [];
    const handler = makeLeaderOnly((_event, _context, term) => void terms.push(term), {
      election: election(),
      ...sticky,
    });
    await invoke(handler({}, context()));
    freeze(1_000);
    await invoke(handler({}, context()));
    expect(terms[0]?.token).toBe(terms[1]?.token);
    expect(terms[0]?.signal.aborted).toBe(true);
    expect(() => terms[0]?.throwIfOver()).toThrow('is over');
  });
});

test('two invocations side by side in one process: one leads, the other does not', async () => {
  for (const hold of ['invocation', 'sticky'] as const) {
    const timings = { leaseDurationMs: 120_000, renewIntervalMs: 36_000, ...bound };
    const { election, context, clock } = invocations(timings);
    const works = [work(), work()];
    const handler = makeLeaderOnly((event: { n: number }) => works[event.n]?.run(), {
      election: election(),
      hold,
      ...(hold === 'sticky' ? { gapMsMax: 60_000 } : {}),
      answer: ({ n }) => `${n} does not lead`,
    });
    const first = handler({ n: 0 }, context());
    await works[0]?.started;
    expect(await handler({ n: 1 }, context())).toBe('1 does not lead');
    works[0]?.finish('worked');
    await clock.advance(10);
    expect(await first).toBe('worked');
    // Started at the same moment: neither has the role yet.
    const pair = [handler({ n: 0 }, context()), handler({ n: 1 }, context())];
    await clock.advance(10);
    works[1]?.finish('worked');
    expect((await Promise.all(pair)).sort((a, b) => `${a}`.localeCompare(`${b}`))).toEqual([
      '1 does not lead',
      'worked',
    ]);
  }
});
