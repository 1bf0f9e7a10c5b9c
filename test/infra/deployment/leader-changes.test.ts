/**
 * Leader changes, from a real stream of DynamoDB Local, through the filter that the template renders,
 * into the bundled function, to events.
 */
import { pathToFileURL } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bundleFunctions } from '../../../functions/bundle.ts';
import { ElectionTable, LeaderChanges } from '../../../infra/index.ts';
import { createLeaseStore } from '../../../lib/dynamodb/index.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { readStream as recordsOf } from '../../support/table-stream.ts';
import { type EventBridge, startEventBridge } from './event-bridge.ts';
import { createTable, passesFilters, resourcesOf } from './local-deployment.ts';

let template: Template;
let local: FreshTable;
let bus: EventBridge;
let handler: (event: { Records: readonly DynamoDBRecord[] }) => Promise<DynamoDBBatchResponse>;
let streamArn: string;

const tableName = `changes-${crypto.randomUUID()}`;
const { signal } = new AbortController();
const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

function emptyStack(): Stack {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  return new Stack(app, 'Test');
}

beforeAll(async () => {
  const [bundled] = await bundleFunctions(['leader-changes']);
  const stack = emptyStack();
  new LeaderChanges(stack, 'Changes', { table: new ElectionTable(stack, 'Elections') });
  template = Template.fromStack(stack);
  [local, bus] = await Promise.all([freshTable(), startEventBridge()]);
  const [table] = resourcesOf(template.toJSON() as never, 'AWS::DynamoDB::GlobalTable');
  streamArn = (await createTable(local.client, tableName, table?.properties)).streamArn ?? '';
  vi.stubEnv('TENURE_EVENT_BUS', 'default');
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', bus.endpoint);
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  handler = (await import(pathToFileURL(bundled ?? '').href)).handler;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  local[Symbol.dispose]();
  await bus[Symbol.asyncDispose]();
});
beforeEach(() => {
  bus.events.length = 0;
  bus.refuse = () => undefined;
  bus.status = 200;
});

/** Two terms: `a` is elected and renews twice, dies, `b` takes over, renews, and resigns. */
async function twoTerms(election: string): Promise<void> {
  const { client } = local;
  const store = createLeaseStore({ client, tableName, election, historyDays: 30 });
  const write = async (step: object) => {
    const { kind } = await store.write({ ...timings, ...step } as never, { signal });
    expect(kind).toBe('granted');
  };
  const a = { holder: 'a', token: 1n };
  const b = { holder: 'b', token: 2n, attributes: { url: 'http://b' } };
  await write({ kind: 'first-acquire', ...a, revision: 'r1', renewedAtEpochMs: 1_000 });
  await write(renewal(a, 'r1', 'r2', 4_000));
  await write(renewal(a, 'r2', 'r3', 7_000));
  await store.chronicle({ token: 1n, candidateId: 'a', electedAtEpochMs: 1_000 }, { signal });
  const taken = { revision: 'r4', seenRevision: 'r3', renewedAtEpochMs: 17_250 };
  await write({ kind: 'acquire', ...b, ...taken });
  await write(renewal(b, 'r4', 'r5', 20_250));
  await write({ kind: 'request-resign', seenHolder: 'b', seenToken: 2n, revision: 'x' });
  await write({ kind: 'release', holder: 'b', token: 2n, revision: 'r6' });
}

function renewal(
  of: object,
  confirmedRevision: string,
  revision: string,
  renewedAtEpochMs: number,
) {
  return { kind: 'renew', ...of, confirmedRevision, revision, renewedAtEpochMs, state: 'leading' };
}

/** The stream's records as Lambda hands them on, with the ARN of their stream. */
async function readStream(...from: Parameters<typeof recordsOf>) {
  const records = await recordsOf(...from);
  return records.map((record) => ({ ...record, eventSourceARN: streamArn }));
}

/** The records of one election that the rendered event source delivers to the function. */
async function deliveredOf(election: string): Promise<readonly DynamoDBRecord[]> {
  const [mapping] = resourcesOf(template.toJSON() as never, 'AWS::Lambda::EventSourceMapping');
  const filters = mapping?.properties.FilterCriteria.Filters;
  const all = await readStream(local.clientConfig, streamArn);
  const own = all.filter(({ dynamodb }) => dynamodb?.Keys?.pk?.S === `election#${election}`);
  return own.filter((record) => passesFilters(record, filters));
}

const details = () => bus.events.map(({ Detail }) => JSON.parse(Detail));

describe('the events of leader changes', () => {
  it('tell each change once, with tokens, holders and how long nobody led', async () => {
    await twoTerms('told');
    expect(await handler({ Records: await deliveredOf('told') })).toEqual({
      batchItemFailures: [],
    });
    expect(bus.events[0]).toMatchObject({
      EventBusName: 'default',
      Source: 'tenure',
      DetailType: 'tenure: Leader Changed',
      Resources: [streamArn.split('/stream/')[0]],
    });
    const of = { election: 'told', tableArn: streamArn.split('/stream/')[0] };
    expect(details()).toEqual([
      {
        ...of,
        changeId: 'told#r1',
        change: 'elected',
        token: '1',
        holder: 'a',
      },
      {
        ...of,
        changeId: 'told#r4',
        change: 'elected',
        token: '2',
        holder: 'b',
        previousToken: '1',
        previousHolder: 'a',
        leaderlessMs: 10_250,
        attributes: { url: 'http://b' },
      },
      {
        ...of,
        changeId: 'told#r6',
        change: 'resigned',
        token: '2',
        previousToken: '2',
        previousHolder: 'b',
      },
    ]);
  });

  it('are not asked of the function for renewals, wishes, or rows that are not the record', async () => {
    await twoTerms('filtered');
    const delivered = await deliveredOf('filtered');
    const revisions = delivered.map(({ dynamodb }) => dynamodb?.NewImage?.revision?.S);
    expect(revisions).toEqual(['r1', 'r4', 'r6']);
    const all = await readStream(local.clientConfig, streamArn);
    const own = all.filter(({ dynamodb }) => dynamodb?.Keys?.pk?.S === 'election#filtered');
    expect(own).toHaveLength(8);
  });

  it('are the same where the function is given everything, or the same records again', async () => {
    await twoTerms('repeated');
    const records = await deliveredOf('repeated');
    await handler({ Records: records });
    const once = details();
    expect(once).toHaveLength(3);
    bus.events.length = 0;
    await handler({ Records: records });
    expect(details()).toEqual(once);
    bus.events.length = 0;
    const all = await readStream(local.clientConfig, streamArn);
    await handler({
      Records: all.filter(({ dynamodb }) => dynamodb?.Keys?.pk?.S === 'election#repeated'),
    });
    expect(details()).toEqual(once);
  });

  it('fail from the first that was not taken, and send what was before it', async () => {
    await twoTerms('refused');
    const records = await deliveredOf('refused');
    bus.refuse = ({ Detail }) =>
      Detail.includes('refused#r4') ? 'ThrottlingException' : undefined;
    const answer = await handler({ Records: records });
    const itemIdentifier = records[1]?.dynamodb?.SequenceNumber;
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier }] });
    bus.refuse = () => undefined;
    expect(await handler({ Records: records.slice(1) })).toEqual({ batchItemFailures: [] });
    expect(details().map(({ changeId }) => changeId)).toContain('refused#r4');
  });

  it('fail from the first of the batch where EventBridge does not answer well', async () => {
    await twoTerms('down');
    const records = await deliveredOf('down');
    bus.status = 500;
    const itemIdentifier = records[0]?.dynamodb?.SequenceNumber;
    expect(await handler({ Records: records })).toEqual({
      batchItemFailures: [{ itemIdentifier }],
    });
    expect(bus.events).toEqual([]);
  });

  it('stop at a record that does not parse, after those before it', async () => {
    await twoTerms('garbled');
    const [first, second, third] = structuredClone(await deliveredOf('garbled'));
    if (second?.dynamodb?.NewImage) second.dynamodb.NewImage.token = { S: 'twelve' };
    const answer = await handler({ Records: [first, second, third] as DynamoDBRecord[] });
    const itemIdentifier = second?.dynamodb?.SequenceNumber;
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier }] });
    expect(details().map(({ changeId }) => changeId)).toEqual(['garbled#r1']);
  });

  it('are sent in requests of at most ten', async () => {
    await twoTerms('many');
    const records = await deliveredOf('many');
    const batch = Array.from({ length: 9 }, () => records).flat();
    expect(await handler({ Records: batch })).toEqual({ batchItemFailures: [] });
    expect(bus.events).toHaveLength(27);
  });
});

describe('the construct', () => {
  it('retries a part of the batch, and keeps for two weeks what could not be sent', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 20,
      MaximumRecordAgeInSeconds: 3_600,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
    template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 1_209_600 });
  });

  it('may read the stream and put events, and nothing on the table', () => {
    const actions = resourcesOf(template.toJSON() as never, 'AWS::IAM::Policy')
      .flatMap(({ properties }) => properties.PolicyDocument.Statement)
      .flatMap(({ Action }) => Action);
    const own = actions.filter((action) => !/^(sqs|logs):/.test(action));
    expect(own.sort()).toEqual([
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      'events:PutEvents',
    ]);
  });

  it('confines itself to elections that begin so, and refuses more names than a filter holds', async () => {
    const patternFor = (...elections: string[]) => {
      const stack = emptyStack();
      new LeaderChanges(stack, 'Changes', { table: new ElectionTable(stack, 'E'), elections });
      const [source] = resourcesOf(
        Template.fromStack(stack).toJSON() as never,
        'AWS::Lambda::EventSourceMapping',
      );
      return source?.properties.FilterCriteria.Filters as { Pattern: string }[];
    };
    const record = (election: string) => ({
      dynamodb: {
        Keys: { pk: { S: `election#${election}` }, sk: { S: 'lease' } },
        NewImage: { writtenBy: { S: 'acquire' } },
      },
    });
    const filters = patternFor('orders-*', 'billing');

    const seen = ['orders-eu', 'orders', 'billing', 'billing-2'].filter((name) =>
      passesFilters(record(name), filters),
    );
    expect(seen).toEqual(['orders-eu', 'billing']);
    const many = Array.from({ length: 200 }, (_, n) => `orders-of-tenant-${n}`);
    expect(() => patternFor(...many.slice(0, 100))).not.toThrow();
    expect(() => patternFor(...many)).toThrow(
      /must fit into a filter of 4096 characters, got \d+ for 200 elections; name a prefix/,
    );
  });

  it('confines itself to some elections, and offers a rule for one', () => {
    const stack = emptyStack();
    const table = new ElectionTable(stack, 'Elections');
    const changes = new LeaderChanges(stack, 'Changes', { table, elections: ['orders'] });
    changes.onLeaderChanged('Orders', { election: 'orders' });
    const other = Template.fromStack(stack);
    const [mapping] = resourcesOf(other.toJSON() as never, 'AWS::Lambda::EventSourceMapping');
    expect(mapping?.properties.FilterCriteria.Filters[0].Pattern).toContain('"election#orders"');
    other.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['tenure'],
        'detail-type': ['tenure: Leader Changed'],
        // Only events of this table: the table of another deployment may have elections of the same names.
        resources: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Elections'), 'Arn'] }],
        detail: { election: ['orders'] },
      },
    });
  });

  it('passes on what a table that was made for something else calls its keys', () => {
    const stack = emptyStack();
    const tableStreamArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/app/stream/1';
    const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/app';
    const table = ElectionTable.fromTable(stack, 'Elections', {
      table: TableV2.fromTableAttributes(stack, 'Existing', { tableArn, tableStreamArn }),
      attributeNames: { pk: 'PK', sk: 'SK' },
    });
    new LeaderChanges(stack, 'Changes', { table, elections: ['orders'] });
    const changed = Template.fromStack(stack);
    changed.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { TENURE_ATTRIBUTE_NAMES: 'pk=PK,sk=SK' } },
    });
    changed.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FilterCriteria: {
        Filters: [
          {
            Pattern: Match.stringLikeRegexp(
              '"SK":{"S":\\["lease"\\]},"PK":{"S":\\["election#orders"',
            ),
          },
        ],
      },
    });
  });

  it('refuses a table without a stream', () => {
    const stack = emptyStack();
    const table = ElectionTable.fromTable(stack, 'Elections', {
      table: TableV2.fromTableName(stack, 'Existing', 'leases'),
    });
    expect(() => new LeaderChanges(stack, 'Changes', { table })).toThrow('must have a stream');
  });
});
