/**
 * Ticks from the producer through the strict queue to the function, which is invoked as Lambda's event
 * source invokes it: one message at a time, deleted when the invocation succeeds.
 */
import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeTickHandler, type TickEvent, tickSender } from '../../lib/sqs/index.ts';
import { environmentFor, type FreshTable, freshTable } from '../support/dynamodb.ts';
import { type StrictSqs, startStrictSqs } from '../support/sqs/strict-sqs.ts';

let sqs: StrictSqs;
let table: FreshTable;
let handler: ReturnType<typeof makeTickHandler>;

beforeAll(async () => {
  sqs = await startStrictSqs();
  table = await freshTable();
  for (const [name, value] of Object.entries(environmentFor(table.endpoint))) {
    vi.stubEnv(name, value);
  }
  vi.stubEnv('TENURE_TABLE', table.tableName);
  ({ handler } = await import('../../functions/election-ticks/index.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  table[Symbol.dispose]();
  await sqs[Symbol.asyncDispose]();
});

const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 30_000 };

async function createQueue(attributes: Readonly<Record<string, string>> = {}): Promise<string> {
  const created = await sqs.client.send(
    new CreateQueueCommand({
      QueueName: `${randomUUID()}.fifo`,
      Attributes: { FifoQueue: 'true', ...attributes },
    }),
  );
  return created.QueueUrl ?? '';
}

async function receive(
  queueUrl: string,
): Promise<{ event: TickEvent; handle: string } | undefined> {
  const { Messages = [] } = await sqs.client.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageSystemAttributeNames: ['All'] }),
  );
  const [message] = Messages;
  if (message === undefined) return undefined;
  const { MessageId: messageId = '', Body: body = '', ReceiptHandle: handle = '' } = message;
  const attributes = message.Attributes as never;
  return { event: { Records: [{ messageId, body, attributes }] }, handle };
}

/** One step of the event source: invokes, then deletes or leaves for another delivery at once. */
async function deliverOne(queueUrl: string): Promise<'done' | 'failed' | 'empty'> {
  const received = await receive(queueUrl);
  if (received === undefined) return 'empty';
  const { event, handle } = received;
  const about = { QueueUrl: queueUrl, ReceiptHandle: handle };
  try {
    await handler(event, context);
    await sqs.client.send(new DeleteMessageCommand(about));
    return 'done';
  } catch {
    await sqs.client.send(new ChangeMessageVisibilityCommand({ ...about, VisibilityTimeout: 0 }));
    return 'failed';
  }
}

async function stateOf(election: string) {
  const { Item } = await table.client.send(
    new GetItemCommand({
      TableName: table.tableName,
      Key: { pk: { S: `ticks#${election}` }, sk: { S: 'state' } },
    }),
  );
  return Item && { state: Item.state?.S, token: Item.fencingToken?.N };
}

const senderOf = (queueUrl: string) => tickSender({ queueUrl, clientConfig: sqs.clientConfig });

describe('a tick', () => {
  it("carries its message's number as token, with all of its digits", async () => {
    const queueUrl = await createQueue();
    sqs.numberFrom(queueUrl.split('/').at(-1) ?? '', 18_889_999_999_999_999_871n);
    const { token } = await senderOf(queueUrl).send({ election: 'long', body: '{"shards":4}' });

    expect(await deliverOne(queueUrl)).toBe('done');

    expect(token).toBe(18_889_999_999_999_999_872n);
    expect(await stateOf('long')).toEqual({ state: '{"shards":4}', token: String(token) });
  });

  it('has a higher token than the tick before it, and an equal one on redelivery', async () => {
    const queueUrl = await createQueue();
    const tokens: bigint[] = [];
    const collect = makeTickHandler((tick) => {
      tokens.push(tick.token);
    });
    const sender = senderOf(queueUrl);
    await sender.send({ election: 'e', body: '1' });
    await sender.send({ election: 'e', body: '2' });

    const first = await receive(queueUrl);
    if (first) await collect(first.event, context);
    sqs.advance(31_000);
    for (let n = 0; n < 2; n += 1) {
      const next = await receive(queueUrl);
      if (next === undefined) throw new Error('no tick was delivered');
      await collect(next.event, context);
      const about = { QueueUrl: queueUrl, ReceiptHandle: next.handle };
      await sqs.client.send(new DeleteMessageCommand(about));
    }

    expect(tokens[1]).toBe(tokens[0]);
    expect(tokens[2]).toBeGreaterThan(tokens[1] ?? 0n);
  });

  it('is one tick where two producers send it for the same occasion', async () => {
    const queueUrl = await createQueue();
    const tick = { election: 'once', body: '{}', deduplicationId: '2026-11-20T20:15' };
    const [a, b] = [await senderOf(queueUrl).send(tick), await senderOf(queueUrl).send(tick)];
    expect(a).toEqual(b);
    expect(await deliverOne(queueUrl)).toBe('done');
    expect(await deliverOne(queueUrl)).toBe('empty');
  });

  it('that is poison goes to the dead-letter queue, and those behind it are worked', async () => {
    const deadUrl = await createQueue();
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${deadUrl.split('/').at(-1)}`,
      maxReceiveCount: 3,
    });
    const queueUrl = await createQueue({ RedrivePolicy });
    const sender = senderOf(queueUrl);
    await sender.send({ election: 'poisoned', body: 'no JSON' });
    await sender.send({ election: 'poisoned', body: '{"good":true}' });

    const results = [];
    for (let n = 0; n < 5; n += 1) results.push(await deliverOne(queueUrl));

    expect(results).toEqual(['failed', 'failed', 'failed', 'done', 'empty']);
    expect((await stateOf('poisoned'))?.state).toBe('{"good":true}');
    expect((await receive(deadUrl))?.event.Records[0]?.body).toBe('no JSON');
  });

  it('whose invocation wakes after a later tick changes nothing, and is not delivered again', async () => {
    const queueUrl = await createQueue();
    const sender = senderOf(queueUrl);
    await sender.send({ election: 'late', body: '{"n":1}' });
    const frozen = await receive(queueUrl);
    await sqs.client.send(
      new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: frozen?.handle }),
    );
    await sender.send({ election: 'late', body: '{"n":2}' });
    expect(await deliverOne(queueUrl)).toBe('done');

    await handler(frozen?.event ?? { Records: [] }, context);

    expect((await stateOf('late'))?.state).toBe('{"n":2}');
  });

  it('is worked twice without harm when it is delivered twice', async () => {
    const queueUrl = await createQueue();
    await senderOf(queueUrl).send({ election: 'twice', body: '{"n":1}' });
    const received = await receive(queueUrl);
    for (let n = 0; n < 2; n += 1) await handler(received?.event ?? { Records: [] }, context);
    expect((await stateOf('twice'))?.state).toBe('{"n":1}');
  });

  it('is not written once the invocation has no time left', async () => {
    const queueUrl = await createQueue();
    await senderOf(queueUrl).send({ election: 'out-of-time', body: '{}' });
    const received = await receive(queueUrl);
    const over = { ...context, getRemainingTimeInMillis: () => 0 };
    await expect(handler(received?.event ?? { Records: [] }, over)).rejects.toMatchObject({
      code: 'LEADERSHIP_LOST',
    });
    expect(await stateOf('out-of-time')).toBeUndefined();
  });
});

describe('the handler refuses', () => {
  const attributes = { SequenceNumber: '1', MessageGroupId: 'e', ApproximateReceiveCount: '1' };
  const record = { messageId: 'm', body: '{}', attributes };
  const refuse = makeTickHandler(() => undefined);

  it('a batch of more than one tick', async () => {
    await expect(refuse({ Records: [record, record] }, context)).rejects.toThrow(
      /batch size must be 1, got 2/,
    );
  });

  it('a message of a standard queue', async () => {
    const standard = { ...record, attributes: { ApproximateReceiveCount: '1' } };
    await expect(refuse({ Records: [standard] }, context)).rejects.toThrow(/must be a FIFO queue/);
  });
});

it('the sender refuses what SQS cannot carry', async () => {
  const sender = tickSender({ queueUrl: 'http://127.0.0.1:9/0/e.fifo' });
  await expect(sender.send({ election: 'a b', body: '{}' })).rejects.toThrow(/got "a b"/);
  await expect(sender.send({ election: '', body: '{}' })).rejects.toThrow(/1 to 128/);
});
