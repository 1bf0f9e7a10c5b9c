/**
 * The baton among real processes: killed, frozen, and told to stop.
 */
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { environmentFor, freshTable } from '../support/dynamodb.ts';
import type { Worker } from '../support/processes.ts';
import type { SqsCall } from '../support/strict-sqs.ts';
import { until } from '../support/until.ts';
import { bundled, electedToken, LEASE_MS, prepareArena } from './candidates.ts';

/** A visibility timeout, a poll, and a loaded machine. */
const FAIL_OVER_MS = 20_000;

describe('a leader over a queue', () => {
  it('is replaced when it is killed with SIGKILL, with a higher token', async () => {
    const { start } = await prepareArena();
    const leader = start();
    const first = await electedToken(leader);
    const rival = start();
    await rival.event('standby');

    leader.signal('SIGKILL');

    await rival.event('elected', { withinMs: FAIL_OVER_MS });
    expect(await electedToken(rival)).toBeGreaterThan(first);
  });

  it('hands over at SIGTERM long before its visibility would run out', async () => {
    const { start } = await prepareArena();
    const leader = start();
    const first = await electedToken(leader);
    const rival = start();
    await rival.event('standby');

    leader.signal('SIGTERM');

    const resigned = await leader.event('resigned');
    const elected = await rival.event('elected');
    expect(Number(elected.atEpochMs) - Number(resigned.atEpochMs)).toBeLessThan(LEASE_MS / 2);
    expect(await electedToken(rival)).toBeGreaterThan(first);
    expect(await leader.ended()).toEqual({ code: 0, signal: null });
  });

  it('knows that it is over when it wakes after its visibility, and its writes are refused', async () => {
    const table = await freshTable();
    onTestFinished(() => table[Symbol.dispose]());
    const { start } = await prepareArena();
    const env = { ...environmentFor(table.endpoint), STAMPED_TABLE: table.tableName };
    const leader = start('candidate.ts', env);
    const first = await electedToken(leader);
    const rival = start('candidate.ts', env);
    await rival.event('standby');

    leader.signal('SIGSTOP');
    await rival.event('elected', { withinMs: FAIL_OVER_MS });
    leader.signal('SIGCONT');

    expect(await leader.event('lost')).toMatchObject({ token: String(first) });
    expect(await leader.event('fenced')).toMatchObject({ token: String(first) });
    expect(rival.lines.some(({ event }) => event === 'fenced' || event === 'lost')).toBe(false);
  });

  it('has a higher token than every leader before it, over crashes and hand-overs', async () => {
    const { start, sqs } = await prepareArena();
    const tokens: bigint[] = [];
    let leader = start();
    tokens.push(await electedToken(leader));
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGTERM'] as const) {
      const next = start();
      await next.event('standby');
      leader.signal(signal);
      await leader.ended();
      if (signal === 'SIGKILL') sqs.advance(LEASE_MS);
      tokens.push(await electedToken(next));
      leader = next;
    }
    expect(tokens.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(tokens);
    expect(new Set(tokens).size).toBe(6);
  });

  it('leaves at most a handful of batons after 100 crashes in a row', {
    timeout: 300_000,
  }, async () => {
    const { start, sqs, batons } = await prepareArena();
    const crasher = await bundled('crasher.ts');
    const candidates = new Set<Worker>([1, 2, 3].map(() => start(crasher)));
    const seen = new Set<Worker>();
    let last = 0n;
    let most = 0;
    for (let crash = 0; crash < 100; crash += 1) {
      const elected = await Promise.any([...candidates].map(whenElected));
      expect(seen.has(elected)).toBe(false);
      seen.add(elected);
      const token = await electedToken(elected);
      expect(token).toBeGreaterThan(last);
      last = token;
      most = Math.max(most, batons());
      elected.signal('SIGKILL');
      await elected.ended();
      candidates.delete(elected);
      candidates.add(start(crasher));
      sqs.advance(LEASE_MS);
    }
    expect(most).toBeLessThanOrEqual(5);
    expect(batons()).toBeLessThanOrEqual(5);
  });
});

it('someone leads again, with a higher token, when the queue is emptied under the candidates', async () => {
  const { start, sqs, queueUrl } = await prepareArena();
  const env = { EMPTY_FOR_MS: '2000' };
  const leader = start('candidate.ts', env);
  const first = await electedToken(leader);
  const rival = start('candidate.ts', env);
  await rival.event('standby');
  const after = [leader, rival].map(({ lines }) => lines.length);

  await sqs.client.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));

  expect(await leader.event('lost')).toMatchObject({ token: String(first) });
  const again = await Promise.any(
    [leader, rival].map((one, n) =>
      one.event('elected', { after: after[n] ?? 0, withinMs: FAIL_OVER_MS }),
    ),
  );
  expect(BigInt(String(again.token))).toBeGreaterThan(first);
});

async function whenElected(worker: Worker): Promise<Worker> {
  await worker.event('elected', { withinMs: 60_000 });
  return worker;
}

describe('a candidate that is paused', () => {
  /** Answers that this candidate alone waits for, held back until told. */
  function hold(matches: (call: SqsCall) => boolean) {
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let taken = false;
    const matchOnce = (call: SqsCall) => {
      if (taken || !matches(call)) return false;
      taken = true;
      reached.resolve();
      return true;
    };
    return { reached: reached.promise, go: go.resolve, until: go.promise, matchOnce };
  }

  it('never leads on a baton that it received before, and has not sent a successor for', async () => {
    const { start, sqs, batons } = await prepareArena();
    const held = hold(({ action }) => action === 'ReceiveMessage');
    sqs.setFault((call) =>
      held.matchOnce(call) ? { kind: 'hold-answer', until: held.until } : undefined,
    );
    const paused = start();
    await held.reached;
    await until(() => batons() === 1, { withinMs: 5_000 });
    paused.signal('SIGSTOP');
    held.go();
    const rival = start();
    await rival.event('elected', { withinMs: FAIL_OVER_MS });
    const sends = () => sqs.calls.filter(({ action }) => action === 'SendMessage').length;
    const sent = sends();

    paused.signal('SIGCONT');

    await paused.event('standby', { withinMs: FAIL_OVER_MS });
    expect(sends()).toBe(sent);
    expect(paused.lines.some(({ event }) => event === 'elected')).toBe(false);
    expect(rival.lines.some(({ event }) => event === 'lost')).toBe(false);
  });

  it('harms nobody by a successor that arrives late', async () => {
    const { start, sqs, batons } = await prepareArena();
    const held = hold(
      ({ action, input }) =>
        action === 'SendMessage' && !String(input.MessageBody).includes('seed'),
    );
    sqs.setFault((call) =>
      held.matchOnce(call) ? { kind: 'hold-request', until: held.until } : undefined,
    );
    const paused = start();
    await held.reached;
    paused.signal('SIGSTOP');
    const rival = start();
    await rival.event('elected', { withinMs: FAIL_OVER_MS });
    const token = await electedToken(rival);
    const before = batons();

    held.go();
    await until(() => batons() > before, { withinMs: 5_000 });
    paused.signal('SIGCONT');

    await paused.event('standby', { withinMs: FAIL_OVER_MS });
    expect(paused.lines.some(({ event }) => event === 'elected')).toBe(false);
    expect(rival.lines.some(({ event }) => event === 'lost')).toBe(false);
    // The number of the late successor is above the leader's token, and fences nobody: it is no token.
    rival.signal('SIGTERM');
    expect(await electedToken(paused)).toBeGreaterThan(token);
  });
});
