/**
 * Each part of `tenure/testing`, as a user's own tests take it. docs/testing.md shows these.
 */
import { expect, it } from 'vitest';
import { createElection, type Term } from '../../lib/index.ts';
import {
  collectingJournal,
  createMemory,
  createMemoryStore,
  fakeTerm,
  faultyLease,
  leaseStoreContract,
  manualClock,
  memoryLease,
} from '../../lib/testing/index.ts';

/** The user's own work. */
async function settleOrders(term: Term, settle: (token: bigint) => void): Promise<number> {
  let rounds = 0;
  while (!term.signal.aborted) {
    await term.ensure(2_000);
    settle(term.token);
    rounds += 1;
    await term.sleep(1_000).catch(() => undefined);
  }
  return rounds;
}

it('fakeTerm: work is told to stop, with no election around it', async () => {
  const clock = manualClock();
  const term = fakeTerm({ token: 7n, clock, leaseMs: 3_000 });
  const settled: bigint[] = [];
  const work = settleOrders(term, (token) => settled.push(token));
  await clock.advance(2_500);

  term.lose();

  expect(await work).toBe(3);
  expect(settled).toEqual([7n, 7n, 7n]);
  expect(term.renewals).toBe(1);
  expect(() => term.throwIfOver()).toThrow('term 7 of election "test" is over: deposed');
});

it('fakeTerm: a lease that nobody renews runs out by the clock', async () => {
  const clock = manualClock();
  const term = fakeTerm({ clock, leaseMs: 3_000 });

  await clock.advance(3_000);

  expect(term.remainingMs()).toBe(0);
  expect(term.signal.reason).toMatchObject({ why: 'lapsed' });
  await expect(term.ensure(1)).rejects.toMatchObject({ why: 'lapsed' });
});

it('memoryLease and manualClock: a take-over across a lease, in milliseconds', async () => {
  const [memory, clock] = [createMemory(), manualClock()];
  const candidate = () => createElection({ name: 'orders', via: memoryLease(memory), clock });
  // The leader dies: its clock stands still, so it no longer renews.
  await createElection({
    name: 'orders',
    via: memoryLease(memory),
    clock: manualClock(),
  }).campaign();

  const next = candidate().campaign();
  await clock.advance(15_000);

  expect((await next).token).toBe(2n);
});

it('faultyLease: work survives a renewal whose answer was lost', async () => {
  const clock = manualClock();
  let renewals = 0;
  const via = faultyLease(memoryLease(), (call) => {
    if (call.kind !== 'write' || call.write.kind !== 'renew') return undefined;
    renewals += 1;
    return renewals % 2 === 1 ? 'answer-lost' : undefined;
  });
  const journal = collectingJournal();
  const term = await createElection({ name: 'orders', via, clock, journal }).campaign();

  await clock.advance(60_000);

  expect(term.remainingMs()).toBeGreaterThan(0);
  expect(journal.events.map(({ event }) => event)).not.toContain('lost');
});

it('collectingJournal: what an operator would have seen', async () => {
  const journal = collectingJournal();
  const election = createElection({
    name: 'orders',
    via: memoryLease(),
    clock: manualClock(),
    journal,
  });

  await election.lead((term) => term.token);

  expect(journal.events.map(({ event }) => event)).toEqual(['elected', 'resigned']);
});

const memory = createMemory();
const contract = leaseStoreContract(async (election) => createMemoryStore(memory, election));
for (const { name, run } of contract) it(`leaseStoreContract: a store of one’s own ${name}`, run);
