/**
 * Campaigns, renewals and work as spans, through the tracer of OpenTelemetry's own SDK.
 */
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import {
  createElection,
  type ElectionOptions,
  type LeaseMechanism,
  type Spans,
} from '../../lib/index.ts';
import { makeLeaderOnly } from '../../lib/lambda/index.ts';
import { openTelemetrySpans } from '../../lib/opentelemetry/index.ts';
import { createMemory, manualClock, memoryLease } from '../../lib/testing/index.ts';
import { openHall } from '../runtime/group/hall.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

function start(options: Partial<ElectionOptions> = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  onTestFinished(() => provider.shutdown());
  const tracer = provider.getTracer('user');
  const clock = manualClock();
  const election = createElection({
    ...{ name: 'nightly', timings, clock, candidatePrefix: 'a' },
    via: { ...memoryLease(createMemory()), storeName: 'leases' },
    spans: openTelemetrySpans({ tracer }),
    ...options,
  });
  const spans = (name: string) =>
    exporter.getFinishedSpans().filter((span) => span.name === `tenure.${name}`);
  return { election, clock, tracer, exporter, spans };
}

test('shows a campaign, the renewals and the work, with election, store, candidate and token', async () => {
  const { election, clock, spans } = start();
  let done = () => {};
  const led = election.lead(() => new Promise<void>((resolve) => (done = resolve)));
  await clock.advance(7_000);
  done();
  await led;

  const subject = {
    'tenure.election': 'nightly',
    'tenure.store': 'leases',
    'tenure.candidate': election.candidateId,
    'tenure.token': '1',
  };
  expect(spans('campaign').map(({ attributes }) => attributes)).toEqual([
    { ...subject, 'tenure.outcome': 'elected' },
  ]);
  const granted = { ...subject, 'tenure.outcome': 'granted' };
  expect(spans('renew').map(({ attributes }) => attributes)).toEqual([granted, granted]);
  expect(spans('work').map(({ attributes }) => attributes)).toEqual([
    { ...subject, 'tenure.outcome': 'returned' },
  ]);
});

test('puts what the work does within the work, that within its caller, and each renewal beside them', async () => {
  const { election, clock, tracer, exporter, spans } = start();
  const led = tracer.startActiveSpan('caller', async (caller) => {
    await election.lead(async ({ sleep }) => {
      tracer.startSpan('query').end();
      await sleep(4_000);
    });
    caller.end();
    return caller.spanContext();
  });
  await clock.advance(5_000);
  const caller = await led;

  const [work] = spans('work');
  const query = exporter.getFinishedSpans().find(({ name }) => name === 'query');
  expect(query?.parentSpanContext?.spanId).toBe(work?.spanContext().spanId);
  expect(work?.parentSpanContext?.spanId).toBe(caller.spanId);
  expect(spans('campaign')[0]?.parentSpanContext?.spanId).toBe(caller.spanId);
  expect(spans('renew').map(({ parentSpanContext }) => parentSpanContext)).toEqual([undefined]);
});

test('has each request of the store within its campaign or renewal, as an instrumented SDK makes them', async () => {
  const inner = memoryLease(createMemory());
  const via: LeaseMechanism = {
    ...inner,
    open: (election) => {
      const store = inner.open(election);
      return {
        ...store,
        write(write, how) {
          tracer.startSpan(write.kind).end();
          return store.write(write, how);
        },
      };
    },
  };
  const { election, clock, tracer, exporter, spans } = start({ via });
  const led = election.lead(({ sleep }) => sleep(4_000));
  await clock.advance(5_000);
  await led;

  const request = (kind: string) => exporter.getFinishedSpans().find(({ name }) => name === kind);
  const parentOf = (kind: string) => request(kind)?.parentSpanContext?.spanId;
  expect(parentOf('first-acquire')).toBe(spans('campaign')[0]?.spanContext().spanId);
  expect(parentOf('renew')).toBe(spans('renew')[0]?.spanContext().spanId);
});

test('shows work that fails as an error, and none that was told to stop', async () => {
  const { election, clock, spans } = start();
  const failing = election.lead(() => Promise.reject(new Error('no disk')));
  const refused = expect(failing).rejects.toThrow('no disk');
  await clock.advance(20_000);
  await refused;
  const stop = new AbortController();
  const stopped = election.leadWhile(({ sleep }) => sleep(60_000), { signal: stop.signal });
  await clock.advance(1_000);
  stop.abort();
  await clock.advance(10_000);
  await stopped;

  const [failed, told] = spans('work');
  expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
  expect(failed?.events.map(({ attributes }) => attributes?.['exception.message'])).toEqual([
    'no disk',
  ]);
  expect(told?.status.code).toBe(SpanStatusCode.UNSET);
  expect(told?.attributes).toMatchObject({ 'tenure.outcome': 'stopped', 'tenure.token': '2' });
});

test('shows a campaign that lost, and one that was called off', async () => {
  const memory = createMemory();
  const via = memoryLease(memory);
  const leader = createElection({ name: 'nightly', via, timings, clock: manualClock() });
  const term = await leader.campaign();
  const { election, clock, spans } = start({ via });
  expect(await election.tryCampaign()).toBeUndefined();
  const stop = new AbortController();
  const waiting = election.campaign({ signal: stop.signal });
  await clock.advance(100);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await term.resign();

  const outcomes = spans('campaign').map(({ attributes }) => attributes['tenure.outcome']);
  expect(outcomes).toEqual(['not-elected', 'stopped']);
  expect(spans('campaign').map(({ status }) => status.code)).toEqual([0, 0]);
});

test('shows the work of a Lambda handler', async () => {
  const { election, spans } = start();
  const handler = makeLeaderOnly(async () => 'reported', { election, waitLease: true });

  expect(await handler({}, {})).toBe('reported');
  expect(spans('work').map(({ attributes }) => attributes['tenure.outcome'])).toEqual(['returned']);
});

test.each<[string, Spans]>([
  [
    'throws at once',
    () => {
      throw new Error('broken');
    },
  ],
  ['rejects', async () => Promise.reject(new Error('broken'))],
  ['never calls', () => undefined],
  [
    'throws once it was told',
    (_start, run) =>
      run().then(() => {
        throw new Error('broken');
      }),
  ],
])('leads, once for each term, where the tracer %s', async (_how, spans) => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
  onTestFinished(() => warn.mockRestore());
  const { election, clock } = start({ spans });
  let works = 0;
  const led = election.lead(async ({ token, sleep }) => {
    works += 1;
    await sleep(12_000);
    return token;
  });
  await clock.advance(13_000);

  expect(await led).toBe(1n);
  expect(works).toBe(1);
});

test('asks no tracer where none is given', async () => {
  const { exporter, election, tracer } = start({ spans: undefined });
  vi.spyOn(trace, 'getTracer').mockReturnValue(tracer);
  onTestFinished(() => void vi.restoreAllMocks());
  await election.lead(() => undefined);

  expect(exporter.getFinishedSpans()).toEqual([]);
});

test('shows the work of each partition of a group, of every term, and what it does within', async () => {
  const { tracer, spans, exporter } = start();
  const { clock, join, via } = await openHall(2);
  const a = join({
    via: { ...via, storeName: 'leases' },
    spans: openTelemetrySpans({ tracer }),
    async work({ partition, signal }) {
      tracer.startSpan('query').end();
      if (partition === 1) throw new Error('no such tenant');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  await clock.advance(10_000);
  const [failed] = spans('work');
  expect(failed?.attributes).toMatchObject({ 'tenure.election': 'orders/1' });
  expect(failed?.status).toMatchObject({ code: SpanStatusCode.ERROR });
  a.stop.abort();
  await clock.advance(20_000);
  await a.left;

  const led = spans('work').find(({ attributes }) => attributes['tenure.election'] === 'orders/0');
  expect(led?.attributes).toEqual({
    'tenure.election': 'orders/0',
    'tenure.store': 'leases',
    'tenure.candidate': expect.stringMatching(/^member\//),
    'tenure.token': '1',
    'tenure.outcome': 'returned',
  });
  const within = exporter
    .getFinishedSpans()
    .filter(({ name }) => name === 'query')
    .map(({ parentSpanContext }) => parentSpanContext?.spanId);
  expect(within).toContain(led?.spanContext().spanId);
});
