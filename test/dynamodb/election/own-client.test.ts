/**
 * A client that the user gives: its Region, endpoint and middleware hold for the lease calls, its retries
 * do not.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { createElection } from '../../../lib/index.ts';
import { createQueueClient } from '../../../lib/sqs/client.ts';
import { freshTable } from '../../support/dynamodb.ts';

interface Arguments {
  readonly request: { readonly headers: Record<string, string>; readonly port?: number };
}

interface Seen {
  readonly authorization: string;
  readonly port: number | undefined;
  readonly trace: string | undefined;
}

/** Traces as common tracers do: one middleware adds a header, another one sees each attempt leave. */
function traced(client: DynamoDBClient): readonly Seen[] {
  const seen: Seen[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      (args as unknown as Arguments).request.headers['x-trace'] = 'mine';
      return next(args);
    },
    { step: 'build', name: 'tracer' },
  );
  const observer = (next: (args: Arguments) => unknown) => (args: Arguments) => {
    const { headers, port } = args.request;
    seen.push({ authorization: headers.authorization ?? '', port, trace: headers['x-trace'] });
    return next(args);
  };
  const after = { relation: 'after', toMiddleware: 'httpSigningMiddleware' } as const;
  client.middlewareStack.addRelativeTo(observer as never, { ...after, name: 'observer' });
  return seen;
}

it('lends its Region, endpoint, credentials and middleware to each call of an election', async () => {
  const { tableName, endpoint, clientConfig } = await freshTable();
  const region = 'eu-central-1';
  // DynamoDB Local shares its tables over Regions.
  const client = new DynamoDBClient({ ...clientConfig, region, maxAttempts: 7 });
  onTestFinished(() => client.destroy());
  const seen = traced(client);
  const via = dynamoDbLease({ client, tableName });

  await (await createElection({ name: 'x', via }).campaign()).resign();

  expect(seen.length).toBeGreaterThanOrEqual(3);
  for (const { authorization, port, trace } of seen) {
    expect(authorization).toContain(`/${region}/dynamodb/`);
    expect(String(port)).toBe(new URL(endpoint).port);
    expect(trace).toBe('mine');
  }
});

it('does not lend its retries: each attempt at a dead endpoint is one request', async () => {
  const client = new DynamoDBClient({
    endpoint: 'http://127.0.0.1:9',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 7,
  });
  onTestFinished(() => client.destroy());
  const seen = traced(client);
  const election = createElection({
    name: 'x',
    via: dynamoDbLease({ client }),
    journal: { record() {} },
  });

  await expect(election.tryCampaign()).rejects.toMatchObject({ code: 'UNREACHABLE' });

  // One attempt makes three reads, the first with a look into history beside it.
  expect(seen.length).toBeLessThanOrEqual(6);
});

it('is refused beside settings, of which one would be left out without a word', () => {
  const client = new DynamoDBClient({ region: 'us-east-1' });

  expect(() => dynamoDbLease({ client, clientConfig: { region: 'eu-west-1' } })).toThrow(
    'client and clientConfig are both given; leave one out',
  );
});

it('lends the middleware of an SQS client too, and not its retries', async () => {
  const client = new SQSClient({ region: 'eu-west-1', maxAttempts: 7 });
  client.middlewareStack.add((next) => (args) => next(args), { step: 'build', name: 'tracer' });

  const own = createQueueClient({
    queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/x.fifo',
    client,
  });

  expect(own.middlewareStack.identify()).toEqual(client.middlewareStack.identify());
  expect(await own.config.maxAttempts()).toBe(1);
});
