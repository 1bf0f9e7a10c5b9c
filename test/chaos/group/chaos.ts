/**
 * Chaos for a group on real processes: members killed one by one and two at once, frozen, cut off, told to
 * leave, and joining. After each, every partition must be worked on again by a member that is not the victim.
 * Judged by what the members said and by the table's whole history.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dynamoDbGroup } from '../../../lib/dynamodb/index.ts';
import { groupOperator } from '../../../lib/index.ts';
import { clientConfigFor, environmentFor } from '../../support/dynamodb.ts';
import { type FaultProxy, startFaultProxy } from '../../support/network/fault-proxy.ts';
import { until } from '../../support/until.ts';
import type { Verdict } from '../judging/judge.ts';
import { openArena } from '../workers/arena.ts';
import { judgeGroup } from './judge.ts';
import { GROUP, type MemberLine, type MemberSettings, PARTITIONS } from './words.ts';

export interface GroupChaosReport extends Verdict {
  /** From each fault until every partition was worked on by others, in milliseconds. */
  readonly recoveredMs: Readonly<Record<string, number>>;
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

interface Member {
  readonly name: string;
  readonly process: ChildProcess;
  readonly network: FaultProxy;
  readonly ended: Promise<unknown>;
}

interface Crew {
  readonly members: Member[];
  readonly lines: MemberLine[];
  enlist(): Promise<Member>;
}

export async function groupChaos({ endpoint }: { readonly endpoint: string }) {
  await using arena = await openArena('lease', endpoint);
  const { tableName } = arena;
  const via = dynamoDbGroup({ tableName, clientConfig: clientConfigFor(endpoint) });
  await groupOperator({ name: GROUP, via }).create({ partitions: PARTITIONS });
  const crew = openCrew(tableName, endpoint);
  const recoveredMs: Record<string, number> = {};
  try {
    for (let n = 0; n < 3; n += 1) await crew.enlist();
    await worked(crew, []);
    for (const [fault, strike] of Object.entries(FAULTS)) {
      const fromMs = performance.now();
      const { victims, heal } = await strike(crew);
      await worked(crew, victims, fault);
      recoveredMs[fault] = Math.round(performance.now() - fromMs);
      await heal?.();
    }
    await worked(crew, []);
  } finally {
    for (const { process } of crew.members) process.kill('SIGKILL');
    await Promise.all(crew.members.map(({ ended }) => ended));
    await Promise.all(crew.members.map(({ network }) => network.stop()));
  }
  const verdict = judgeGroup({ versions: await arena.versions(), lines: crew.lines });
  return { ...verdict, recoveredMs } satisfies GroupChaosReport;
}

function openCrew(tableName: string, endpoint: string): Crew {
  const members: Member[] = [];
  const lines: MemberLine[] = [];
  return {
    members,
    lines,
    async enlist() {
      const name = `m${members.length}`;
      const network = await startFaultProxy(endpoint, { keepsBodies: false });
      const settings: MemberSettings = { name, tableName, groupEndpoint: network.endpoint };
      const child = spawn(process.execPath, [WORKER, JSON.stringify(settings)], {
        // Its standard input ends with this process, so that the worker ends with this process too.
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, ...environmentFor(endpoint) },
      });
      // The worker may be dead already: then its last order is lost.
      child.stdin.on('error', () => undefined);
      createInterface({ input: child.stdout }).on('line', (line) =>
        lines.push({ ...(JSON.parse(line) as MemberLine), worker: name }),
      );
      const ended = new Promise((resolve) => child.once('close', resolve));
      const member = { name, process: child, network, ended };
      members.push(member);
      return member;
    },
  };
}

interface Struck {
  /** The members that must lead nothing until all is well again. */
  readonly victims: readonly Member[];
  readonly heal?: () => unknown;
}

/** Each strikes the members whose loss costs the crew most: members that lead. */
const FAULTS: Readonly<Record<string, (crew: Crew) => Promise<Struck>>> = {
  'a member is killed': async (crew) => {
    const victim = leaderOf(crew);
    victim.process.kill('SIGKILL');
    await crew.enlist();
    return { victims: [victim] };
  },
  'a member is frozen in mid-write': async (crew) => {
    const victim = leaderOf(crew);
    const before = crew.lines.length;
    victim.process.stdin?.write('freeze\n');
    await said(crew, before, ({ event, worker }) => event === 'freezing' && worker === victim.name);
    // Refused by the fence, or told that the term is over where its connection was closed meanwhile.
    const heal = async () => {
      victim.process.kill('SIGCONT');
      await said(
        crew,
        before,
        ({ event, worker }) =>
          worker === victim.name && (event === 'refused' || event === 'work-failed'),
      );
    };
    return { victims: [victim], heal };
  },
  'a member is cut off': async (crew) => {
    const victim = leaderOf(crew);
    const heal = victim.network.inject({ direction: 'requests', kind: 'black-hole' });
    return { victims: [victim], heal };
  },
  'a member leaves': async (crew) => {
    const victim = leaderOf(crew);
    victim.process.kill('SIGTERM');
    return { victims: [victim], heal: () => victim.ended };
  },
  'a member joins': async (crew) => {
    const before = crew.lines.length;
    const { name } = await crew.enlist();
    await said(crew, before, ({ event, worker }) => event === 'acknowledged' && worker === name);
    return { victims: [] };
  },
  'two members are killed at once': async (crew) => {
    const victims = [leaderOf(crew)];
    victims.push(leaderOf(crew, victims));
    for (const { process } of victims) process.kill('SIGKILL');
    await crew.enlist();
    return { victims };
  },
};

/** A member that works, by its newest lines. */
function leaderOf({ lines, members }: Crew, except: readonly Member[] = []): Member {
  const names = new Set(members.map(({ name }) => name));
  for (const { name } of except) names.delete(name);
  const newest = lines.findLast(
    ({ event, worker }) => event === 'acknowledged' && names.has(worker),
  );
  const leader = members.find(({ name }) => name === newest?.worker);
  if (leader === undefined) throw new Error('nobody leads anything');
  return leader;
}

/** Every partition is worked on, from now on, by a member that is no victim. */
async function worked(
  { lines }: Crew,
  victims: readonly Member[],
  what = 'the beginning',
): Promise<void> {
  const before = lines.length;
  const names = new Set(victims.map(({ name }) => name));
  const isWorked = () => {
    const partitions = lines
      .slice(before)
      .filter(({ event, worker }) => event === 'acknowledged' && !names.has(worker))
      .map(({ partition }) => partition);
    return new Set(partitions).size === PARTITIONS;
  };
  await until(isWorked, { what: `all partitions are worked on: ${what}` });
}

async function said(
  { lines }: Crew,
  after: number,
  matches: (line: MemberLine) => boolean,
): Promise<void> {
  const hasSaid = () => lines.slice(after).some(matches);
  await until(hasSaid, { what: 'a member says what is expected' });
}
