/**
 * A leader and a standby of one election, each behind proxies of its own that count whole requests and
 * can spoil them. For the systems whose requests have a price: those on DynamoDB and SQS.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Exchange,
  type Fault,
  type FaultProxy,
  startFaultProxy,
} from '../test/support/network/fault-proxy.ts';
import { type Launched, launch } from './fail-over/launching.ts';
import { createQueueFor } from './fail-over/queues.ts';
import { createResource, type Resource } from './fail-over/resource.ts';
import type { Store } from './fail-over/stores.ts';
import { SYSTEMS, type System } from './fail-over/systems.ts';

export interface Stores {
  readonly dynamoDb: Store;
  readonly sqs: Store;
}

/** As in the part `fail-over`, so that the figures can be put together. */
export const TIMINGS = { leaseDurationMs: 3_000, renewIntervalMs: 1_000 };

export interface Member extends Launched {
  /** Requests since an instant of `performance.now()`. */
  exchanges(sinceMs: number): readonly Exchange[];
  /** What it keeps in memory now. */
  residentMb(): number;
  /** Between this candidate and its stores. What is returned heals it. */
  inject(fault: Fault): () => void;
}

export interface Pair extends AsyncDisposable {
  readonly leader: Member;
  readonly standby: Member;
  readonly resource: Resource;
}

/** Requests to etcd and Redis have no price: their servers have, and those run anyway. */
export function pricedSystems(names: readonly string[]): readonly System[] {
  return SYSTEMS.filter(
    ({ store, name }) =>
      (store === 'dynamodb' || store === 'sqs') && (names.length === 0 || names.includes(name)),
  );
}

/** Returns once the leader leads and the standby has watched for two leases. */
export async function startPair(system: System, { dynamoDb, sqs }: Stores): Promise<Pair> {
  const store = system.store === 'sqs' ? sqs : dynamoDb;
  const queues = system.queue === undefined ? undefined : sqs;
  const election = randomUUID();
  const queueUrl = await createQueueFor(system, queues, { ...TIMINGS, election });
  const order = { ...TIMINGS, election };
  const resource = createResource();
  const ends: (() => Promise<void>)[] = [];
  const start = async (): Promise<Member> => {
    const proxy = await startFaultProxy(endpointOf(store));
    const hints = system.queue === 'hints' ? await startFaultProxy(endpointOf(sqs)) : undefined;
    const proxies = hints ? [proxy, hints] : [proxy];
    const { hostname: host, port } = new URL(proxy.endpoint);
    const through = hints && queueUrl && new URL(new URL(queueUrl).pathname, hints.endpoint).href;
    const place = { host, port: Number(port), queueUrl: through ?? queueUrl };
    const launched = launch(system, { ...order, ...place }, resource);
    ends.push(async () => {
      launched.child.kill('SIGKILL');
      await launched.ended;
      for (const one of proxies) await one.stop();
    });
    return member(launched, proxies);
  };
  const led = resource.next(() => true);
  const leader = await start();
  await led;
  const standby = await start();
  await sleep(2 * TIMINGS.leaseDurationMs);
  const end = async () => {
    await Promise.all(ends.map((one) => one()));
  };
  return { leader, standby, resource, [Symbol.asyncDispose]: end };
}

function member(launched: Launched, proxies: readonly FaultProxy[]): Member {
  return {
    ...launched,
    exchanges: (sinceMs) =>
      proxies.flatMap(({ exchanges }) => exchanges.filter(({ atMs }) => atMs >= sinceMs)),
    residentMb() {
      const status = readFileSync(`/proc/${launched.child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
    },
    inject(fault) {
      const heals = proxies.map((proxy) => proxy.inject(fault));
      return () => {
        for (const heal of heals) heal();
      };
    },
  };
}

const endpointOf = ({ host, port }: Store): string => `http://${host}:${port}`;
