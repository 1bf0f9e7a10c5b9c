import { expect, it } from 'vitest';
import { createElection, retrying } from '../../../lib/index.ts';
import {
  collectingJournal,
  createMemory,
  manualClock,
  memoryLease,
} from '../../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

function setting() {
  const clock = manualClock();
  const memory = createMemory();
  const journal = collectingJournal();
  const random = { nonce: () => crypto.randomUUID(), unit: () => 1 };
  const via = memoryLease(memory);
  const election = createElection({ name: 'e', via, timings, clock, random, journal });
  return { clock, memory, journal, election };
}

it('begins the work again in a new term after it threw, and resolves with what the last attempt returns', async () => {
  const { clock, election } = setting();
  const tokens: bigint[] = [];
  const led = election.leadWhile(
    (term) => {
      tokens.push(term.token);
      if (tokens.length < 3) throw new Error(`attempt ${tokens.length}`);
      return 'done';
    },
    { retry: retrying({ attempts: 3 }) },
  );

  await clock.advance(120_000);

  expect(await led).toBe('done');
  expect(tokens).toEqual([1n, 2n, 3n]);
});

it('rejects with the last error once the attempts are used up', async () => {
  const { clock, election } = setting();
  let attempts = 0;
  const led = election.leadWhile(
    () => {
      attempts += 1;
      throw new Error(`attempt ${attempts}`);
    },
    { retry: retrying({ attempts: 2 }) },
  );
  const failed = expect(led).rejects.toThrow('attempt 2');

  await clock.advance(120_000);
  await failed;

  expect(attempts).toBe(2);
});

it('lets another candidate lead in the pause, which the jitter shortens', async () => {
  const { clock, memory, election } = setting();
  let begun = 0;
  const stop = new AbortController();
  const retry = retrying({ pauseMs: 20_000, jitter: 0.25 });
  const led = election.leadWhile(
    () => {
      begun += 1;
      throw new Error('of the work');
    },
    { retry, signal: stop.signal },
  );
  await clock.advance(14_999);
  expect(begun).toBe(1);
  expect(memory.records.get('e')?.holder).toBeUndefined();

  const other = createElection({ name: 'e', via: memoryLease(memory), timings, clock });
  await using term = await other.campaign();
  stop.abort();

  expect(await led).toBeUndefined();
  expect(term.token).toBe(2n);
});

it('counts attempts from one again after a long time without an error', async () => {
  const { clock, election } = setting();
  let begun = 0;
  const led = election.leadWhile(
    async (term) => {
      begun += 1;
      if (begun > 4) return 'done';
      await term.sleep(begun === 3 ? 61_000 : 10);
      throw new Error('now and then');
    },
    { retry: retrying({ attempts: 3, pauseMs: 10 }) },
  );

  await clock.advance(600_000);

  expect(await led).toBe('done');
  expect(begun).toBe(5);
});

it('refuses options that cannot be used, each by name', () => {
  const options = { attempts: 0, pauseMs: -1, jitter: 2, tries: 3 };

  expect(() => retrying(options)).toThrow(
    /tries of retrying is not known.*attempts must be at least 1.*pauseMs must be.*jitter must be from 0 to 1/,
  );
});
