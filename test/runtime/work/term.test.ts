/**
 * What a term offers to its work: waits that end with the term, and renewals before a critical step.
 */
import { expect, it } from 'vitest';
import { createElection } from '../../../lib/index.ts';
import { leaseMechanism } from '../../../lib/runtime/mechanism/lease.ts';
import {
  createMemory,
  createMemoryStore,
  type FaultScript,
  manualClock,
  withFaults,
} from '../../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
/** Lease less margin and loss grace. */
const MOST_MS = 10_000 - 200 - 1_000;

async function leading(script: FaultScript = () => undefined) {
  const clock = manualClock();
  const store = withFaults(createMemoryStore(createMemory(), 'e'), script);
  const via = leaseMechanism({ open: () => store });
  const election = createElection({ name: 'e', via, timings, clock });
  const term = await election.campaign();
  const renewals = () =>
    store.calls.filter((call) => call.kind === 'write' && call.write.kind === 'renew').length;
  return { clock, election, term, renewals };
}

it('sleeps for as long as it is told', async () => {
  const { clock, term } = await leading();
  let woke = false;
  const slept = term.sleep(1_000).then(() => {
    woke = true;
  });

  await clock.advance(999);
  expect(woke).toBe(false);
  await clock.advance(1);
  await slept;

  expect(woke).toBe(true);
});

it('wakes with the reason when work must stop, and does not fall asleep again', async () => {
  const { clock, term } = await leading();
  const slept = expect(term.sleep(60_000)).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
  const before = clock.pending;

  await term.resign();

  await slept;
  await expect(term.sleep(1)).rejects.toMatchObject({ why: 'resigned' });
  expect(clock.pending).toBeLessThan(before);
});

it('ends the work that sleeps when its term is lost, and leads again', async () => {
  const { clock, election, term } = await leading();
  await term.resign();
  const tokens: bigint[] = [];
  const led = election.leadWhile(async (each) => {
    tokens.push(each.token);
    if (tokens.length === 2) return;
    await each.sleep(600_000);
  });
  await clock.advance(1);
  clock.jumpWallClock(20_000);
  await clock.advance(60_000);

  await led;

  expect(tokens).toEqual([2n, 3n]);
});

it('renews at once where less is left than a step takes, and not where enough is', async () => {
  const { clock, term, renewals } = await leading();
  await clock.advance(2_000);
  await term.ensure(7_500);
  expect(renewals()).toBe(0);

  await term.ensure(8_500);

  expect(renewals()).toBe(1);
  expect(term.remainingMs()).toBeGreaterThanOrEqual(8_500);
  await clock.advance(2_900);
  expect(renewals()).toBe(1);
});

it('waits for a renewal that is under way', async () => {
  let isLost = true;
  const { clock, term, renewals } = await leading((call) =>
    call.kind === 'write' && call.write.kind === 'renew' && isLost ? 'answer-lost' : undefined,
  );
  await clock.advance(3_000);
  expect(renewals()).toBe(1);
  isLost = false;

  const ensured = term.ensure(8_000);
  await clock.advance(100);
  await ensured;

  expect(renewals()).toBe(2);
});

it('gives up where the store answers too late three times, and keeps the term', async () => {
  let attempts = 0;
  const { clock, term } = await leading((call) => {
    if (call.kind !== 'write' || call.write.kind !== 'renew') return undefined;
    attempts += 1;
    return attempts % 2 === 1 ? 'hang' : undefined;
  });
  await clock.advance(2_000);

  const ensured = expect(term.ensure(MOST_MS)).rejects.toThrow(
    /^3 renewals in a row left 8\d+ ms of the lease, less than/,
  );
  await clock.advance(4_000);
  await ensured;

  expect(attempts).toBe(6);
  expect(term.signal.aborted).toBe(false);
});

it('refuses to wait for more time than a lease gives, and says how much it gives', async () => {
  const { term } = await leading();

  await expect(term.ensure(9_801)).rejects.toThrow(
    '3 renewals in a row left 9800 ms of the lease, less than 9801; make the step shorter or raise',
  );
});

it('gives up at once where the lease ends with the process, which no renewal makes longer', async () => {
  const { clock, election, term, renewals } = await leading();
  await term.resign();
  const cut = await election.tryCampaign({ endsInMs: 6_000 });
  const before = clock.now().monotonicMs;
  await cut?.ensure(5_800);

  await expect(cut?.ensure(5_801)).rejects.toThrow(
    'the lease ends with this process and has 5800 ms left, less than 5801; make the step shorter',
  );

  expect(clock.now().monotonicMs).toBe(before);
  expect(cut?.signal.aborted).toBe(false);
  expect(renewals()).toBe(0);
});

it('ends with the term while it waits for a renewal', async () => {
  const { clock, term } = await leading((call) =>
    call.kind === 'write' && call.write.kind === 'renew' ? 'request-lost' : undefined,
  );
  await clock.advance(2_000);

  const ensured = expect(term.ensure(8_500)).rejects.toMatchObject({ why: 'lapsed' });
  await clock.advance(20_000);

  await ensured;
});
