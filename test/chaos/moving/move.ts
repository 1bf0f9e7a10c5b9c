/**
 * One move on real processes, as `docs/migrating.md` tells it: three deployments, each rolled over the seats one by
 * one, with leaders that are killed and frozen in the middle of a write in each of them.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Violation } from '../../judge/invariants.ts';
import { seeded } from '../../simulation/shared/random.ts';
import { tenureCommand } from '../../support/tenure.ts';
import { until } from '../../support/until.ts';
import { FAULTS, type SeatFault } from '../faults.ts';
import { judgeRows } from '../judging/judge.ts';
import { adds, hold, replaceLeader } from '../trouble.ts';
import { type Crew, prepareCrew } from '../workers/crew.ts';
import type { Member } from '../workers/member.ts';
import { ELECTION, type Way, type WorkerLine } from '../workers/ways.ts';
import { failOverMs, type Move, type Moving } from './moves.ts';

export interface MoveReport {
  readonly move: string;
  readonly violations: readonly Violation[];
  readonly seen: Readonly<Record<string, number>>;
  readonly deployments: readonly DeploymentReport[];
}

export interface DeploymentReport {
  readonly deployment: string;
  /** How many leaders each kind of fault struck. */
  readonly struck: Readonly<Record<string, number>>;
  /** Between two additions that were acknowledged, of whichever leaders. */
  readonly longestGapMs: number;
  /** What one fail-over may take here. */
  readonly failOverMs: number;
}

export interface MoveOptions {
  readonly move: Move;
  /** Of a DynamoDB Local. */
  readonly endpoint: string;
  readonly seed: number;
  /** How many leaders are struck in each state of each deployment. */
  readonly strikes: number;
  readonly tell?: ((progress: string) => void) | undefined;
}

interface Deployment {
  readonly name: string;
  readonly ways: readonly [Way] | readonly [Way, Way];
  /** What elects its leaders, and those of the deployment before. */
  readonly among: readonly Way[];
}

const SEATS = 3;
const KINDS = ['SIGKILL', 'frozen in mid-write'];

export async function playMove(options: MoveOptions): Promise<MoveReport> {
  const { move, endpoint, tell } = options;
  const moving = await move.open(endpoint);
  await using arena = moving.arena;
  await using crew = await prepareCrew(arena, SEATS);
  const { from, to } = moving;
  const deployments: readonly Deployment[] = [
    { name: 'old', ways: [from], among: [from] },
    { name: 'bridge', ways: [from, to], among: [from, to] },
    { name: 'new', ways: [to], among: [from, to] },
  ];
  const strike = striking(options, crew);
  const reports: DeploymentReport[] = [];
  for (const deployment of deployments) {
    const began = crew.lines.length;
    if (deployment.name === 'bridge') {
      await reseed(moving);
      // What still elects old leaders goes on counting.
      arena.skipNumbers();
    }
    const struck = await roll(deployment, crew, strike);
    const longestGapMs = Math.round(longestGap(crew.lines.slice(Math.max(0, began - 1))));
    const { name, among } = deployment;
    const report = { deployment: name, struck, longestGapMs, failOverMs: failOverMs(among) };
    reports.push(report);
    tell?.(`${move.name}: ${JSON.stringify(report)}`);
  }
  await crew.end();
  const { violations, seen } = judgeRows({ versions: await arena.versions(), lines: crew.lines });
  return { move: move.name, violations, seen, deployments: reports };
}

/** Replaces the workers one by one, and strikes leaders while two kinds of them run and when one is left. */
async function roll({ name, ways }: Deployment, crew: Crew, strike: () => Promise<string[]>) {
  const kinds: string[] = [];
  const leaving: Member[] = [];
  for (const [at, seat] of crew.seats.entries()) {
    const before = seat.member();
    if (before !== undefined) leaving.push(before);
    before?.signal('SIGTERM');
    seat.seat({ ways });
    // One program of the deployment before is left.
    if (name !== 'old' && at === SEATS - 2) kinds.push(...(await strike()));
  }
  // Old and new programs must never run at once.
  await until(() => leaving.every((member) => !member.isRunning()), {
    what: 'that the programs of the deployment before have ended',
  });
  kinds.push(...(await strike()));
  const struck: Record<string, number> = {};
  for (const kind of kinds) struck[kind] = (struck[kind] ?? 0) + 1;
  return struck;
}

/** Strikes leaders at work, each kind in turn. Resolves with the kinds. */
function striking({ seed, strikes }: MoveOptions, crew: Crew): () => Promise<string[]> {
  const random = seeded(seed);
  let turn = seed;
  return async () => {
    const kinds: string[] = [];
    while (kinds.length < strikes) {
      const fault = faultOf(KINDS[turn % KINDS.length]);
      await hold(crew, 'that a leader adds', () => adds(crew.leader()));
      const { isFrozen } = await replaceLeader(fault, crew, random);
      for (const seat of crew.seats) if (seat.member()?.isRunning() !== true) seat.seat();
      // A leader that lost its role at that moment had nothing to write. The next leader has.
      if (fault.kind !== 'SIGKILL' && !isFrozen) continue;
      kinds.push(fault.kind);
      turn += 1;
    }
    return kinds;
  };
}

function faultOf(kind: string | undefined): SeatFault {
  const fault = FAULTS.find((one) => one.kind === kind);
  if (fault === undefined) throw new Error(`no fault is called ${kind}`);
  return fault;
}

/** As an operator does it before the bridge's first deployment. Nothing can raise what a queue counts. */
async function reseed({ arena: { tableName }, to }: Moving): Promise<void> {
  if (to.via === 'baton') return;
  const args = ['reseed', ELECTION, '--above-stamps', tableName, '--lease', '1s', '--yes'];
  const table = { tableName, endpoint: to.endpoint };
  const { command, env } = tenureCommand(args, table);
  const [program = '', ...rest] = command;
  await promisify(execFile)(program, rest, { env: { ...process.env, ...env } });
}

function longestGap(lines: readonly WorkerLine[]): number {
  const at = lines.flatMap(({ event, atMs }) => (event === 'acknowledged' && atMs ? [atMs] : []));
  at.sort((a, b) => a - b);
  return at.slice(1).reduce((gap, ms, index) => Math.max(gap, ms - (at[index] as number)), 0);
}

/** A restarted process of a loaded machine answers this much later than the protocol needs. */
const SLACK_MS = 1_000;

export function isGoodMove({ violations, deployments }: MoveReport): boolean {
  const inTime = deployments.every((one) => one.longestGapMs <= one.failOverMs + SLACK_MS);
  return violations.length === 0 && inTime;
}

/** What a long run prints of a move. */
export function linesOfMove({ move, violations, seen, deployments }: MoveReport): string[] {
  return [
    move,
    ...deployments.map(({ deployment, struck, longestGapMs, failOverMs: atMostMs }) => {
      const faults = Object.entries(struck).map(([kind, times]) => `${times} ${kind}`);
      return `  ${deployment}: ${faults.join(', ')}; nobody led for ${longestGapMs} ms at most, of ${atMostMs}`;
    }),
    `  ${seen['additions lost']} of ${seen['additions acknowledged']} additions lost, ${seen.terms} terms`,
    ...violations.map(({ invariant, detail }) => `  VIOLATED ${invariant}: ${detail}`),
  ];
}
