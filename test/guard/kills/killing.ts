/**
 * Leaders below a guard, killed one after the other at random moments, renewals in flight or not; and
 * whether the kernel, the tokens and the ledger say that there was never more than one.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { audit, createLedger, readLedger } from '../../../demo/ledger.ts';
import { createLeaseTable } from '../../../lib/dynamodb/index.ts';
import { clientConfigFor, environmentFor } from '../../support/dynamodb.ts';
import { until } from '../../support/until.ts';
import { TIMINGS } from './lines.ts';
import { bundleCandidate, type Seat, takeSeat } from './seat.ts';

/** One kill, and the election that followed. Instants of the kernel's monotonic clock. */
export interface Kill {
  readonly pid: number;
  readonly killedAtNs: bigint;
  /** When the acquire of the next leader was sent. */
  readonly nextSentAtNs: bigint;
  readonly nextToken: bigint;
  readonly renewalInFlight: boolean;
  readonly released: boolean;
  readonly guardSaid: string;
}

export interface Killing {
  readonly kills: readonly Kill[];
  readonly admitted: number;
  readonly problems: readonly string[];
}

/** The ledger is one item, of 400 KB at most: some hundred kills fill less than half of it. */
export async function killLeaders(options: {
  readonly kills: number;
  readonly endpoint: string;
}): Promise<Killing> {
  const run = randomUUID().slice(0, 8);
  const tables = [`kills-${run}`, `kills-ledger-${run}`] as const;
  const client = new DynamoDBClient(clientConfigFor(options.endpoint));
  await Promise.all([createLeaseTable(client, tables[0]), createLedger(client, tables[1])]);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-kills-'));
  const program = await bundleCandidate(folder);
  const env = { ...process.env, ...environmentFor(options.endpoint) };
  const all: Seat[] = [];
  const another = async () => {
    const seat = await takeSeat(env, [program, ...tables]);
    all.push(seat);
    return seat;
  };
  let leader = await another();
  await leader.watch('nobody');
  let standby = another();
  const kills: Kill[] = [];
  const problems: string[] = [];
  try {
    while (kills.length < options.kills) {
      const next = await standby;
      await next.watch(leader.has('ready')?.identity ?? '');
      standby = another();
      // The test sees a failure of this promise when it awaits it.
      standby.catch(() => undefined);
      const kill = await killLeader(leader, next);
      problems.push(...problemsOf(kill, next, kills.at(-1)));
      kills.push(kill);
      leader = next;
    }
  } finally {
    await standby.catch(() => undefined);
    for (const seat of all) endNow(seat);
    await Promise.all(all.map(({ ended }) => ended));
    await rm(folder, { recursive: true });
  }
  // A living leader keeps its role: no guardian may have released it.
  const losses = all.flatMap(({ lines }) => lines.filter(({ event }) => event === 'lost'));
  problems.push(...losses.map(({ why }) => `a term was lost by a leader that lived: ${why}`));
  const acknowledged = all.flatMap(({ lines }) => lines.flatMap(({ id }) => id ?? []));
  const entries = await readLedger(client, tables[1]);
  const { admitted, lost, outOfOrder } = audit({ entries, acknowledged, refused: 0 });
  client.destroy();
  if (lost > 0) problems.push(`${lost} of ${acknowledged.length} acknowledged entries are lost`);
  if (outOfOrder > 0) problems.push(`${outOfOrder} entries stand after one of a higher token`);
  return { kills, admitted, problems };
}

async function killLeader(leader: Seat, next: Seat): Promise<Kill> {
  await until(() => leader.has('renewed') !== undefined, {
    what: 'a renewal',
  });
  await sleep(Math.random() * 2 * TIMINGS.renewIntervalMs);
  const killedAtNs = process.hrtime.bigint();
  leader.kill();
  await until(() => next.has('elected') !== undefined, { what: 'a leader' });
  await leader.ended;
  const { token = '0', sentAtNs = '0' } = next.has('elected') ?? {};
  const renewal = leader.lines.findLast(({ event }) => event.startsWith('renew'));
  return {
    pid: leader.pid(),
    killedAtNs,
    nextSentAtNs: BigInt(sentAtNs),
    nextToken: BigInt(token),
    renewalInFlight: renewal?.event === 'renewing',
    released: leader.guardSaid().includes('released it'),
    guardSaid: leader.guardSaid(),
  };
}

function problemsOf({ pid, nextToken }: Kill, next: Seat, before: Kill | undefined): string[] {
  const { leaderBefore } = next.has('elected') ?? {};
  return [
    ...(leaderBefore === 'gone'
      ? []
      : [`term ${nextToken} was elected when process ${pid} was ${leaderBefore}, not gone`]),
    ...(before !== undefined && nextToken <= before.nextToken
      ? [`token ${nextToken} came after ${before.nextToken}`]
      : []),
  ];
}

function endNow(seat: Seat): void {
  try {
    seat.kill();
  } catch {
    // The process was killed already, as it should be.
  }
}
