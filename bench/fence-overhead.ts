/**
 * A stamped write against a plain one: latency, requests and write units, on DynamoDB Local.
 *
 * `node bench/fence-overhead.ts` prints one JSON object and ends with code 1 where the fence costs
 * more than it may: 5 % of the median latency at an in-Region distance, no request, no write unit.
 * Both kinds are sent in turn within one run, the order changing with each pair, so that what disturbs
 * the machine disturbs both alike. The ratio is that of the medians.
 *
 * Measured at two distances. `loopback` is the engine beside this process, which answers in about a
 * millisecond: the bare cost of a longer request and of the engine's parsing, at its most visible.
 * `in-region` adds to each answer what a write to DynamoDB takes at least, 5 ms, by waiting in the
 * client's transport, below everything that is compared.
 */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { fenced, TABLE_DEFINITION } from '../lib/dynamodb/index.ts';
import { localDynamoDb } from '../lib/local/index.ts';
import { quantile } from './statistics.ts';

/** The engine compiles what runs often; before that its own parsing dominates. */
const WARM_UP_PAIRS = 2_000;
const LATENCY_RATIO_MAX = 1.05;
const DISTANCES = [
  { distance: 'loopback', addedMs: 0, pairs: 2_000 },
  { distance: 'in-region', addedMs: 5, pairs: 1_000 },
] as const;

type Kind = 'plain' | 'stamped';

interface Sample {
  readonly latenciesMs: number[];
  requests: number;
  writeUnits: number;
}

/** What a term says to a fence; nobody is elected here, so nothing else uses the store. */
const term = {
  election: 'bench',
  candidateId: 'bench',
  token: 7n,
  remainingMs: () => 60_000,
  throwIfOver: () => undefined,
  journal: { record: () => undefined },
};

await using local = await localDynamoDb();
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const client = new DynamoDBClient({ endpoint: local.endpoint, region: 'us-east-1', credentials });
const TableName = `bench-${randomUUID()}`;
const { KeySchema, AttributeDefinitions, BillingMode } = TABLE_DEFINITION;
await client.send(
  new CreateTableCommand({
    TableName,
    KeySchema: [...KeySchema],
    AttributeDefinitions: [...AttributeDefinitions],
    BillingMode,
  }),
);

let requests = 0;
let addedMs = 0;
client.middlewareStack.add(
  (next) => async (args) => {
    requests += 1;
    const result = await next(args);
    // Not a timer: it would round to the millisecond what is to be compared.
    const untilMs = performance.now() + addedMs;
    while (performance.now() < untilMs) await new Promise<void>((resolve) => setImmediate(resolve));
    return result;
  },
  { step: 'deserialize', priority: 'low', name: 'distance' },
);
const senders = { plain: client, stamped: fenced(client, term) };

const commands = {
  PutItem: (kind: Kind, turn: number) =>
    new PutItemCommand({
      TableName,
      Item: {
        pk: { S: `${kind}-${turn % 50}` },
        sk: { S: 'put' },
        payload: { S: 'x'.repeat(200) },
      },
      ConditionExpression: 'attribute_not_exists(nothing)',
      ReturnConsumedCapacity: 'TOTAL',
    }),
  UpdateItem: (kind: Kind, turn: number) =>
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: `${kind}-${turn % 50}` }, sk: { S: 'update' } },
      UpdateExpression: 'SET payload = :payload ADD turns :one',
      ConditionExpression: 'attribute_not_exists(nothing)',
      ExpressionAttributeValues: { ':payload': { S: 'x'.repeat(200) }, ':one': { N: '1' } },
      ReturnConsumedCapacity: 'TOTAL',
    }),
};
type Operation = keyof typeof commands;

async function sendOnce(operation: Operation, kind: Kind, turn: number, sample: Sample) {
  // One signature for both commands; the SDK's overloads do not take their union.
  const send = senders[kind].send.bind(senders[kind]) as (
    command: PutItemCommand | UpdateItemCommand,
  ) => Promise<{ readonly ConsumedCapacity?: { readonly CapacityUnits?: number } }>;
  const command = commands[operation](kind, turn);
  const before = requests;
  const startedMs = performance.now();
  const { ConsumedCapacity } = await send(command);
  sample.latenciesMs.push(performance.now() - startedMs);
  sample.requests += requests - before;
  sample.writeUnits += ConsumedCapacity?.CapacityUnits ?? 0;
}

async function measure(operation: Operation, pairs: number): Promise<Record<Kind, Sample>> {
  const empty = (): Sample => ({ latenciesMs: [], requests: 0, writeUnits: 0 });
  const samples = { plain: empty(), stamped: empty() };
  for (let turn = 0; turn < pairs; turn += 1) {
    const order: readonly Kind[] = turn % 2 === 0 ? ['plain', 'stamped'] : ['stamped', 'plain'];
    for (const kind of order) await sendOnce(operation, kind, turn, samples[kind]);
  }
  return samples;
}

async function compare(operation: Operation, at: (typeof DISTANCES)[number]) {
  addedMs = at.addedMs;
  const { plain, stamped } = await measure(operation, at.pairs);
  const medianMs = {
    plain: quantile(plain.latenciesMs, 0.5),
    stamped: quantile(stamped.latenciesMs, 0.5),
  };
  return {
    operation,
    ...at,
    medianMs,
    p99Ms: {
      plain: quantile(plain.latenciesMs, 0.99),
      stamped: quantile(stamped.latenciesMs, 0.99),
    },
    latencyRatio: Number((medianMs.stamped / medianMs.plain).toFixed(4)),
    requestRatio: stamped.requests / plain.requests,
    writeUnitRatio: stamped.writeUnits / plain.writeUnits,
  };
}

const results = [];
for (const operation of ['PutItem', 'UpdateItem'] as const) {
  await measure(operation, WARM_UP_PAIRS);
  for (const at of DISTANCES) results.push(await compare(operation, at));
}
const passes = results.every(
  ({ distance, latencyRatio, requestRatio, writeUnitRatio }) =>
    requestRatio === 1 &&
    writeUnitRatio === 1 &&
    (distance === 'loopback' || latencyRatio <= LATENCY_RATIO_MAX),
);
client.destroy();
console.log(
  JSON.stringify({
    benchmark: 'fence-overhead',
    store: local.description,
    node: process.version,
    latencyRatioMax: LATENCY_RATIO_MAX,
    passes,
    results,
  }),
);
if (!passes) process.exitCode = 1;
