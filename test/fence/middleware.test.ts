/** The guard inside real middy handlers, and what the senders' helpers make of its answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, SQSEvent, SQSRecord } from 'aws-lambda';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  fencedFetch,
  fencedMessage,
  fenceGuard,
  fencingGuard,
  fencingHeaders,
  memoryFence,
  recordsGuard,
} from '../../lib/fence/index.ts';
import { startSqsLocal } from '../../lib/local/index.ts';
import { termOf } from '../support/fencing-term.ts';

interface Answer {
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A handler of HTTP events that counts what reaches it. */
function printer(options: { readonly missing?: 'reject' | 'admit' } = {}) {
  const printed: string[] = [];
  const guard = fenceGuard({ store: memoryFence() });
  const handler = middy<APIGatewayProxyEventV2, Answer>()
    .use(
      fencingGuard<APIGatewayProxyEventV2>({
        guard,
        resource: ({ rawPath }) => rawPath,
        ...options,
      }),
    )
    .handler(async (event): Promise<Answer> => {
      printed.push(event.body ?? '');
      return { statusCode: 200, body: 'printed' };
    });
  const post = (headers: Record<string, string>, rawPath = '/printer') =>
    handler({ headers, rawPath, body: 'page' } as APIGatewayProxyEventV2, {} as never);
  return { post: post as (...args: Parameters<typeof post>) => Promise<Answer>, printed };
}

describe('the guard before an HTTP handler', () => {
  test('answers 409 with both tokens to a stale leader, whose request goes no further', async () => {
    const { post, printed } = printer();
    expect(await post({ 'fencing-token': '6' })).toMatchObject({ statusCode: 200 });
    const refused = await post({ 'FENCING-Token': '5' });
    expect(refused).toMatchObject({ statusCode: 409, headers: { 'Fencing-Token-Highest': '6' } });
    expect(JSON.parse(refused.body ?? '')).toMatchObject({
      code: 'STALE_TOKEN',
      token: '5',
      highestToken: '6',
      resource: '/printer',
    });
    expect(await post({ 'fencing-token': '5' }, '/other')).toMatchObject({ statusCode: 200 });
    expect(printed).toHaveLength(2);
  });

  test.each([
    ['none', {}, 428],
    ['text', { 'fencing-token': 'seven' }, 400],
    ['a sign', { 'fencing-token': '-7' }, 400],
    ['39 digits', { 'fencing-token': '1'.repeat(39) }, 400],
  ])('refuses a request whose token is %s', async (_title, headers, statusCode) => {
    const { post, printed } = printer();
    expect(await post(headers as Record<string, string>)).toMatchObject({ statusCode });
    expect(printed).toEqual([]);
  });

  test('lets a request without a token pass where that is wanted', async () => {
    const { post } = printer({ missing: 'admit' });
    expect(await post({})).toMatchObject({ statusCode: 200 });
  });
});

/** A real server, whose requests go through the guarded handler. */
async function served() {
  const { post, printed } = printer();
  const server = createServer(async (request, response) => {
    const answer = await post(request.headers as Record<string, string>, request.url);
    response.writeHead(answer.statusCode, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/printer`, printed };
}

describe('fencedFetch', () => {
  test("sends the token, and turns a guard's 409 into StaleTokenError", async () => {
    const { url, printed } = await served();
    const old = termOf(5n);
    const newer = fencedFetch(termOf(10n ** 20n));
    const answer = await newer(url, { method: 'POST', body: 'page' });
    expect(answer.status).toBe(200);
    await expect(fencedFetch(old)(new Request(url))).rejects.toMatchObject({
      code: 'STALE_TOKEN',
      token: 5n,
      highestToken: 10n ** 20n,
    });
    expect(old.events).toMatchObject([{ event: 'fence-rejected', resource: url }]);
    expect(printed).toHaveLength(1);
  });

  test('tells neither error nor journal what a URL hides in its user, query or fragment', async () => {
    const { url } = await served();
    const secret = `${url}?key=s3cret&at=1#s3cret`;
    await fencedFetch(termOf(9n))(secret, { method: 'POST', body: 'page' });
    const old = termOf(5n);
    const refused = fencedFetch(old)(secret).catch((error) => error);
    const told = `${await refused} ${JSON.stringify(old.events, (_, value) => `${value}`)}`;
    expect(told).toContain('/printer');
    expect(told).not.toContain('s3cret');
    expect(old.events).toMatchObject([{ resource: url }]);
  });

  test('keeps the headers of the request and of the options', async () => {
    const seen: Headers[] = [];
    const send: typeof fetch = async (_input, init) => {
      seen.push(new Headers(init?.headers));
      return new Response(null, { status: 409 });
    };
    const go = fencedFetch(termOf(7n), send);
    const plain409 = await go(new Request('http://localhost/', { headers: { a: 'b' } }));
    await go('http://localhost/', { headers: { c: 'd' } });
    expect(plain409.status).toBe(409);
    expect(seen.map((headers) => Object.fromEntries(headers))).toEqual([
      { a: 'b', 'fencing-token': '7' },
      { c: 'd', 'fencing-token': '7' },
    ]);
  });

  test('sends nothing once the term is over', async () => {
    const { url, printed } = await served();
    const term = termOf(5n);
    term.end();
    await expect(fencedFetch(term)(url)).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    expect(printed).toEqual([]);
  });

  test('has its header for other clients', () => {
    expect(fencingHeaders(termOf(7n))).toEqual({ 'Fencing-Token': '7' });
  });
});

/** A record as Lambda delivers what `fencedMessage` made. */
function recordOf(messageId: string, token: bigint | undefined, group?: string): SQSRecord {
  const { MessageAttributes = {} } = token === undefined ? {} : fencedMessage(termOf(token), {});
  const sent = Object.entries(MessageAttributes).map(([name, attribute]) => [
    name,
    { dataType: attribute.DataType, stringValue: attribute.StringValue },
  ]);
  return {
    messageId,
    messageAttributes: Object.fromEntries(sent),
    attributes: group === undefined ? {} : { MessageGroupId: group },
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:ledger.fifo',
  } as SQSRecord;
}

function consumer(options: { readonly stale?: 'fail' | 'drop' } = {}) {
  const consumed: string[] = [];
  const dropped: string[] = [];
  const guard = fenceGuard({ store: memoryFence() });
  const handler = middy<SQSEvent>()
    .use(
      recordsGuard<SQSRecord>({
        guard,
        resource: 'ledger',
        onDropped: ({ messageId }) => dropped.push(messageId),
        ...options,
      }),
    )
    .handler(async ({ Records }) => {
      consumed.push(...Records.map(({ messageId }) => messageId));
      const failing = Records.filter(({ body }) => body === 'fail');
      return {
        batchItemFailures: failing.map(({ messageId: itemIdentifier }) => ({ itemIdentifier })),
      };
    });
  const deliver = (...Records: SQSRecord[]) => handler({ Records }, {} as never);
  return { deliver, consumed, dropped };
}

const failures = (...ids: string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('the guard before a handler of records', () => {
  test('reports stale records and those without a token, beside what the handler reports', async () => {
    const { deliver, consumed } = consumer();
    const failing = { ...recordOf('e', 7n), body: 'fail' };
    const answer = await deliver(
      recordOf('a', 6n),
      recordOf('b', 5n),
      recordOf('c', undefined),
      recordOf('d', 7n),
      failing,
      recordOf('f', 6n),
    );
    expect(consumed).toEqual(['a', 'd', 'e']);
    expect(answer).toEqual(failures('b', 'c', 'f', 'e'));
  });

  test('does not call the handler where nothing is admitted', async () => {
    const { deliver, consumed } = consumer();
    await deliver(recordOf('a', 6n));
    expect(await deliver(recordOf('b', 5n))).toEqual(failures('b'));
    expect(consumed).toEqual(['a']);
  });

  test('fails what follows a failed message of the same group, and no other group', async () => {
    const { deliver, consumed } = consumer();
    await deliver(recordOf('a', 6n));
    const answer = await deliver(
      recordOf('b', 5n, 'g'),
      recordOf('c', 6n, 'g'),
      recordOf('d', 6n, 'h'),
    );
    expect(answer).toEqual(failures('b', 'c'));
    expect(consumed).toEqual(['a', 'd']);
  });

  test('lets stale records count as done where that is wanted, and tells of each', async () => {
    const { deliver, consumed, dropped } = consumer({ stale: 'drop' });
    await deliver(recordOf('a', 6n));
    expect(await deliver(recordOf('b', 5n, 'g'), recordOf('c', 6n, 'g'))).toEqual(failures());
    expect(dropped).toEqual(['b']);
    expect(consumed).toEqual(['a', 'c']);
  });

  test('admits a redelivered record', async () => {
    const { deliver, consumed } = consumer();
    await deliver(recordOf('a', 6n));
    expect(await deliver(recordOf('a', 6n))).toEqual(failures());
    expect(consumed).toEqual(['a', 'a']);
  });
});

describe('in a FIFO group', () => {
  test('nothing above is admitted before what is below has succeeded', async () => {
    const { deliver, consumed } = consumer({ stale: 'drop' });
    const [old, older] = [recordOf('a', 5n, 'g'), recordOf('b', 5n, 'g')];
    const [newer, last] = [recordOf('c', 6n, 'g'), recordOf('d', 5n, 'g')];
    const failing = { ...old, body: 'fail' };
    expect(await deliver(failing, older, newer, last)).toEqual(failures('c', 'd', 'a'));
    expect(consumed).toEqual(['a', 'b']);
    // When it is delivered again it is admitted: the newer leader's record has not been admitted before it.
    expect(await deliver(old)).toEqual(failures());
    expect(await deliver(newer, last)).toEqual(failures());
    expect(consumed).toEqual(['a', 'b', 'a', 'c']);
  });

  test('a newer token of another group goes its own way', async () => {
    const { deliver, consumed } = consumer();
    expect(await deliver(recordOf('a', 5n, 'g'), recordOf('b', 6n, 'h'))).toEqual(failures());
    expect(consumed).toEqual(['a', 'b']);
  });

  test('what a standard queue calls a group orders nothing', async () => {
    const { deliver, consumed } = consumer();
    const standard = { eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:ledger' };
    const records = [recordOf('a', 6n, 'g'), recordOf('b', 5n, 'g'), recordOf('c', 7n, 'g')];
    const answer = await deliver(...records.map((record) => ({ ...record, ...standard })));
    expect(answer).toEqual(failures('b'));
    expect(consumed).toEqual(['a', 'c']);
  });
});

describe('fencedMessage', () => {
  test('adds the token to the attributes that are there', () => {
    const message = {
      MessageBody: 'b',
      MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } },
    };
    expect(fencedMessage(termOf(7n), message)).toEqual({
      MessageBody: 'b',
      MessageAttributes: {
        ...message.MessageAttributes,
        FencingToken: { DataType: 'String', StringValue: '7' },
      },
    });
  });

  test('comes through a queue as it was sent', async () => {
    await using queues = await startSqsLocal();
    const client = new SQSClient({
      endpoint: queues.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'ledger' }));
    const token = 10n ** 19n + 1n;
    const input = fencedMessage(termOf(token), { QueueUrl, MessageBody: 'b' });
    await client.send(new SendMessageCommand(input));
    const { Messages } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }),
    );
    expect(Messages?.[0]?.MessageAttributes?.FencingToken?.StringValue).toBe(`${token}`);
    client.destroy();
  });

  test('refuses an eleventh attribute, and a term that is over', () => {
    const ten = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`a${n}`, { DataType: 'String' }]),
    );
    expect(() => fencedMessage(termOf(7n), { MessageAttributes: ten })).toThrow(/got 10/);
    const term = termOf(7n);
    term.end();
    expect(() => fencedMessage(term, {})).toThrow(/is over/);
  });
});
