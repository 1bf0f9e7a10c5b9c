/** Rows and events beside the record that no valid program writes: history, candidates, stamps, streams. */
import { type AttributeValue, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeIn } from '../../functions/leader-changes/change.ts';
import { stoppedTaskOf } from '../../functions/task-stopped/stopped-task.ts';
import { fenced, readCandidates, readHistory } from '../../lib/dynamodb/index.ts';
import { TTL_ATTRIBUTE } from '../../lib/dynamodb/table/schema.ts';
import { isTenureError } from '../../lib/index.ts';
import { refusalOf, termOf } from '../support/fencing-term.ts';
import { scriptedConnection } from '../support/network/scripted-connection.ts';

const RUNS = { numRuns: 300, seed: 11 };
const ELECTION = 'fuzzed';

const attributeValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.record({ S: fc.oneof(fc.string(), fc.constantFrom('lapsed', 'term#1', 'candidate#a')) }),
  fc.record({
    N: fc.constantFrom('0', '7', '1767225600000', '9'.repeat(39), '-1', '1e3', 'x', ''),
  }),
  fc.record({ BOOL: fc.boolean() }),
  fc.record({ M: fc.constant<Record<string, AttributeValue>>({}) }),
);
const oddRow = (good: Readonly<Record<string, AttributeValue>>) =>
  fc
    .tuple(
      fc.dictionary(fc.constantFrom(...Object.keys(good)), attributeValue, { maxKeys: 2 }),
      fc.subarray(Object.keys(good), { maxLength: 1 }),
    )
    .map(([changed, missing]) =>
      Object.fromEntries(
        Object.entries({ ...good, ...changed }).filter(([name]) => !missing.includes(name)),
      ),
    );

const TERM = {
  sk: { S: 'term#7' },
  token: { N: '7' },
  holder: { S: 'a' },
  electedAtEpochMs: { N: '1767225600000' },
  endedAtEpochMs: { N: '1767225601000' },
  why: { S: 'lapsed' },
};
const CANDIDATE = {
  sk: { S: 'candidate#a' },
  startedAtEpochMs: { N: '1767225600000' },
  registeredAtEpochMs: { N: '1767225600000' },
  score: { N: '1' },
  [TTL_ATTRIBUTE]: { N: '99999999999' },
};

/** The outcome of reading this row. Only a query may be sent. */
async function readAs(read: typeof readHistory | typeof readCandidates, row: object) {
  const { calls, clientConfig } = scriptedConnection(() => ({ Items: [row] }));
  const client = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
  const error = await read({ client, tableName: 't', election: ELECTION }).then(
    (rows) => {
      const numbers = rows.flatMap((one) => Object.values(one)).filter(Number.isNaN);
      expect(numbers, 'a number that is none').toEqual([]);
    },
    (cause: unknown) => cause,
  );
  expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(['Query']));
  return error;
}

describe('a row', () => {
  it.each([
    ['history', readHistory, TERM],
    ['candidates', readCandidates, CANDIDATE],
  ])(
    'of the %s is read, or refused with a typed error that names it',
    async (_what, read, good) => {
      let [taken, refused] = [0, 0];
      await fc.assert(
        fc.asyncProperty(oddRow(good), async (row) => {
          const error = await readAs(read, row);
          if (error === undefined) taken += 1;
          else refused += 1;
          if (error === undefined) return;
          expect(isTenureError(error, 'MALFORMED_DATA'), String(error)).toBe(true);
          expect(String(error)).toContain(ELECTION);
        }),
        RUNS,
      );
      expect(Math.min(taken, refused)).toBeGreaterThan(50);
    },
  );

  it('whose stamp is none is refused with a typed error, and what is there stays', async () => {
    const odd = attributeValue.filter((value) => !/^\d{1,38}$/.test(value.N ?? ''));
    await fc.assert(
      fc.asyncProperty(odd, async (fencingToken) => {
        const Item = { pk: { S: 'row' }, fencingToken };
        const { calls, clientConfig } = scriptedConnection(() => ({
          __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
          Item,
        }));
        const client = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
        const put = new PutItemCommand({ TableName: 't', Item: { pk: { S: 'row' } } });
        const error = await refusalOf(fenced(client, termOf(7n)).send(put));
        expect(isTenureError(error, 'MALFORMED_DATA'), String(error)).toBe(true);
        expect(calls).toHaveLength(1);
      }),
      RUNS,
    );
  });
});

const IMAGE = {
  formatVersion: { N: '1' },
  token: { N: '7' },
  holder: { S: 'a' },
  revision: { S: 'r' },
  leaseDurationMs: { N: '3000' },
  renewIntervalMs: { N: '900' },
  renewedAtEpochMs: { N: '1767225600000' },
  state: { S: 'leading' },
  writtenBy: { S: 'acquire' },
};

describe('an event', () => {
  it('of the stream is a change, none, or a typed error', () => {
    const seen = { change: 0, none: 0, error: 0 };
    const before = { ...IMAGE, token: { N: '6' } };
    const image = fc.oneof(oddRow(IMAGE), fc.constantFrom(IMAGE, before));
    const streamed = fc.record({
      dynamodb: fc.record(
        {
          Keys: fc.constantFrom(
            { pk: { S: `election#${ELECTION}` }, sk: { S: 'lease' } },
            { pk: { S: 'row' }, sk: { S: 'lease' } },
            {},
          ),
          NewImage: image,
          OldImage: image,
        },
        { requiredKeys: ['Keys'] },
      ),
    });
    fc.assert(
      fc.property(fc.oneof(streamed, fc.constant({})), (record) => {
        try {
          seen[changeIn(record as never) === undefined ? 'none' : 'change'] += 1;
        } catch (error) {
          seen.error += 1;
          const typed = ['MALFORMED_DATA', 'UNSUPPORTED_FORMAT'] as const;
          expect(
            typed.some((code) => isTenureError(error, code)),
            String(error),
          ).toBe(true);
        }
      }),
      { ...RUNS, numRuns: 2_000 },
    );
    expect(Math.min(seen.change, seen.none, seen.error)).toBeGreaterThan(20);
  });

  it('of ECS ends no lease unless it tells of a stopped task of this service', () => {
    const own = { clusterArn: 'c', serviceName: 's' };
    const detail = fc.record(
      {
        clusterArn: fc.constantFrom<unknown>('c', 'd', 7),
        group: fc.constantFrom<unknown>('service:s', 's', null),
        lastStatus: fc.constantFrom<unknown>('STOPPED', 'STOPPING', 7),
        launchType: fc.constantFrom<unknown>('FARGATE', 'EC2'),
        taskArn: fc.constantFrom<unknown>('arn', 7),
      },
      { requiredKeys: [] },
    );
    const odd = fc.record({
      source: fc.constantFrom<unknown>('aws.ecs', 'x'),
      'detail-type': fc.constantFrom<unknown>('ECS Task State Change', 7),
      detail: fc.oneof(detail, fc.anything()),
    });
    fc.assert(
      fc.property(fc.oneof(odd, fc.anything()), (event) => {
        const taskArn = stoppedTaskOf(event, own);
        if (taskArn === undefined) return;
        expect(event).toEqual({
          source: 'aws.ecs',
          'detail-type': 'ECS Task State Change',
          detail: {
            clusterArn: 'c',
            group: 'service:s',
            lastStatus: 'STOPPED',
            launchType: 'FARGATE',
            taskArn: 'arn',
          },
        });
      }),
      { ...RUNS, numRuns: 2_000 },
    );
  });
});
