/**
 * `tenure doctor --queue` and `tenure status --queue`: what a queue shows while no candidate receives from it.
 */
import { expect, it } from 'vitest';
import {
  createBatonQueue,
  createSeededQueue,
  electionOver,
  LEASE_SECONDS,
  strictSqs,
} from '../../sqs/queues.ts';
import { startTenure } from '../../support/tenure.ts';

const LEASE = ['--lease', `${LEASE_SECONDS}s`, '--renew', '1s'];
const env = { AWS_ENDPOINT_URL_DYNAMODB: undefined, TENURE_TABLE: undefined };

async function verb(...args: string[]) {
  const tenure = startTenure([...args, '--json'], undefined, { env });
  const { code } = await tenure.ended({ withinMs: 120_000 });
  return { code, said: JSON.parse(tenure.stdout() || tenure.stderr()) };
}

const status = (queueUrl: string) => verb('status', 'e', '--queue', queueUrl);

type Finding = { check: string; result: string; message: string };
async function doctor(queueUrl: string, ...options: string[]) {
  const { code, said } = await verb('doctor', 'e', '--queue', queueUrl, ...options);
  const findings = (said as { findings: Finding[] }).findings;
  return { code, findings, results: findings.map(({ check, result }) => `${check} ${result}`) };
}

it('tells whether a baton is held, and takes none', async () => {
  const sqs = await strictSqs();
  const queueUrl = await createSeededQueue(sqs);
  const free = {
    code: 1,
    said: { election: 'e', state: 'free', heldBatons: 0, receivableBatons: 1 },
  };
  expect(await status(queueUrl)).toEqual(free);
  expect(await status(queueUrl)).toEqual(free);

  const term = await electionOver(sqs, queueUrl).campaign();
  const held = await status(queueUrl);
  expect(held).toMatchObject({ code: 0, said: { state: 'held', heldBatons: 1 } });
  expect(term.remainingMs()).toBeGreaterThan(0);
  await term.resign();

  const words = startTenure(['status', 'e', '--queue', queueUrl], undefined, { env });
  await words.ended({ withinMs: 120_000 });
  expect(words.stdout()).toContain('who leads is not readable from a queue without receiving');
});

it('finds nothing wrong with a queue that is fit, and receives nothing from it', async () => {
  const sqs = await strictSqs();
  const queueUrl = await createSeededQueue(sqs);

  const { code, results } = await doctor(queueUrl, ...LEASE);

  expect(results).toEqual([
    'credentials ok',
    'queue ok',
    'encryption ok',
    'batons ok',
    'grants ok',
  ]);
  expect(code).toBe(0);
  expect(sqs.calls.map(({ action }) => action)).not.toContain('ReceiveMessage');
});

it('names each setting that is wrong, and what to change', async () => {
  const sqs = await strictSqs();
  const queueUrl = await createBatonQueue(sqs, {
    ContentBasedDeduplication: 'true',
    MessageRetentionPeriod: '3600',
    SqsManagedSseEnabled: 'false',
  });

  const { code, findings } = await doctor(queueUrl);

  expect(code).toBe(1);
  const failed = findings.filter(({ result }) => result === 'failed');
  expect(failed.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^ContentBasedDeduplication must be false, got true/),
    expect.stringMatching(/^--lease must equal the queue's VisibilityTimeout \(5000\), got 30000/),
    expect.stringMatching(/^MessageRetentionPeriod must be at least/),
  ]);
  const warnings = findings.filter(({ result }) => result === 'warning');
  expect(warnings.map(({ check }) => check)).toEqual(['encryption', 'batons']);
});

it('tries what candidates need, with a handle that holds nothing', async () => {
  const sqs = await strictSqs();
  const queueUrl = await createSeededQueue(sqs);
  sqs.setFault(({ action }) =>
    action === 'DeleteMessage'
      ? { kind: 'answer', status: 403, code: 'AccessDeniedException' }
      : undefined,
  );

  const { code, findings } = await doctor(queueUrl, ...LEASE);

  expect(code).toBe(1);
  expect(findings.at(-1)).toMatchObject({ check: 'grants', result: 'failed' });
  expect(await status(queueUrl)).toMatchObject({ said: { receivableBatons: 1 } });
});

it('says that a queue is not there', async () => {
  const sqs = await strictSqs();
  const { code, findings } = await doctor(`${sqs.endpoint}/000000000000/none.fifo`);

  expect(code).toBe(1);
  expect(findings.at(-1)).toMatchObject({ check: 'queue', result: 'failed' });
  expect(findings.at(-1)?.message).toMatch(/^there is no queue at /);
});
