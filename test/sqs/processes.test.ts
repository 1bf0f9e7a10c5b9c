/**
 * The baton among real processes: killed, frozen, and told to stop.
 */
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { environmentFor, freshTable } from '../support/dynamodb.ts';
import { electedToken, LEASE_MS, prepareArena } from './candidates.ts';

describe('a leader over a queue', () => {
  it('is replaced when it is killed with SIGKILL, with a higher token', async () => {
    const { start } = await prepareArena();
    const leader = start();
    const first = await electedToken(leader);
    const rival = start();
    await rival.event('standby');

    leader.signal('SIGKILL');

    await rival.event('elected');
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
    await rival.event('elected');
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
});

it('another term begins, with a higher token, after the queue was emptied under the candidates', async () => {
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
    [leader, rival].map((one, n) => one.event('elected', { after: after[n] ?? 0 })),
  );
  expect(BigInt(String(again.token))).toBeGreaterThan(first);
});
