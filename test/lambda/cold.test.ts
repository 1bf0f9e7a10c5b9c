import { describe, expect, test } from 'vitest';
import { makeLeaderOnly } from '../../lib/lambda/index.ts';
import { faultyLease, manualClock, memoryLease } from '../../lib/testing/index.ts';
import { invocations, RESERVE_MS, TIMINGS } from './invocations.ts';

type Options = Omit<Parameters<typeof makeLeaderOnly>[1], 'election'>;

/** One environment: it is warm while the test keeps its handler, and cold when the test makes a new one. */
function environments(timings: Parameters<typeof invocations>[0], options: Options = {}) {
  const all = invocations(timings);
  const environment = (clock = all.clock) =>
    makeLeaderOnly(async (_event: object, _context, term) => term.token, {
      election: all.election({ clock }),
      ...options,
    });
  /** A leader dies at work: its code no longer runs, and its record stays. */
  const crash = async (epochMs = all.clock.now().epochMs) => {
    await all.election({ clock: manualClock({ epochMs }) }).tryCampaign();
  };
  return { ...all, environment, crash };
}

describe('every invocation cold, one a minute, a second each, lease 10 s, the leader crashes', () => {
  test('with a stated clock bound the next invocation leads', async () => {
    const { environment, crash, invoke, context, freeze } = environments({
      ...TIMINGS,
      clockErrorMsMax: 500,
    });
    const tokens: unknown[] = [];
    for (let minute = 0; minute < 4; minute++) {
      if (minute === 2) await crash();
      freeze(59_000);
      tokens.push(await invoke(environment()({}, context())));
    }
    expect(tokens).toEqual([1n, 2n, 4n, 5n]);
  });

  test('with the bound, not before every clock must be past the lease', async () => {
    const { environment, crash, invoke, context, freeze } = environments({
      ...TIMINGS,
      clockErrorMsMax: 500,
    });
    await crash();
    freeze(10_500);
    expect(await invoke(environment()({}, context()), 0)).toBeUndefined();
    freeze(1);
    expect(await invoke(environment()({}, context()), 0)).toBe(2n);
  });

  test('with leave to wait, the next invocation waits the lease out and leads', async () => {
    const { environment, crash, invoke, context, freeze, clock } = environments(TIMINGS, {
      waitLease: true,
    });
    const tokens: unknown[] = [];
    const took: number[] = [];
    for (let minute = 0; minute < 4; minute++) {
      if (minute === 2) await crash();
      freeze(45_000);
      const before = clock.now().monotonicMs;
      let ended = 0;
      const answer = environment()({}, context()).finally(() => {
        ended = clock.now().monotonicMs - before;
      });
      tokens.push(await invoke(answer, 15_000));
      took.push(ended);
    }
    expect(tokens).toEqual([1n, 2n, 4n, 5n]);
    expect(took).toEqual([0, 0, TIMINGS.leaseDurationMs, 0]);
  });

  test('an invocation too short to wait a lease fails loudly instead of never taking over', async () => {
    const { environment, invoke, context } = environments(TIMINGS, { waitLease: true });
    const shortest = 10_000 + 2 * 1_000 + RESERVE_MS;
    await expect(invoke(environment()({}, context(shortest)))).rejects.toThrow(
      `an invocation must have more than leaseDurationMs + rank * staggerMs + 2 * writeTimeoutMs + ` +
        `reserveMs (${shortest}) left to wait a lease out, got ${shortest}`,
    );
    expect(await invoke(environment()({}, context(shortest + 1)))).toBe(1n);
  });
});

test('an invocation too short to lead in fails loudly, instead of never leading', async () => {
  const { environment, invoke, context } = environments({ ...TIMINGS, clockErrorMsMax: 500 });
  const shortest = RESERVE_MS + 200 + 1_000;
  await expect(invoke(environment()({}, context(shortest)))).rejects.toThrow(
    `an invocation must have more than reserveMs + marginMs + writeTimeoutMs (${shortest}) left`,
  );
  expect(await invoke(environment()({}, context(shortest + 1)))).toBe(1n);
});

test('waiting in vain tells a leader from a store that does not answer', async () => {
  const { environment, election, invoke, context, memory } = environments(TIMINGS, {
    waitLease: true,
  });
  await election().campaign();
  const cut = faultyLease(memoryLease(memory), () => 'request-lost');
  const handler = makeLeaderOnly(() => 'worked', {
    election: election({ via: cut }),
    waitLease: true,
  });
  await expect(invoke(handler({}, context()), 20_000)).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
  expect(await invoke(environment()({}, context()), 20_000)).toBeUndefined();
});

describe('a warm environment, one invocation a minute, a second each, lease 10 s', () => {
  test('takes over on the second invocation after the crash, though its clock stands still', async () => {
    const { environment, crash, invoke, context, freeze, clock } = environments({
      ...TIMINGS,
      clockErrorMsMax: 500,
    });
    const warm = environment();
    // A dead leader's wall clock was an hour ahead, so by its record alone the lease is not over.
    await crash(clock.now().epochMs + 3_600_000);
    expect(await invoke(warm({}, context()))).toBeUndefined();
    freeze(59_000);
    expect(await invoke(warm({}, context()))).toBe(2n);
  });

  test('without its observation a cold one would not', async () => {
    const { environment, crash, invoke, context, freeze, clock } = environments({
      ...TIMINGS,
      clockErrorMsMax: 500,
    });
    await crash(clock.now().epochMs + 3_600_000);
    expect(await invoke(environment()({}, context()))).toBeUndefined();
    freeze(59_000);
    expect(await invoke(environment()({}, context()))).toBeUndefined();
  });

  test('does not count a live leader that renews as silent', async () => {
    const { environment, election, invoke, context, clock } = environments({
      ...TIMINGS,
      clockErrorMsMax: 500,
    });
    await election().campaign();
    const warm = environment();
    for (let minute = 0; minute < 3; minute++) {
      expect(await invoke(warm({}, context()))).toBeUndefined();
      await clock.advance(59_000);
    }
  });
});
