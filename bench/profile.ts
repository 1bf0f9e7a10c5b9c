/**
 * The part `profile`: what a standby, a leader, and a leader of a thousand elections use of a machine while
 * nothing happens: processor time, collections of garbage, and resident memory, with Node's defaults and with
 * the smallest young space.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { TABLE } from './fail-over/store-names.ts';
import { startDynamoDb } from './fail-over/stores.ts';
import type { ProfileOrder } from './profile-process.ts';

export interface ProfileSettings {
  readonly forMs: number;
  readonly many: number;
}

export interface Used {
  readonly role: string;
  readonly smallYoungSpace: boolean;
  /** Of one core. */
  readonly processorShare: number;
  readonly collectionsAMinute: number;
  readonly heapMb: number;
  /** When the measured time began, and when it ended. */
  readonly residentMbBefore: number;
  readonly residentMb: number;
}

interface Told {
  readonly event: string;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly collections: number;
}

const TIMINGS = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
const PROGRAM = fileURLToPath(new URL('./.artifacts/profile-process.mjs', import.meta.url));
/** What starting allocates is collected by then, and every campaign has its answer. */
const SETTLED_MS = 10_000;
const MB = 2 ** 20;

export async function profile({ forMs, many }: ProfileSettings) {
  await build({
    entryPoints: [fileURLToPath(new URL('./profile-process.ts', import.meta.url))],
    outfile: PROGRAM,
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm' },
  });
  const roles: Used[] = [];
  for (const smallYoungSpace of [false, true]) {
    process.stderr.write(`profile: ${smallYoungSpace ? 'a small young space' : 'defaults'}…\n`);
    roles.push(...(await rolesOf(smallYoungSpace, { forMs, many })));
  }
  return { ...TIMINGS, forMs, roles };
}

/** One after the other: a leader, its standby, and a leader of many beside them would share the cores. */
async function rolesOf(smallYoungSpace: boolean, { forMs, many }: ProfileSettings) {
  await using store = await startDynamoDb();
  const endpoint = `http://${store.host}:${store.port}`;
  const order = { endpoint, tableName: TABLE, timings: TIMINGS };
  const begin = (elections: readonly string[]) => start({ ...order, elections }, smallYoungSpace);
  const names = (count: number) => Array.from({ length: count }, () => randomUUID());
  const measured: Used[] = [];
  const measure = async (role: string, process: Profiled) => {
    measured.push({ role, smallYoungSpace, ...(await use(process, forMs)) });
  };
  {
    const one = names(1);
    using leader = begin(one);
    await leader.said('elected', 1);
    await measure('a leader', leader);
    using standby = begin(one);
    await standby.said('standby', 1);
    await measure('a standby', standby);
  }
  using busy = begin(names(many));
  await busy.said('elected', many);
  await measure(`a leader of ${many} elections, in batches`, busy);
  return measured;
}

async function use(process: Profiled, forMs: number) {
  await sleep(SETTLED_MS);
  const before = await process.used();
  await sleep(forMs);
  const after = await process.used();
  return {
    processorShare: (after.cpuMs - before.cpuMs) / forMs,
    collectionsAMinute: ((after.collections - before.collections) * 60_000) / forMs,
    heapMb: after.heapBytes / MB,
    residentMbBefore: before.residentBytes / MB,
    residentMb: after.residentBytes / MB,
  };
}

interface Profiled extends Disposable {
  said(event: string, times: number): Promise<unknown>;
  used(): Promise<Told>;
}

function start(order: ProfileOrder, smallYoungSpace: boolean): Profiled {
  const flags = smallYoungSpace ? ['--max-semi-space-size=1'] : [];
  const child = spawn(process.execPath, [...flags, PROGRAM, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const told: Told[] = [];
  let look = () => {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    told.push(JSON.parse(line) as Told);
    look();
  });
  const said = (event: string, times: number) =>
    new Promise<Told>((resolve) => {
      look = () => {
        const found = told.filter((one) => one.event === event)[times - 1];
        if (found !== undefined) resolve(found);
      };
      look();
    });
  let asked = 0;
  return {
    said,
    used() {
      asked += 1;
      child.stdin.write('used\n');
      return said('used', asked);
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
