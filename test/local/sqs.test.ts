import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { localSqs, startSqsLocal } from '../../lib/local/index.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

it('serves a FIFO queue on the loopback, and is gone when it is stopped', async () => {
  const local = await startSqsLocal();
  expect(new URL(local.endpoint).hostname).toBe('127.0.0.1');
  const queueUrl = await local.createQueue('jobs.fifo', { VisibilityTimeout: '5' });
  const client = new SQSClient({ endpoint: local.endpoint, region: 'us-east-1', credentials });

  await client.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: 'hello',
      MessageGroupId: 'g',
      MessageDeduplicationId: '1',
    }),
  );
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
  expect(Messages?.[0]?.Body).toBe('hello');

  client.destroy();
  await local.stop();
  await expect(fetch(local.endpoint)).rejects.toThrow();
});

it('gives the same queue for the same name', async () => {
  await using local = await startSqsLocal();
  const queueUrl = await local.createQueue('jobs.fifo');
  expect(await local.createQueue('jobs.fifo')).toBe(queueUrl);
  expect(queueUrl.startsWith(local.endpoint)).toBe(true);
});

it('prefers an endpoint that is given, and does not stop it', async () => {
  await using running = await startSqsLocal();
  const given = await localSqs({ env: { TENURE_SQS_ENDPOINT: running.endpoint } });
  expect(given).toMatchObject({ source: 'environment', endpoint: running.endpoint });
  await given.createQueue('jobs.fifo');

  await given.stop();

  expect((await fetch(`${running.endpoint}/health`)).status).toBe(200);
});

it('says which queue could not be created, and why', async () => {
  await using local = await startSqsLocal();
  await expect(local.createQueue('jobs', { FifoQueue: 'true' })).rejects.toThrow(
    /did not create the queue jobs: 400/,
  );
});
