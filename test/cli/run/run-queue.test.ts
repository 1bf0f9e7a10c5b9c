/**
 * `tenure run --queue`: the contract of `tenure run`, over a queue.
 */
import { describe, expect, it } from 'vitest';
import {
  createBatonQueue,
  createSeededQueue,
  LEASE_SECONDS,
  nameOf,
  strictSqs,
} from '../../sqs/queues.ts';
import { isRunning } from '../../support/processes.ts';
import { program, startTenure } from '../../support/tenure.ts';

const LEASE = ['--lease', `${LEASE_SECONDS}s`, '--renew', '1s'];
/** Cleared: the program must not find the values of this machine. */
const env = { AWS_ENDPOINT_URL_DYNAMODB: undefined, TENURE_TABLE: undefined };

async function prepare() {
  const sqs = await strictSqs();
  const queueUrl = await createSeededQueue(sqs, 'orders');
  const run = (...command: readonly string[]) =>
    startTenure(
      ['run', 'orders', '--queue', queueUrl, ...LEASE, '--json', '--', ...command],
      undefined,
      {
        env,
      },
    );
  return { sqs, queueUrl, run };
}

describe('tenure run over a queue', () => {
  it('gives the command a token with all of its 20 digits, and its exit code to the shell', async () => {
    const { sqs, queueUrl, run } = await prepare();
    sqs.numberFrom(nameOf(queueUrl), 18_889_999_999_999_999_871n);

    const worker = run('sh', '-c', 'echo "$TENURE_TOKEN"; exit 7');

    expect(await worker.ended()).toEqual({ code: 7, signal: null });
    expect(worker.stdout()).toBe('18889999999999999873\n');
    expect(await worker.event('elected')).toMatchObject({ token: '18889999999999999873' });
  });

  it('hands over at SIGTERM once its command has stopped, and exits with 0', async () => {
    const { run } = await prepare();
    const leader = run(...program('command.ts'));
    await leader.event('command');
    const rival = run(...program('command.ts'));
    await rival.event('standby');

    leader.signal('SIGTERM');

    const stopped = await leader.event('sigterm');
    expect(await leader.ended()).toEqual({ code: 0, signal: null });
    const elected = await rival.event('elected');
    expect(Number(elected.atEpochMs)).toBeGreaterThanOrEqual(Number(stopped.atEpochMs));
    expect((await leader.event('resigned')).token).not.toBe(elected.token);
  });

  it('has its command dead before another candidate is elected when it was killed with SIGKILL', async () => {
    const { run } = await prepare();
    const leader = run(...program('command.ts', 'ignore-sigterm', 'child'));
    const command = await leader.event('command');
    const rival = run(...program('command.ts'));
    await rival.event('standby');

    leader.signal('SIGKILL');

    await rival.event('elected');
    const family = [Number(command.pid), ...(command.children as number[])];
    expect(await Promise.all(family.map(isRunning))).toEqual([false, false]);
  });
});

describe('a queue that tenure run cannot use', () => {
  const complain = async (queueUrl: string, ...options: string[]) => {
    const args = ['run', 'orders', '--queue', queueUrl, ...options, '--', 'true'];
    const worker = startTenure(args, undefined, {
      env: { ...env, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    });
    const { code } = await worker.ended();
    return { code, said: worker.stderr() };
  };

  it('ends it with 2 when the queue contradicts the timings, in the words of the options', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createBatonQueue(sqs);
    const { code, said } = await complain(queueUrl);
    expect(code).toBe(2);
    expect(said).toContain("--lease must equal the queue's VisibilityTimeout (5000), got 30000");
  });

  it('ends it with 2 when it is no FIFO queue, or asked for with a table', async () => {
    expect(await complain('http://127.0.0.1:9/0/orders')).toMatchObject({
      code: 2,
      said: expect.stringContaining('create a FIFO queue'),
    });
    expect(await complain('http://127.0.0.1:9/0/orders.fifo', '--create-table')).toMatchObject({
      code: 2,
      said: expect.stringContaining("'--queue <url>' cannot be used with option '--create-table'"),
    });
  });

  it('ends it with 3 when it is not there, or does not answer', async () => {
    const sqs = await strictSqs();
    const missing = `${sqs.endpoint}/000000000000/missing.fifo`;
    expect(await complain(missing)).toMatchObject({
      code: 3,
      said: expect.stringContaining(`there is no queue at ${missing}`),
    });
    expect(await complain('http://127.0.0.1:9/0/orders.fifo')).toMatchObject({
      code: 3,
      said: expect.stringContaining('did not answer'),
    });
  });
});
