/**
 * The figures of the lease: `npm run bench:lease [-- part…]`, one JSON object on standard output.
 *
 * Lease 2 s, renew interval 500 ms, three candidates in processes of their own, DynamoDB Local behind a
 * proxy that counts requests. Times are differences on one machine's clock, so they hold for it alone.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseTable } from '../lib/dynamodb/index.ts';
import { startDynamoDbLocal } from '../lib/local/index.ts';
import { type FaultProxy, startFaultProxy } from '../test/support/network/fault-proxy.ts';
import type { CandidateOrder } from './candidate-process.ts';
import { buildCandidate, type CandidateProcess, startCandidate } from './processes.ts';
import { quantile } from './statistics.ts';

const TIMINGS = { leaseDurationMs: 2_000, renewIntervalMs: 500 };
const TABLE = 'bench';
const trials = Number(process.env.TRIALS ?? 40);

interface Bench {
  readonly proxy: FaultProxy;
  start(elections: readonly string[], how?: Partial<CandidateOrder>): CandidateProcess;
}

/** Elected at *last applied renewal + lease* plus what: the crash falls anywhere in the renew interval. */
async function crash({ proxy, start }: Bench) {
  const running = [start(['crash']), start(['crash']), start(['crash'])];
  const lateMs: number[] = [];
  const leaderlessMs: number[] = [];
  let token = 1n;
  for (let trial = 0; trial < trials; trial += 1) {
    const leader = await electedAmong(running, token);
    await sleep(1_000 + Math.random() * TIMINGS.renewIntervalMs);
    leader.child.kill('SIGKILL');
    const killedAt = Date.now();
    running.splice(running.indexOf(leader), 1);
    token += 1n;
    const next = await electedAmong(running, token);
    const { atEpochMs = 0 } = await next.until(
      (e) => e.event === 'elected' && e.token === `${token}`,
    );
    const renewals = proxy.exchanges.filter(
      ({ body, status }) => status === 200 && /:confirmedRevision|:seenRevision/.test(body),
    );
    // The last lease write before the take-over's own; counted from its arrival, so never too late.
    const lastApplied = renewals.at(-2)?.atMs ?? Number.NaN;
    lateMs.push(atEpochMs - (performance.timeOrigin + lastApplied) - TIMINGS.leaseDurationMs);
    leaderlessMs.push(atEpochMs - killedAt);
    running.push(start(['crash']));
  }
  for (const process of running) process[Symbol.dispose]();
  return {
    trials,
    lateMs: { p50: quantile(lateMs, 0.5), p95: quantile(lateMs, 0.95), max: Math.max(...lateMs) },
    leaderlessMs: { p50: quantile(leaderlessMs, 0.5), p95: quantile(leaderlessMs, 0.95) },
  };
}

async function electedAmong(candidates: readonly CandidateProcess[], token: bigint) {
  return Promise.any(
    candidates.map(async (candidate) => {
      await candidate.until((e) => e.event === 'elected' && e.token === String(token));
      return candidate;
    }),
  );
}

/** Reads per renew interval and standby, and refused writes, while one leads and two stand by. */
async function steady({ proxy, start }: Bench) {
  using leader = start(['steady']);
  await electedAmong([leader], 1n);
  using first = start(['steady']);
  using second = start(['steady']);
  await Promise.all([first, second].map((s) => s.until(({ event }) => event === 'standby')));
  await sleep(2_000);
  const sinceMs = performance.now();
  await sleep(60_000);
  const elapsedMs = performance.now() - sinceMs;
  const { GetItem: reads = 0, ...others } = proxy.counts(sinceMs);
  const intervals = elapsedMs / TIMINGS.renewIntervalMs;
  return {
    seconds: elapsedMs / 1_000,
    readsPerIntervalAndStandby: reads / intervals / 2,
    otherRequests: others,
    refusedWrites: proxy.refusedWrites(sinceMs),
  };
}

/** 1,000 answers dropped on a healthy link: of twenty elections, each renewal's first. */
async function droppedAnswers({ proxy, start }: Bench) {
  const elections = Array.from({ length: 20 }, (_, index) => `dropped ${index}`);
  using leader = start(elections);
  for (const name of elections) {
    await leader.until((e) => e.event === 'elected' && e.election === name);
  }
  const dropped = new Set<string>();
  const drop = ({ body }: { body: string }) => {
    const { ':confirmedRevision': from } = JSON.parse(body).ExpressionAttributeValues;
    if (from === undefined || dropped.has(from.S) || dropped.size >= 1_000) return false;
    dropped.add(from.S);
    return true;
  };
  proxy.inject({ kind: 'black-hole', direction: 'answers', operation: 'UpdateItem', when: drop });
  while (dropped.size < 1_000) await sleep(100);
  await sleep(2 * TIMINGS.leaseDurationMs);
  proxy.heal();
  const lost = leader.events.filter(({ event }) => event === 'lost').length;
  const tokens = new Set(leader.events.flatMap(({ token }) => (token ? [token] : [])));
  return { dropped: dropped.size, lost, tokens: [...tokens] };
}

/** Fifty elections led by one process for a minute. */
async function fifty({ start }: Bench) {
  const elections = Array.from({ length: 50 }, (_, index) => `fifty ${index}`);
  using leader = start(elections);
  for (const name of elections) {
    await leader.until((e) => e.event === 'elected' && e.election === name);
  }
  await sleep(60_000);
  return { elections: 50, lost: leader.events.filter(({ event }) => event === 'lost').length };
}

/** Resident memory of a standby, and of a bare process that makes the same reads. */
async function memory({ start }: Bench) {
  using leader = start(['memory']);
  await electedAmong([leader], 1n);
  using standby = start(['memory']);
  using bare = start(['memory'], { bare: true });
  const residentBytes = async (process: CandidateProcess) => {
    await process.until(({ event }) => event === 'standby');
    await sleep(20_000);
    process.child.kill('SIGUSR2');
    return (await process.until(({ event }) => event === 'memory')).residentBytes ?? Number.NaN;
  };
  const [own, reads] = await Promise.all([residentBytes(standby), residentBytes(bare)]);
  return { standbyMb: own / 1e6, bareMb: reads / 1e6, differenceMb: (own - reads) / 1e6 };
}

const PARTS = { crash, steady, droppedAnswers, fifty, memory };

await buildCandidate();
await using store = await startDynamoDbLocal();
await using proxy = await startFaultProxy(store.endpoint);
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const client = new DynamoDBClient({ endpoint: store.endpoint, region: 'us-east-1', credentials });
await createLeaseTable(client, TABLE);
const bench: Bench = {
  proxy,
  start: (elections, how = {}) =>
    startCandidate({
      endpoint: proxy.endpoint,
      tableName: TABLE,
      elections,
      ...TIMINGS,
      bare: false,
      ...how,
    }),
};
const wanted = process.argv.slice(2);
const results: Record<string, unknown> = {
  store: store.version,
  node: process.version,
  cores: cpus().length,
  ...TIMINGS,
};
for (const [name, part] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`${name}…\n`);
  results[name] = await part(bench);
}
client.destroy();
process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
