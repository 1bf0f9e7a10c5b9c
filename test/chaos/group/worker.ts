/**
 * One worker of a chaos run of a group: a member that adds to a row of each partition that it leads, with
 * fenced writes. An ordinary user of the library; it freezes itself in the middle of a write on demand.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbGroup, fenced } from '../../../lib/dynamodb/index.ts';
import { createGroup, formatToken, isTenureError, type PartitionTerm } from '../../../lib/index.ts';
import { freezeAtSend } from '../../support/network/freeze-at-send.ts';
import { SHARED_KEY } from '../workers/ways.ts';
import {
  GROUP,
  type MemberLine,
  type MemberSettings,
  PARTITIONS,
  rowKeyOf,
  TIMINGS,
} from './words.ts';

const BETWEEN_ADDITIONS_MS = 250;
const settings = JSON.parse(process.argv[2] ?? '') as MemberSettings;
const { tableName: TableName, groupEndpoint: endpoint, name } = settings;
const client = new DynamoDBClient({ maxAttempts: 1 });
const freezeNextWrite = freezeAtSend(client);

/** Synchronous on a pipe, so that it is out before anything else happens. */
function say(line: Omit<MemberLine, 'worker'>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The clock is read before the remaining time, so that the remaining time is never overstated. */
function belief({ token, candidateId, partition, remainingMs }: PartitionTerm) {
  const atMs = Number(process.hrtime.bigint()) / 1e6;
  return { partition, token: formatToken(token), candidateId, atMs, untilMs: atMs + remainingMs() };
}

async function work(term: PartitionTerm): Promise<void> {
  say({ event: 'elected', ...belief(term) });
  try {
    await addUntilOver(term);
  } catch (error) {
    const event = isTenureError(error, 'STALE_TOKEN') ? 'refused' : 'work-failed';
    say({ event, name: (error as Error).name, partition: term.partition });
  } finally {
    say({ event: 'settled', ...belief(term) });
  }
}

async function addUntilOver(term: PartitionTerm): Promise<void> {
  const rows = fenced(client, term);
  const set = async (name: string, value: { S: string } | { SS: string[] }) => {
    const update = new UpdateItemCommand({
      TableName,
      Key: { pk: { S: SHARED_KEY }, sk: { S: rowKeyOf(term.partition) } },
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
      ReturnValues: 'ALL_NEW',
    });
    return (await rows.send(update)).Attributes;
  };
  // A fenced write that reads: from here on the leader before is refused.
  const found = await set('takenBy', { S: term.candidateId });
  const elements = [...(found?.elements?.SS ?? [])];
  for (let sequence = 1; !term.signal.aborted; sequence += 1) {
    const element = `${term.token}/${sequence}`;
    elements.push(element);
    term.throwIfOver();
    await set('elements', { SS: elements });
    say({ event: 'acknowledged', element, ...belief(term) });
    await delay(BETWEEN_ADDITIONS_MS);
  }
}

const group = createGroup({
  name: GROUP,
  partitions: PARTITIONS,
  via: dynamoDbGroup({ tableName: TableName, clientConfig: { endpoint } }),
  timings: TIMINGS,
  memberPrefix: name,
});
const leave = new AbortController();
process.once('SIGTERM', () => leave.abort());
const orders = createInterface({ input: process.stdin });
orders.on('line', () => freezeNextWrite(() => say({ event: 'freezing', partition: -1 })));
// The process that started this worker is gone, so this worker ends too.
orders.once('close', () => process.exit());
await group.leadWhile(work, { signal: leave.signal });
process.exit();
