import { expect, test } from 'vitest';
import { type LeaderOnlyOptions, makeLeaderOnly } from '../../lib/lambda/index.ts';
import { leaseMechanism } from '../../lib/runtime/mechanism/lease.ts';
import { invocations } from './invocations.ts';

/** A handler whose election another candidate leads. */
async function standby(options: Omit<LeaderOnlyOptions<never, unknown>, 'election'> = {}) {
  const { election, context, invoke } = invocations();
  await election().campaign();
  const handler = makeLeaderOnly(() => 'worked', { election: election(), ...options } as never);
  return (event: unknown) => invoke(handler(event as never, context()));
}

const SQS = {
  Records: [
    { eventSource: 'aws:sqs', messageId: 'a' },
    { eventSource: 'aws:sqs', messageId: 'b' },
  ],
};
const KINESIS = { Records: [{ eventSource: 'aws:kinesis', kinesis: { sequenceNumber: '17' } }] };
const STREAM = { Records: [{ eventSource: 'aws:dynamodb', dynamodb: { SequenceNumber: '42' } }] };
const SNS = { Records: [{ EventSource: 'aws:sns', Sns: {} }] };
const S3 = { Records: [{ eventSource: 'aws:s3', s3: {} }] };
const KAFKA = { eventSource: 'aws:kafka', records: { 'topic-0': [{}] } };

test('skips a scheduled event, with no answer unless one is given', async () => {
  expect(await (await standby())({ source: 'aws.events' })).toBeUndefined();
  expect(await (await standby({ answer: { statusCode: 503 } }))({})).toEqual({ statusCode: 503 });
  const answer = (event: { id: number }) => Promise.resolve(`not ${event.id}`);
  expect(await (await standby({ answer }))({ id: 3 })).toBe('not 3');
});

test('refuses to skip records, leading or not, because a skipped batch counts as done', async () => {
  const skip = await standby();
  for (const event of [SQS, KINESIS, STREAM, SNS, S3, KAFKA]) {
    await expect(skip(event)).rejects.toThrow('notLeading must be throw or batchItemFailures');
  }
  const { election, context, invoke } = invocations();
  const leader = makeLeaderOnly(() => 'worked', { election: election() });
  await expect(invoke(leader(SQS, context()))).rejects.toThrow('a skipped batch counts as done');
});

test('throws where the caller chose it, so that every source delivers again', async () => {
  const chosen = await standby({ notLeading: 'throw' });
  for (const event of [SQS, KINESIS, STREAM, SNS, S3, KAFKA, {}]) {
    await expect(chosen(event)).rejects.toMatchObject({ code: 'NOT_LEADING', retryable: true });
  }
});

test('reports every record as failed, by the name that its source knows it by', async () => {
  const chosen = await standby({ notLeading: 'batchItemFailures' });
  const failures = (...ids: string[]) => ({
    batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
  });
  expect(await chosen(SQS)).toEqual(failures('a', 'b'));
  expect(await chosen(KINESIS)).toEqual(failures('17'));
  expect(await chosen(STREAM)).toEqual(failures('42'));
});

test('refuses to report records to a source that takes any answer for success', async () => {
  const chosen = await standby({ notLeading: 'batchItemFailures' });
  for (const event of [SNS, S3, KAFKA]) {
    await expect(chosen(event)).rejects.toThrow('takes any answer for success; choose throw');
  }
});

test('lets what the store says through when it cannot be asked', async () => {
  const { election, context, invoke } = invocations();
  const gone = { kind: 'unknown', cause: new Error('no route'), permanent: false } as const;
  const via = leaseMechanism({
    open: () => ({
      read: async () => gone,
      write: async () => gone,
      chronicle: async () => {},
    }),
  });
  const handler = makeLeaderOnly(() => 'worked', { election: election({ via }) });
  await expect(invoke(handler({}, context()))).rejects.toMatchObject({ code: 'UNREACHABLE' });
});
