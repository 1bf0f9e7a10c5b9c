import { describe, expect, test } from 'vitest';
import { checkpoint } from '../../lib/dynamodb/index.ts';
import { type LastRun, type RunOnceOptions, runOnce } from '../../lib/lambda/index.ts';
import { freshTable } from '../support/dynamodb.ts';
import { termOf } from '../support/fencing-term.ts';

const HOUR = 3_600_000;
const TEN = '2026-03-01T10:00:00Z';
const ELEVEN = '2026-03-01T11:00:00Z';

/** A fenced row and runs on it. */
function runs(lastRun: LastRun) {
  const done: string[] = [];
  const run = async (at: string, options: Partial<RunOnceOptions> = {}) => {
    const term = { throwIfOver() {} };
    const work = () => void done.push(at);
    return (await runOnce({ term, periodMs: HOUR, at, lastRun, ...options }, work)).ran;
  };
  return { done, run };
}

function inMemory(): LastRun {
  let row: { period: number } | undefined;
  return {
    load: async () => row,
    save: async (saved) => {
      row = saved;
    },
  };
}

describe('runOnce', () => {
  test('works once in a period, though its schedule delivers twice', async () => {
    const { run, done } = runs(inMemory());
    expect([await run(TEN), await run(TEN), await run(ELEVEN)]).toEqual([true, false, true]);
    expect(done).toEqual([TEN, ELEVEN]);
  });

  test('a retry that comes after the next firing does not repeat a period that is past', async () => {
    const { run } = runs(inMemory());
    expect([await run(ELEVEN), await run(TEN)]).toEqual([true, false]);
  });

  test('counts a late delivery for the firing that it is for', async () => {
    const { run } = runs(inMemory());
    expect(await run('2026-03-01T10:59:59Z')).toBe(true);
    expect(await run(ELEVEN)).toBe(true);
  });

  test('a period can begin off the hour, for a schedule that fires around it', async () => {
    const { run } = runs(inMemory());
    const offsetMs = HOUR / 2;
    expect(await run('2026-03-01T09:59:59Z', { offsetMs })).toBe(true);
    expect(await run('2026-03-01T10:00:01Z', { offsetMs })).toBe(false);
  });

  test('repeats work that failed, unless a start already counts', async () => {
    for (const countsWhen of ['completed', 'started'] as const) {
      const lastRun = inMemory();
      const term = { throwIfOver() {} };
      const options = { term, periodMs: HOUR, at: TEN, lastRun, countsWhen };
      const failing = runOnce(options, () => Promise.reject(new Error('the work failed')));
      await expect(failing).rejects.toThrow('the work failed');
      const again = await runOnce(options, () => 'worked');
      expect(again.ran).toBe(countsWhen === 'completed');
    }
  });

  test('does not begin when the term is over', async () => {
    const term = {
      throwIfOver() {
        throw new Error('over');
      },
    };
    const options = { term, periodMs: HOUR, at: TEN, lastRun: inMemory() };
    await expect(runOnce(options, () => expect.unreachable())).rejects.toThrow('over');
  });

  test('refuses options that cannot work, each by name', async () => {
    const { run } = runs(inMemory());
    await expect(run('tomorrow')).rejects.toThrow('at must be a time, got tomorrow');
    await expect(run(TEN, { periodMs: 0 })).rejects.toThrow('periodMs must be a number above 0');
    await expect(run(TEN, { period: 1 } as never)).rejects.toThrow('option period is not known');
  });
});

test('a stale leader cannot take back what a newer one completed', async () => {
  using table = await freshTable();
  const rowOf = (token: bigint) =>
    checkpoint<{ period: number }>(termOf(token), {
      client: table.client,
      tableName: table.tableName,
      key: { pk: 'task#report', sk: 'last-run' },
      schemaVersion: 1,
      parse: (state) => state as { period: number },
    });
  const [stale, newer] = [runs(rowOf(1n)), runs(rowOf(2n))];
  expect(await stale.run(TEN)).toBe(true);
  expect(await newer.run(ELEVEN)).toBe(true);
  await expect(stale.run('2026-03-01T12:00:00Z')).rejects.toMatchObject({ code: 'STALE_TOKEN' });
  expect(await runs(rowOf(3n)).run(ELEVEN)).toBe(false);
});
