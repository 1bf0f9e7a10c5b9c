/**
 * What a leader publishes while it leads and when it ends: when it is written, and which readers get it.
 */
import { expect, it } from 'vitest';
import { createElection, type Leader } from '../../lib/index.ts';
import { leaseMechanism } from '../../lib/runtime/mechanism/lease.ts';
import {
  createMemory,
  createMemoryStore,
  manualClock,
  withFaults,
} from '../../lib/testing/index.ts';

const RENEW_MS = 3_000;
const timings = { leaseDurationMs: 10_000, renewIntervalMs: RENEW_MS };

function setting() {
  const clock = manualClock();
  const memory = createMemory();
  const store = withFaults(createMemoryStore(memory, 'e'), () => undefined);
  const via = leaseMechanism({ open: () => store });
  const make = () => createElection({ name: 'e', via, timings, clock, attributes: { url: 'a' } });
  const writes = () => store.calls.flatMap((call) => (call.kind === 'write' ? [call.write] : []));
  return { clock, make, writes };
}

it('replaces what the leader says with the next renewal, and with no write of its own', async () => {
  const { clock, make, writes } = setting();
  const term = await make().campaign();
  expect(writes()).toHaveLength(1);

  term.proclaim({ url: 'b' });
  term.proclaim({ url: 'c' });
  await clock.advance(RENEW_MS - 1);
  expect(writes()).toHaveLength(1);
  await clock.advance(1);
  await clock.advance(RENEW_MS);

  expect(writes().map(({ kind }) => kind)).toEqual(['first-acquire', 'renew', 'renew']);
  expect(writes()).toMatchObject([
    { attributes: { url: 'a' } },
    { attributes: { url: 'c' } },
    { attributes: { url: 'c' } },
  ]);
});

it('leaves a last word with the release, for the next leader; the term after begins as before', async () => {
  const { make, writes } = setting();
  const [a, b] = [make(), make()];
  const first = await a.campaign();
  expect(first.predecessor).toBeUndefined();
  first.proclaim({ next: '7' });
  await first.resign();

  const second = await b.campaign();

  expect(second.predecessor).toEqual({ token: 1n, attributes: { next: '7' } });
  await second.resign();
  const third = await a.campaign();
  expect(third.predecessor?.attributes).toEqual({ url: 'a' });
  const releases = writes().filter(({ kind }) => kind === 'release');
  expect(releases).toMatchObject([{ attributes: { next: '7' } }, { attributes: undefined }]);
});

it('is seen by an observer while the leader leads, each change once', async () => {
  const { clock, make } = setting();
  const term = await make().campaign();
  const stop = new AbortController();
  const seen: (Leader | undefined)[] = [];
  const observing = (async () => {
    for await (const leader of make().observe({ signal: stop.signal })) seen.push(leader);
  })();
  await clock.advance(RENEW_MS);
  term.proclaim({ b: '2', a: '1' });
  for (let n = 0; n < 6; n += 1) await clock.advance(RENEW_MS);
  stop.abort();
  await clock.advance(RENEW_MS);
  await observing;

  expect(seen.map((leader) => leader?.attributes)).toEqual([{ url: 'a' }, { a: '1', b: '2' }]);
});

it('refuses what is too large, what is not a text, and what is said after the end of the term', async () => {
  const term = await setting().make().campaign();
  const refused = { code: 'INVALID_OPTIONS' };
  expect(() => term.proclaim({ a: 'x'.repeat(300) })).toThrow('at most 300 bytes as JSON, got 308');
  expect(() => term.proclaim({ a: 1 as unknown as string })).toThrow('proclaim must be texts');
  expect(() => term.proclaim(null as never)).toThrow(expect.objectContaining(refused));
  await term.resign();
  expect(() => term.proclaim({})).toThrow(expect.objectContaining({ code: 'LEADERSHIP_LOST' }));
});
