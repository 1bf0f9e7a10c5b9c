/**
 * A group of real processes on DynamoDB Local, with one proxy for all of them that counts requests.
 *
 * Instants are those that the members say, by the wall clock that they share.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { groupOperator } from '../../lib/index.ts';
import { CREDENTIALS, REGION, TABLE } from '../fail-over/store-names.ts';
import { startDynamoDb } from '../fail-over/stores.ts';
import { startTcpProxy, type TcpProxy } from '../fail-over/tcp-proxy.ts';
import type { Stage, StageMember } from './drill.ts';
import type { MemberLine, MemberOrder } from './member.ts';

const GROUP = 'bench';
const PROGRAM = fileURLToPath(new URL('../.artifacts/group-member.mjs', import.meta.url));

interface Crew {
  readonly partitions: number;
  readonly proxy: TcpProxy;
  /** Each with what it leads, by partition. */
  readonly members: Map<ChildProcess, { readonly leads: Map<number, string>; leaves: boolean }>;
  /** Of each partition the newest term that began, and the newest that ended: pipes have no common order. */
  readonly began: Map<number, Mark>;
  readonly over: Map<number, Mark>;
  gapsMs: number[];
  elections: number;
  lapses: number;
}

interface Mark {
  readonly token: bigint;
  readonly atMs: number;
}

export interface OpenStage extends AsyncDisposable {
  readonly stage: Stage;
  readonly on: string;
}

export async function openGroupOfProcesses(partitions: number): Promise<OpenStage> {
  await buildMember();
  const store = await startDynamoDb();
  const endpoint = `http://${store.host}:${store.port}`;
  const clientConfig = { endpoint, region: REGION, credentials: CREDENTIALS };
  const via = dynamoDbGroup({ tableName: TABLE, clientConfig });
  await groupOperator({ name: GROUP, via }).create({ partitions });
  const proxy = await startTcpProxy(store);
  const crew: Crew = {
    ...{ partitions, proxy, members: new Map(), began: new Map(), over: new Map() },
    ...{ gapsMs: [], elections: 0, lapses: 0 },
  };
  const end = () => {
    for (const child of crew.members.keys()) child.kill('SIGKILL');
  };
  process.once('exit', end);
  return {
    stage: stageOf(crew),
    on: store.description,
    async [Symbol.asyncDispose]() {
      process.off('exit', end);
      end();
      await proxy.stop();
      await store[Symbol.asyncDispose]();
    },
  };
}

async function buildMember(): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('./member.ts', import.meta.url))],
    outfile: PROGRAM,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
}

function stageOf(crew: Crew): Stage {
  return {
    partitions: crew.partitions,
    async enter({ members, spareMs = 0 }) {
      const joining = Array.from({ length: members }, () => start(crew, spareMs));
      await Promise.all(joining);
    },
    get members() {
      return [...crew.members.keys()].map((child) => memberOf(crew, child));
    },
    nowMs: () => performance.now(),
    rest: (ms) => sleep(ms),
    get counts() {
      const { elections, lapses, proxy } = crew;
      return { elections, lapses, requests: proxy.requests() };
    },
    takeGapsMs() {
      const taken = crew.gapsMs;
      crew.gapsMs = [];
      return taken;
    },
  };
}

function memberOf(crew: Crew, child: ChildProcess): StageMember {
  const known = crew.members.get(child);
  return {
    get share() {
      return known?.leads.size ?? 0;
    },
    leave() {
      if (known !== undefined) known.leaves = true;
      child.kill('SIGTERM');
    },
    kill() {
      child.kill('SIGKILL');
      crew.members.delete(child);
    },
  };
}

/** Resolves once the process has begun to join. */
async function start(crew: Crew, spareMs: number): Promise<void> {
  const { partitions, proxy, members } = crew;
  const endpoint = `http://127.0.0.1:${proxy.port}`;
  const order: MemberOrder = { endpoint, tableName: TABLE, group: GROUP, partitions, spareMs };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
  });
  members.set(child, { leads: new Map(), leaves: false });
  child.once('close', () => members.delete(child));
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error('a member ended before it joined')));
    lines.on('line', (text) => {
      const line = JSON.parse(text) as MemberLine;
      if (line.kind === 'joining') resolve();
      hear(crew, child, line);
    });
  });
}

function hear(crew: Crew, child: ChildProcess, line: MemberLine): void {
  const { kind, partition = -1, token = '0', atEpochMs } = line;
  const known = crew.members.get(child);
  if (known === undefined) return;
  const mark = { token: BigInt(token), atMs: atEpochMs };
  switch (kind) {
    case 'joining':
      return;
    case 'elected':
      known.leads.set(partition, token);
      crew.elections += 1;
      crew.began.set(partition, mark);
      return noteGap(crew, partition);
    case 'over':
      if (known.leads.get(partition) === token) known.leads.delete(partition);
      crew.over.set(partition, mark);
      return noteGap(crew, partition);
    case 'gone':
      if (!known.leaves) crew.lapses += 1;
      return;
  }
}

/** Once both sides of a hand-over are known, whichever was heard first. */
function noteGap({ began, over, gapsMs }: Crew, partition: number): void {
  const [start, end] = [began.get(partition), over.get(partition)];
  if (start === undefined || end === undefined || start.token !== end.token + 1n) return;
  gapsMs.push(start.atMs - end.atMs);
}
