/**
 * A will as the store sees it: a request that was signed earlier, with credentials that its sender does not have.
 */
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { PreparedRequest, Will } from '../../lib/core/will/will.ts';
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { sendRequest } from '../../lib/guard/send-request.ts';
import { createElection, type Guardian } from '../../lib/index.ts';
import { manualClock } from '../../lib/testing/index.ts';
import { startVerifyingDynamoDb } from '../support/network/verifying-dynamodb.ts';
import { until } from '../support/until.ts';
import { prepareTable } from './forms.ts';

const MINUTE_MS = 60_000;
const SECRET = 'a secret of some length';

// The SDK signs by the time of day; everything else goes by the clocks that it is given, or the real ones.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  return () => vi.useRealTimers();
});

/** A leader that renews every ten minutes, at a store that checks signatures. */
async function startLeading() {
  const table = await prepareTable();
  const clock = manualClock({ epochMs: Date.now() });
  const store = await startVerifyingDynamoDb({
    storeEndpoint: table.endpoint,
    secretAccessKey: SECRET,
    nowEpochMs: () => clock.now().epochMs,
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  const told: Will[] = [];
  const guardian: Guardian = { told: (will) => told.push(will), withdrawn: () => {} };
  const credentials = { accessKeyId: 'key', secretAccessKey: SECRET };
  const clientConfig = { endpoint: store.endpoint, region: 'us-east-1', credentials };
  const election = createElection({
    ...{ name: 'orders', candidatePrefix: 'leader', clock, lastWill: guardian },
    via: dynamoDbLease({ tableName: table.tableName, clientConfig, historyDays: 0 }),
    timings: { leaseDurationMs: 30 * MINUTE_MS, renewIntervalMs: 10 * MINUTE_MS },
  });
  const term = await election.tryCampaign();
  expect(term?.token).toBe(1n);
  await until(() => told.length > 0, { what: 'the first will' });
  const release = (): PreparedRequest => {
    const request = told.at(-1)?.requests[0];
    if (request === undefined) throw new Error('no will was told');
    return request;
  };
  /** Moves both clocks, a minute at a time. Each minute brings a newly signed will. */
  async function passMinutes(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      const before = told.length;
      vi.setSystemTime(clock.now().epochMs + MINUTE_MS);
      await clock.advance(MINUTE_MS);
      await until(() => told.length > before, { what: 'another signature' });
    }
  }
  return { store, release, passMinutes, clock };
}

describe('a will at a store that checks signatures', () => {
  it('is taken eight minutes after the last renewal, for it was signed again since', async () => {
    const { store, release, passMinutes } = await startLeading();
    const first = release();
    await passMinutes(8);

    expect(await sendRequest(first)).toBe('unknown');
    expect(store.refusals).toEqual([expect.stringMatching(/^signature is \d+ ms old$/)]);
    expect(await sendRequest(release())).toBe('granted');
  });

  it('is taken for what it is: another token, another holder or another election is refused', async () => {
    const { store, release } = await startLeading();
    const { body, ...request } = release();
    const altered = [
      body.replace(/("N":\s*")1"/, '$12"'),
      body.replace('leader', 'loader'),
      body.replace('orders', 'order5'),
    ].filter((text) => text !== body);
    expect(altered).toHaveLength(3);

    for (const text of altered)
      expect(await sendRequest({ ...request, body: text })).toBe('unknown');

    expect(store.refusals).toEqual(altered.map(() => 'signature does not match'));
    expect(await sendRequest({ ...request, body })).toBe('granted');
    expect(await sendRequest({ ...request, body })).toBe('granted');
  });
});
