/**
 * What a user's own code can do to the election that calls it, one case a test. The simulator plays them
 * all at random (`test/simulation/shared/user-code.ts`).
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { createElection, type ElectionOptions, StaleTokenError } from '../../lib/index.ts';
import type { HeldTerm } from '../../lib/runtime/candidate/term.ts';
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

it.each([
  ['its work drains', true],
  ['its hand-over is announced', false],
])('has one renewal under way where health answers late, while %s', async (_, atOnce) => {
  const health = Promise.withResolvers<boolean>();
  let sent = 0;
  const { clock, make } = setting((call) => {
    if (call.kind !== 'write' || call.write.kind !== 'renew') return undefined;
    sent += 1;
    return 'hang';
  });
  const term = await make({ healthy: () => health.promise }).campaign();
  await clock.advance(3_000);
  (term as unknown as Pick<HeldTerm, 'drain'>).drain({ atOnce });
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

it('ends by a refusal of another election’s token: that is an error of the work', async () => {
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

  (first as unknown as Pick<HeldTerm, 'drain'>).drain({ atOnce: true });

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

it('leaves no hourly timer behind where a listener gave the term back before its work had it', async () => {
  const { clock, make } = setting();
  const election = make({ registration: {} });
  election.on('elected', (elected) => void elected.resign());
  const term = await election.campaign();
  expect(term.signal.aborted).toBe(true);
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

it('warns once of each kind of failure where no listener is set', async () => {
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

it('lets other candidates go first where its work fails each time that it begins', async () => {
  const { clock, make } = setting();
  const election = make();
  let terms = 0;
  const failing = async () => {
    for (;;) {
      await election
        .lead(() => {
          terms += 1;
          throw new Error('the work failed');
        })
        .catch(() => {});
    }
  };
  void failing();
  await clock.advance(60_000);

  expect(terms).toBeGreaterThan(2);
  expect(terms).toBeLessThan(8);
});

it('leads again at once where its work returns', async () => {
  const { make } = setting();
  const election = make();
  for (let terms = 0; terms < 50; terms += 1) await election.lead(() => 'done');
});

it('takes a stale read for no sign of life while it waits a dead leader’s lease out', async () => {
  const memory = createMemory();
  const clock = manualClock();
  const store = createMemoryStore(memory, 'e');
  await make({ clock: manualClock() }).campaign();
  const old = memory.records.get('e');
  const dead = old && { ...old, revision: 'renewed once more' };
  if (dead) memory.records.set('e', dead);
  let stale = old;
  const lagging = {
    ...store,
    async read(how: Parameters<typeof store.read>[0]) {
      if (how.consistency === 'strong' || stale === undefined) return store.read(how);
      const record = stale;
      stale = undefined;
      return { kind: 'present', record } as const;
    },
  };
  const attempt = make({ clock, via: leaseMechanism({ open: () => lagging }) }).tryCampaign({
    waitLease: true,
  });
  await clock.advance(14_000);

  expect(stale).toBeUndefined();
  expect(await attempt).toMatchObject({ token: 2n });

  function make(options: Partial<ElectionOptions>) {
    const via = leaseMechanism({ open: () => store });
    return createElection({ name: 'e', via, timings, ...options });
  }
});

it('keeps no process alive for an acquire that no caller waits for', async () => {
  const program = fileURLToPath(new URL('programs/abandoned.ts', import.meta.url));
  const startedMs = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 120_000 });

  expect(stdout).toBe('called off\n');
  // Its lease is an hour, and the election resolves the write in the background for two hours.
  expect(performance.now() - startedMs).toBeLessThan(25_000);
});
