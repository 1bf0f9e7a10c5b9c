/**
 * Chaos on real processes: workers against DynamoDB Local through a proxy that fails, killed, stopped,
 * and with their wall clocks moved. Judged by the lock set and by the record's own history.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  nothingAcknowledgedIsLost,
  oneTermPerToken,
  revisionsNeverReturn,
  tokensNeverFall,
  type Violation,
} from '../../lib/core/invariants.ts';
import type { LeaseRecord } from '../../lib/core/record.ts';
import { createLeaseStore, createLeaseTable } from '../../lib/dynamodb/index.ts';
import { localDynamoDb } from '../../lib/local/index.ts';
import { seeded } from '../simulation/random.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { canJump, type Member, startMember, type WorkerLine } from './crew.ts';

export interface ChaosReport {
  readonly violations: readonly Violation[];
  readonly injected: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
  readonly acknowledgedAfterHealing: number;
}

const CREW = 3;
/** Lease, renew interval, and what a loaded machine takes to start a process. */
const HEALED_WITHIN_MS = 60_000;

export async function chaos(options: { durationMs: number; seed: number }): Promise<ChaosReport> {
  await using engine = await localDynamoDb();
  const proxy = await startFaultProxy(engine.endpoint);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-chaos-'));
  const tableName = 'chaos';
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await createLeaseTable(client, tableName);
  const lines: WorkerLine[] = [];
  const env = { CHAOS_TABLE: tableName, CHAOS_ENDPOINT: proxy.endpoint };
  const start = (name: string) => startMember(name, folder, env, (line) => lines.push(line));
  const crew = Array.from({ length: CREW }, (_, index) => start(`w${index}`));
  const store = createLeaseStore({ client, tableName, election: 'chaos', historyDays: 1 });
  const chain: LeaseRecord[] = [];
  const watching = new AbortController();
  const watched = watchRecord(store, chain, watching.signal);
  const isElected = () => lines.some(({ event }) => event === 'elected');
  const startedByMs = Date.now() + HEALED_WITHIN_MS;
  while (!isElected() && Date.now() < startedByMs) await sleep(50);
  const injected = await trouble({ ...options, crew, proxy, start });
  const healed = lines.length;
  const acknowledgements = () =>
    lines.slice(healed).filter(({ event }) => event === 'acknowledged');
  const untilMs = Date.now() + HEALED_WITHIN_MS;
  while (acknowledgements().length < 10 && Date.now() < untilMs) await sleep(50);
  await end(crew);
  watching.abort();
  await watched;
  const Key = { pk: { S: 'shared' }, sk: { S: 'set' } };
  const { Item } = await client.send(
    new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }),
  );
  const found = new Set(Item?.elements?.SS ?? []);
  client.destroy();
  await proxy.stop();
  await rm(folder, { recursive: true });
  return {
    ...judge(lines, chain, found),
    injected,
    acknowledgedAfterHealing: acknowledgements().length,
  };
}

interface Trouble {
  readonly durationMs: number;
  readonly seed: number;
  readonly crew: Member[];
  readonly proxy: FaultProxy;
  readonly start: (name: string) => Member;
}

/** Lets things go wrong until the time is over, then heals everything; counts what was done. */
async function trouble({ durationMs, seed, crew, proxy, start }: Trouble) {
  const random = seeded(seed);
  const injected: Record<string, number> = {};
  const untilMs = Date.now() + durationMs;
  let generation = CREW;
  const network = (direction: 'requests' | 'answers', kind: 'black-hole' | 'reset' | 'delay') => {
    const fault = kind === 'delay' ? { direction, kind, ms: 700 } : { direction, kind };
    return proxy.inject(fault);
  };
  const acts: Record<string, (member: Member, index: number) => (() => void) | undefined> = {
    SIGKILL: ({ child }, index) => {
      child.kill('SIGKILL');
      crew[index] = start(`w${generation++}`);
      return undefined;
    },
    SIGSTOP: ({ child }) => {
      child.kill('SIGSTOP');
      return () => child.kill('SIGCONT');
    },
    'requests lost': () => network('requests', 'black-hole'),
    'answers lost': () => network('answers', 'black-hole'),
    'answers late': () => network('answers', 'delay'),
    'connections reset': () => network('requests', 'reset'),
    ...(canJump && {
      'wall clock moved': (member: Member) => {
        member.jumpWallClock(Math.round(random.between(-60, 60)));
        return undefined;
      },
    }),
  };
  while (Date.now() < untilMs) {
    const name = random.pick(Object.keys(acts));
    const index = Math.floor(random.unit() * CREW);
    if (crew[index]?.child.exitCode !== null) crew[index] = start(`w${generation++}`);
    const heal = acts[name]?.(crew[index] as Member, index);
    injected[name] = (injected[name] ?? 0) + 1;
    await sleep(random.between(100, random.chance(0.3) ? 4_500 : 1_200));
    heal?.();
    await sleep(random.between(0, 800));
  }
  proxy.heal();
  return injected;
}

/** Reads the record, past the proxy, as often as it can. */
async function watchRecord(
  store: ReturnType<typeof createLeaseStore>,
  chain: LeaseRecord[],
  signal: AbortSignal,
): Promise<void> {
  const { signal: never } = new AbortController();
  while (!signal.aborted) {
    const sighting = await store.read({ consistency: 'strong', signal: never });
    if (sighting.kind === 'present' && sighting.record.revision !== chain.at(-1)?.revision) {
      chain.push(sighting.record);
    }
    await sleep(15);
  }
}

async function end(crew: readonly Member[]): Promise<void> {
  await Promise.all(
    crew.map(async ({ child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }),
  );
}

function judge(
  lines: readonly WorkerLine[],
  chain: readonly LeaseRecord[],
  found: ReadonlySet<string>,
) {
  const seen: Record<string, number> = { revisions: chain.length };
  for (const { event, name } of lines) {
    const what = name === undefined ? event : `${event}: ${name}`;
    seen[what] = (seen[what] ?? 0) + 1;
  }
  const elections = lines.flatMap(({ event, token, worker }) =>
    event === 'elected' && token !== undefined
      ? [{ token: BigInt(token), candidateId: worker, by: worker }]
      : [],
  );
  const acknowledged = new Set(lines.flatMap(({ element }) => (element ? [element] : [])));
  // The record was sampled, so some versions were missed: that its token never falls is certain.
  const tokens = chain.map(({ token, holder = 'nobody' }) => ({
    token,
    by: `the record, ${holder}`,
  }));
  const violations: Violation[] = [
    ...oneTermPerToken(elections),
    ...revisionsNeverReturn(chain),
    ...tokensNeverFall(tokens),
    ...nothingAcknowledgedIsLost(acknowledged, found),
  ];
  return { violations, seen };
}
