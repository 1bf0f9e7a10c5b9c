/**
 * Transfers: how long nobody leads when a leader hands the role to one candidate that it names, and whether any
 * transfer is lost. Counted at a resource, from the last write of the old leader to the first of the new.
 *
 * Three real processes, DynamoDB Local and fauxqs on this machine. Work stops at once, so that nothing but the
 * transfer takes time.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseTable } from '../../lib/dynamodb/index.ts';
import { startDynamoDbLocal, startSqsLocal } from '../../lib/local/index.ts';
import { createResource, type Resource } from '../fail-over/resource.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import type { MemberOrder, MemberSays } from './member.ts';

export interface TransferSettings {
  readonly transfers: { readonly withHints: number; readonly withoutHints: number };
}

export interface TransferFigures {
  readonly on: string;
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  readonly withHints: Transfers;
  readonly withoutHints: Transfers;
}

export interface Transfers {
  readonly asked: number;
  /** The candidate that was named led next. */
  readonly performed: number;
  /** Writes that the resource refused, since a newer leader had written. */
  readonly staleWrites: number;
  readonly leaderlessMs: Spread;
  /** Of the renewals in the same run. */
  readonly roundTripMs: Spread;
}

const MEMBER = fileURLToPath(new URL('./member.ts', import.meta.url));
const TIMINGS = { leaseDurationMs: 15_000, renewIntervalMs: 300 };
const MEMBERS = 3;
/** A transfer that takes longer is lost: its reservation is over by far. */
const DEADLINE_MS = 5_000;
/** By then a standby listens for hints; see `await-hints.ts`. */
const LISTENING_MS = 600;

export async function measureTransfers({ transfers }: TransferSettings): Promise<TransferFigures> {
  await using dynamoDb = await startDynamoDbLocal();
  await using sqs = await startSqsLocal();
  const local = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const client = new DynamoDBClient({ ...local, endpoint: dynamoDb.endpoint });
  await createLeaseTable(client, 'tenure');
  client.destroy();
  const order = { endpoint: dynamoDb.endpoint, tableName: 'tenure', timings: TIMINGS };
  const queueUrl = await sqs.createQueue(`transfers-${randomUUID()}`);
  return {
    on: `${dynamoDb.description} and ${sqs.description}: not AWS`,
    ...TIMINGS,
    withHints: await measure({ ...order, election: randomUUID(), queueUrl }, transfers.withHints),
    withoutHints: await measure({ ...order, election: randomUUID() }, transfers.withoutHints),
  };
}

async function measure(order: MemberOrder, transfers: number): Promise<Transfers> {
  const resource = createResource();
  const roundTripsMs: number[] = [];
  using crew = startCrew(order, resource, roundTripsMs);
  const first = resource.next(() => true);
  await crew.started;
  let leader = (await first).candidate;
  // The standbys have read by then, and listen.
  await delay(2 * (TIMINGS.renewIntervalMs + LISTENING_MS));
  const leaderlessMs: number[] = [];
  let [performed, staleWrites] = [0, 0];
  for (let asked = 0; asked < transfers; asked += 1) {
    // At every moment of the renew interval, and only once the standbys wait.
    const calmMs = (order.queueUrl === undefined ? 0 : LISTENING_MS) + spread(asked);
    await delay(calmMs);
    resource.forget();
    const to = (leader + 1 + (asked % (MEMBERS - 1))) % MEMBERS;
    const next = within(resource.next(({ candidate }) => candidate !== leader));
    crew.transfer(leader, to);
    const taken = await next;
    if (taken === undefined) continue;
    const last = resource.writes.findLast(
      ({ candidate, admitted }) => candidate === leader && admitted,
    );
    if (last !== undefined) leaderlessMs.push(taken.arrivedAtMs - last.arrivedAtMs);
    if (taken.candidate === to) performed += 1;
    staleWrites += resource.writes.filter(({ admitted }) => !admitted).length;
    leader = taken.candidate;
  }
  return {
    ...{ asked: transfers, performed, staleWrites },
    ...{ leaderlessMs: spreadOf(leaderlessMs), roundTripMs: spreadOf(roundTripsMs) },
  };
}

/** Even over the renew interval, in an order without a rhythm. */
function spread(n: number): number {
  return ((n * 0.618_034) % 1) * TIMINGS.renewIntervalMs;
}

async function within<T>(wanted: Promise<T>): Promise<T | undefined> {
  const abort = new AbortController();
  const late = delay(DEADLINE_MS, undefined, { signal: abort.signal }).catch(() => undefined);
  return await Promise.race([wanted, late]).finally(() => abort.abort());
}

function startCrew(order: MemberOrder, resource: Resource, roundTripsMs: number[]) {
  const ids = new Map<number, string>();
  const started = Promise.withResolvers<void>();
  const members = Array.from({ length: MEMBERS }, (_, candidate): ChildProcess => {
    const child = fork(MEMBER, [JSON.stringify(order)]);
    child.on('message', (said: MemberSays) => {
      const arrivedAtMs = performance.now();
      switch (said.kind) {
        case 'is':
          ids.set(candidate, said.candidateId);
          return ids.size === MEMBERS ? started.resolve() : undefined;
        case 'renewed':
          return void roundTripsMs.push(said.latencyMs);
        case 'write': {
          const token = BigInt(said.token);
          return resource.arrive({ candidate, token, sentAtMs: arrivedAtMs, arrivedAtMs });
        }
      }
    });
    return child;
  });
  return {
    started: started.promise,
    transfer: (from: number, to: number) => members[from]?.send({ to: ids.get(to) ?? '' }),
    [Symbol.dispose]() {
      for (const member of members) member.kill('SIGKILL');
    },
  };
}
