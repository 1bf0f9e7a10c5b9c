/**
 * The part `cost`: what a leader and a standby ask of their store while nothing happens, counted on the
 * wire by a proxy of each one's own, and what that comes to at list prices.
 *
 * Units follow DynamoDB's rules for items of less than 1 KB: a write is one unit, also when its condition
 * fails; a read is one unit if strongly consistent and half of one if not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HOURS_A_MONTH, PRICES } from '../lib/cli/planning/prices.ts';
import type { Exchange } from '../test/support/network/fault-proxy.ts';
import { startStore } from './fail-over/stores.ts';
import { buildPrograms, type System } from './fail-over/systems.ts';
import { type Member, pricedSystems, type Stores, startPair, TIMINGS } from './pair.ts';

export interface CostSettings {
  readonly systems: readonly string[];
  readonly forMs: number;
}

/** Of one candidate, in an hour of the steady state. */
export interface Bill {
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly queueRequests: number;
  readonly refusedWrites: number;
  readonly dollarsAMonth: number;
  /** Resident memory of its process at the end. */
  readonly residentMb: number;
}

export interface SystemCost {
  /** Where it was measured after the others. */
  readonly measuredAt?: string;
  readonly name: string;
  readonly title: string;
  readonly group: System['group'];
  readonly leader: Bill;
  readonly standby: Bill;
}

const READS = new Set(['GetItem', 'Query']);
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

export async function cost({ systems, forMs }: CostSettings) {
  await buildPrograms();
  const chosen = pricedSystems(systems);
  process.stderr.write(`cost: ${chosen.map(({ name }) => name).join(', ')}…\n`);
  // Side by side: these processes mostly sleep.
  await using dynamoDb = await startStore('dynamodb');
  await using sqs = await startStore('sqs');
  const stores = { dynamoDb, sqs };
  const figures = await Promise.all(chosen.map((system) => measure(system, stores, forMs)));
  return { ...TIMINGS, forMs, prices: PRICES, systems: figures };
}

async function measure(system: System, stores: Stores, forMs: number): Promise<SystemCost> {
  await using pair = await startPair(system, stores);
  const sinceMs = performance.now();
  await sleep(forMs);
  const elapsedMs = performance.now() - sinceMs;
  const fifo = system.queue === 'baton';
  const bill = (of: Member): Bill => ({
    ...billOf(of.exchanges(sinceMs), { elapsedMs, fifo }),
    residentMb: of.residentMb(),
  });
  const { name, title, group } = system;
  return { name, title, group, leader: bill(pair.leader), standby: bill(pair.standby) };
}

function billOf(
  exchanges: readonly Exchange[],
  { elapsedMs, fifo }: { readonly elapsedMs: number; readonly fifo: boolean },
): Omit<Bill, 'residentMb'> {
  const anHour = 3_600_000 / elapsedMs;
  const count = (matches: (exchange: Exchange) => boolean) =>
    exchanges.filter(matches).length * anHour;
  const isQueues = ({ operation }: Exchange) => !READS.has(operation) && !WRITES.has(operation);
  const reads = count(({ operation }) => READS.has(operation));
  const strong = count(
    ({ operation, body }) => READS.has(operation) && /"ConsistentRead":\s*true/.test(body),
  );
  const writeUnits = count(({ operation }) => WRITES.has(operation));
  const queueRequests = count(isQueues);
  const readUnits = strong + (reads - strong) / 2;
  const price = PRICES.dollarsPerMillion;
  const queuePrice = fifo ? price.fifoQueueRequests : price.standardQueueRequests;
  const dollarsAnHour =
    (writeUnits * price.writeUnits + readUnits * price.readUnits + queueRequests * queuePrice) /
    1e6;
  return {
    requests: exchanges.length * anHour,
    writeUnits,
    readUnits,
    queueRequests,
    refusedWrites: count(({ errorType }) => errorType === 'ConditionalCheckFailedException'),
    dollarsAMonth: dollarsAnHour * HOURS_A_MONTH,
  };
}
