/**
 * More deaths of leaders below `tenure guard`, and the last will over a real local queue.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSqsLocal } from '../../lib/local/index.ts';
import { seedBaton } from '../../lib/sqs/index.ts';
import { startWorker } from '../support/processes.ts';
import { startTenure, tenureCommand } from '../support/tenure.ts';
import { hasWill, leaderCommand, lease, prepareGuarded, prepareTable } from './forms.ts';

/** Far longer than a test takes, so that an election before its end is the will's doing. */
const LONG_LEASE_MS = 900_000;
/** Short enough to wait for. */
const SHORT_LEASE_MS = 6_000;

describe('a program below tenure guard', () => {
  it.each([
    ['as a renewal is sent', 'exit-renewing'],
    ['as a renewal is answered, before it has heard of it', 'exit-renewed'],
  ])('has its role released when it exits %s', async (_, how) => {
    const command = leaderCommand(lease(LONG_LEASE_MS));
    const { worker, rival } = await prepareGuarded(LONG_LEASE_MS, command);

    worker.stdin.write(`${how}\n`);

    expect((await worker.ended()).code).toBe(3);
    expect(worker.stderr()).toContain('last will of orders (term 1): released it');
    expect((await rival.event('elected')).token).toBe('2');
  });

  it('has its role released when there is no memory left for it', async () => {
    const limited = ['sh', '-c', 'ulimit -v 3000000; exec "$@"', 'sh'];
    const command = [...limited, ...leaderCommand(lease(LONG_LEASE_MS))];
    const { worker } = await prepareGuarded(LONG_LEASE_MS, command);

    worker.stdin.write('oom\n');

    expect((await worker.ended()).code).not.toBe(0);
    expect(worker.stderr()).toMatch(/allocat|out of memory/i);
    expect(worker.stderr()).toContain('last will of orders (term 1): released it');
  });

  it('has no will executed when its guard is killed together with it: the lease lapses', async () => {
    const command = leaderCommand(lease(SHORT_LEASE_MS));
    const { worker, pid, lapses } = await prepareGuarded(SHORT_LEASE_MS, command);

    process.kill(worker.pid, 'SIGKILL');
    process.kill(pid, 'SIGKILL');

    await lapses();
  });
});

describe('the last will over a queue', () => {
  async function startQueue() {
    const sqs = await startSqsLocal();
    onTestFinished(() => sqs.stop());
    const table = await prepareTable();
    const { env } = tenureCommand([], table);
    const rivalOf = (...wishes: readonly string[]) =>
      startWorker(leaderCommand(...wishes).slice(1), { env });
    return { sqs, table, env, rivalOf };
  }

  it('hints, so that a standby that would not read for long is elected at once', async () => {
    const { sqs, table, rivalOf } = await startQueue();
    const hints = `hints=${await sqs.createQueue('hints')}`;
    const command = leaderCommand(lease(LONG_LEASE_MS), hints);
    const worker = startTenure(['guard', '--', ...command], table);
    await hasWill(worker);
    // The rival reads the record again only after 40 s.
    const rival = rivalOf(lease(LONG_LEASE_MS), 'renew=40000', hints);
    await rival.event('standby');

    process.kill(Number((await worker.event('started')).pid), 'SIGKILL');

    const elected = await rival.event('elected');
    expect(elected.token).toBe('2');
    await worker.ended();
    expect(worker.stderr()).toContain('released it');
  });

  it('deletes the batons that were held, so that the next one is received', async () => {
    const { sqs, table, rivalOf } = await startQueue();
    const queueUrl = await sqs.createQueue('batons.fifo', {
      VisibilityTimeout: String(LONG_LEASE_MS / 1_000),
    });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const clientConfig = { region: 'us-east-1', credentials };
    await seedBaton({ queueUrl, election: 'orders', clientConfig });
    const wishes = [lease(LONG_LEASE_MS), `queue=${queueUrl}`];
    const worker = startTenure(['guard', '--', ...leaderCommand(...wishes)], table);
    await hasWill(worker);
    const rival = rivalOf(...wishes);
    await rival.event('standby');

    process.kill(Number((await worker.event('started')).pid), 'SIGKILL');

    const elected = await rival.event('elected');
    expect(BigInt(String(elected.token))).toBeGreaterThan(
      BigInt(String((await worker.event('elected')).token)),
    );
    await worker.ended();
    expect(worker.stderr()).toContain('released it');
  });
});
