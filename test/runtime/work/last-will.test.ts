/**
 * When a leader prepares its last will and gives it to the guardian, on a clock that the test moves.
 */
import { expect, test } from 'vitest';
import type { PreparedRequest, Will } from '../../../lib/core/will/will.ts';
import { createElection, type Guardian, leaseMechanism } from '../../../lib/index.ts';
import { createMemory, createMemoryStore, manualClock } from '../../../lib/testing/index.ts';

const MINUTE_MS = 60_000;
/** AWS accepts a signature for this long. */
const SIGNATURE_MS_MAX = 5 * MINUTE_MS;

function setting(prepared: () => Promise<void> = async () => {}) {
  const clock = manualClock();
  const memory = createMemory();
  const told: (Will & { readonly atMs: number })[] = [];
  const withdrawn: string[] = [];
  const guardian: Guardian = {
    told: (will) => told.push({ ...will, atMs: clock.now().monotonicMs }),
    withdrawn: ({ token }) => withdrawn.push(token),
  };
  const open = ({ name }: { readonly name: string }) => ({
    ...createMemoryStore(memory, name),
    async prepareRelease({ token }: { readonly token: bigint }): Promise<PreparedRequest> {
      await prepared();
      return { method: 'POST', url: '', headers: {}, body: String(token), refusedBy: [] };
    },
  });
  const make = (renewIntervalMs: number) =>
    createElection({
      ...{ name: 'e', via: leaseMechanism({ open }), clock, lastWill: guardian },
      timings: { leaseDurationMs: 3 * renewIntervalMs, renewIntervalMs },
    });
  return { clock, told, withdrawn, make };
}

test('is signed again long before its signature ends, also where renewals are minutes apart', async () => {
  const { clock, told, make } = setting();
  const term = await make(20 * MINUTE_MS).tryCampaign();

  for (let minute = 0; minute < 15; minute += 1) await clock.advance(MINUTE_MS);

  expect(told.length).toBeGreaterThanOrEqual(15);
  const ages = told.map(({ atMs }, n) => atMs - (told[n - 1]?.atMs ?? 0));
  expect(Math.max(...ages)).toBeLessThan(SIGNATURE_MS_MAX / 2);
  await term?.resign();
});

test('is prepared for a new term while that of the term before still is prepared', async () => {
  let finish = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { clock, told, withdrawn, make } = setting(() => held);
  const election = make(10_000);
  await (await election.tryCampaign())?.resign();
  const second = await election.tryCampaign();
  expect(second?.token).toBe(2n);

  finish();
  await clock.advance(0);

  expect(withdrawn).toEqual(['1']);
  expect(told.map(({ token, requests }) => [token, requests[0]?.body])).toEqual([['2', '2']]);
  await second?.resign();
});
