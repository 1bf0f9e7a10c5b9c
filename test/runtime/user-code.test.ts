/**
 * What a user's own code does to the election that calls it, each as it goes here; the simulator meets
 * them all at random (`test/simulation/shared/user-code.ts`).
 */
import { expect, it, vi } from 'vitest';
import { createElection, type ElectionOptions, StaleTokenError } from '../../lib/index.ts';
import { leaseMechanism } from '../../lib/runtime/mechanism/lease.ts';
import {
  createMemory,
  createMemoryStore,
  type FaultScript,
  manualClock,
  withFaults,
} from '../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

function setting(script: FaultScript = () => undefined) {
  const clock = manualClock();
  const memory = createMemory();
  const store = withFaults(createMemoryStore(memory, 'e'), script);
  const via = leaseMechanism({ open: () => store });
  const make = (options: Partial<ElectionOptions> = {}) =>
    createElection({ name: 'e', via, timings, clock, ...options });
  const renewals = () =>
    store.calls.filter((call) => call.kind === 'write' && call.write.kind === 'renew').length;
  return { clock, memory, make, renewals };
}

it('gives back a term whose campaign the journal called off as it began', async () => {
  const { clock, memory, make, renewals } = setting();
  const leave = new AbortController();
  const journal = {
    record: ({ event }: { event: string }) => event === 'elected' && leave.abort(),
  };
  const campaign = make({ journal }).campaign({ signal: leave.signal });

  await expect(campaign).rejects.toMatchObject({ name: 'AbortError' });
  await clock.advance(30_000);

  expect(memory.records.get('e')?.token).toBe(1n);
  expect(memory.records.get('e')?.holder).toBeUndefined();
  expect(renewals()).toBe(0);
});

it('has one renewal under way where health answers late, while its work drains', async () => {
  const health = Promise.withResolvers<boolean>();
  let sent = 0;
  const { clock, make } = setting((call) => {
    if (call.kind !== 'write' || call.write.kind !== 'renew') return undefined;
    sent += 1;
    return 'hang';
  });
  const term = await make({ healthy: () => health.promise }).campaign();
  await clock.advance(3_000);
  (term as unknown as { drain(): void }).drain();
  await clock.advance(20);
  expect(sent).toBe(1);

  health.resolve(true);
  await clock.advance(0);

  expect(sent).toBe(1);
});

it('leads again where a fence refused its token before a renewal could', async () => {
  const { make } = setting();
  let terms = 0;
  const led = await make().leadWhile((term) => {
    terms += 1;
    if (terms > 1) return term.token;
    throw new StaleTokenError({ token: term.token, highestToken: 9n, resource: 'orders' });
  });

  expect(led).toBe(2n);
});

it('ends by a refusal of somebody else’s token: that is an error of the work', async () => {
  const { make } = setting();
  const foreign = new StaleTokenError({ token: 77n, highestToken: 78n, resource: 'invoices' });

  await expect(make().leadWhile(() => Promise.reject(foreign))).rejects.toBe(foreign);
});

it('does not drain the term that came after the one that was asked', async () => {
  const { make } = setting();
  const election = make();
  const first = await election.campaign();
  await first.resign();
  const second = await election.campaign();

  (first as unknown as { drain(): void }).drain();

  expect(second.signal.aborted).toBe(false);
});

it('leaves no hourly timer behind where the term was over before anybody had it', async () => {
  const { clock, make } = setting();
  const leave = new AbortController();
  const journal = {
    record: ({ event }: { event: string }) => event === 'elected' && leave.abort(),
  };
  const options = { journal, registration: {} };
  await expect(make(options).campaign({ signal: leave.signal })).rejects.toBeDefined();
  await clock.advance(0);

  expect(clock.pending).toBe(0);
});

it('survives a journal that is an async function and rejects', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const journal = { record: async () => Promise.reject(new Error('disk full')) };
  const { make } = setting();

  await using _term = await make({ journal }).campaign();
  await new Promise(setImmediate);

  expect(warnings).toHaveBeenCalledWith('the journal threw: Error: disk full', 'TenureWarning');
  warnings.mockRestore();
});

it('warns once of each kind of failure where nobody listens', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const { clock, make } = setting((call) => (call.kind === 'read' ? 'request-lost' : undefined));
  const leave = new AbortController();
  const campaign = make().campaign({ signal: leave.signal });
  await clock.advance(60_000);
  leave.abort();
  await expect(campaign).rejects.toBeDefined();

  expect(warnings.mock.calls).toEqual([['election "e": request-lost', 'TenureWarning']]);
  warnings.mockRestore();
});

it('ends a campaign at once that is called off while the release before it has no answer', async () => {
  const { clock, make } = setting((call) =>
    call.kind === 'write' && call.write.kind === 'release' ? 'request-lost' : undefined,
  );
  const election = make();
  const term = await election.campaign();
  void term.resign();
  const leave = new AbortController();
  const campaign = election.campaign({ signal: leave.signal });
  const outcome = expect(campaign).rejects.toBe('enough');
  leave.abort('enough');

  await clock.advance(0);
  await outcome;
});

it('does not wait longer than a lease and a renew interval for a store that does not answer', async () => {
  const { clock, make } = setting(() => 'request-lost');
  const attempt = make().tryCampaign({ waitLease: true });
  const outcome = expect(attempt).rejects.toMatchObject({ code: 'UNREACHABLE' });

  await clock.advance(18_000);
  await outcome;
});
