/**
 * What is done to a group while its figures are taken: all members start, nothing happens, one joins and
 * leaves, one is killed, each is replaced. The same for processes on DynamoDB Local and for the simulator.
 */
import { type Spread, spreadOf } from '../statistics.ts';

/** A group whose members can be started and ended, and who leads what in it. */
export interface Stage {
  readonly partitions: number;
  /** Resolves once each has begun to join. */
  enter(options: { readonly members: number; readonly spareMs?: number }): Promise<void>;
  /** Those that run, oldest first. One that was told to leave runs until it is gone. */
  readonly members: readonly StageMember[];
  nowMs(): number;
  rest(ms: number): Promise<void>;
  /** Since the beginning. */
  readonly counts: StageCounts;
  /** From the end of each partition's term to its next leader's, since this was last asked. */
  takeGapsMs(): readonly number[];
}

export interface StageMember {
  readonly share: number;
  leave(): void;
  kill(): void;
}

export interface StageCounts {
  readonly elections: number;
  readonly requests: number;
  /** Leases that ended though no member was told to leave. */
  readonly lapses: number;
  /** At list prices; absent where requests are not billed. */
  readonly dollars?: number | undefined;
}

export interface DrillOptions {
  readonly members: number;
  /** Joins, leaves and crashes, one after the other. */
  readonly trials: number;
  readonly calmMs: number;
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
}

export interface Change {
  /** Until the group was even again; of a leaver, also until it was gone. */
  readonly settledMs: Spread;
  readonly leaderlessMs: Spread;
  readonly moves: number;
  readonly leastMoves: number;
}

export interface GroupFigures {
  /** From the moment at which the last member began to join. */
  readonly startMs: number;
  readonly calm: {
    readonly forMs: number;
    readonly requestsPerSecondAndMember: number;
    /** The largest share less the smallest. */
    readonly spread: number;
    readonly lapses: number;
    readonly dollarsAMonth?: number | undefined;
  };
  readonly join: Change;
  readonly leave: Change;
  readonly crash: {
    /** From the kill until every partition was led. */
    readonly ledMs: Spread;
    readonly moves: number;
    readonly leastMoves: number;
  };
  readonly rolling: { readonly moves: number; readonly leaderlessMs: Spread };
}

const LOOK_MS = 10;
/** A deadline that only a defect reaches. */
const WITHIN_MS = 180_000;
/** Once the new task runs, a deployment stops the old one. */
const RUNS_AFTER_MS = 1_500;
const MONTH_MS = 730 * 3_600_000;

export async function drill(stage: Stage, options: DrillOptions): Promise<GroupFigures> {
  const { members, renewIntervalMs } = options;
  await stage.enter({ members });
  const startMs = await until(stage, 'start', () => isSettled(stage));
  await stage.rest(4 * renewIntervalMs);
  const calm = await calmly(stage, options);
  const { join, leave } = await joinAndLeave(stage, options);
  const crash = await crashes(stage, options);
  await stage.rest(10 * renewIntervalMs);
  const rolling = await replaceAll(stage, options);
  return { startMs, calm, join, leave, crash, rolling };
}

/** Waits; in milliseconds. */
async function until(stage: Stage, what: string, done: () => boolean): Promise<number> {
  const fromMs = stage.nowMs();
  while (!done()) {
    if (stage.nowMs() - fromMs > WITHIN_MS) throw new Error(`not in ${WITHIN_MS} ms: ${what}`);
    await stage.rest(LOOK_MS);
  }
  return stage.nowMs() - fromMs;
}

const sharesOf = ({ members }: Stage) => members.map(({ share }) => share);
const isLed = (stage: Stage) =>
  sharesOf(stage).reduce((sum, share) => sum + share, 0) === stage.partitions;

function isSettled(stage: Stage): boolean {
  const shares = sharesOf(stage);
  return isLed(stage) && Math.max(...shares) - Math.min(...shares) <= 1;
}

async function calmly(stage: Stage, { calmMs, members }: DrillOptions) {
  const before = { ...stage.counts };
  const fromMs = stage.nowMs();
  await stage.rest(calmMs);
  const forMs = stage.nowMs() - fromMs;
  const { requests, lapses, dollars } = stage.counts;
  const spent = dollars === undefined ? undefined : dollars - (before.dollars ?? 0);
  return {
    forMs,
    requestsPerSecondAndMember: ((requests - before.requests) / forMs / members) * 1_000,
    spread: Math.max(...sharesOf(stage)) - Math.min(...sharesOf(stage)),
    lapses: lapses - before.lapses,
    dollarsAMonth: spent === undefined ? undefined : (spent * MONTH_MS) / forMs,
  };
}

interface Tally {
  readonly settledMs: number[];
  readonly gapsMs: number[];
  moves: number;
  leastMoves: number;
}

const emptyTally = (): Tally => ({ settledMs: [], gapsMs: [], moves: 0, leastMoves: 0 });

async function joinAndLeave(stage: Stage, { trials, renewIntervalMs }: DrillOptions) {
  const [joins, leaves] = [emptyTally(), emptyTally()];
  for (let n = 0; n < trials; n += 1) {
    // Anywhere in the renew interval, and later than plans that only add may follow each other.
    await stage.rest(renewIntervalMs * (4 + n / trials));
    const size = stage.members.length;
    await noting(stage, joins, Math.floor(stage.partitions / (size + 1)), async () => {
      await stage.enter({ members: 1 });
      return until(stage, 'join', () => isSettled(stage));
    });
    await stage.rest(renewIntervalMs * 4);
    const leaver = newest(stage);
    await noting(stage, leaves, leaver.share, () => {
      leaver.leave();
      const isOver = () => stage.members.length === size && isSettled(stage);
      return until(stage, 'leave', isOver);
    });
  }
  return { join: changeOf(joins), leave: changeOf(leaves) };
}

async function noting(
  stage: Stage,
  tally: Tally,
  leastMoves: number,
  change: () => Promise<number>,
): Promise<void> {
  stage.takeGapsMs();
  const before = stage.counts.elections;
  tally.settledMs.push(await change());
  tally.gapsMs.push(...stage.takeGapsMs());
  tally.moves += stage.counts.elections - before;
  tally.leastMoves += leastMoves;
}

function changeOf({ settledMs, gapsMs, moves, leastMoves }: Tally): Change {
  return { settledMs: spreadOf(settledMs), leaderlessMs: spreadOf(gapsMs), moves, leastMoves };
}

function newest({ members }: Stage): StageMember {
  const last = members.at(-1);
  if (last === undefined) throw new Error('nobody is in the group');
  return last;
}

/** Each killed member is followed by a new one before the next is killed. */
async function crashes(stage: Stage, { trials, renewIntervalMs }: DrillOptions) {
  const tally = emptyTally();
  for (let n = 0; n < trials; n += 1) {
    await stage.rest(renewIntervalMs * (4 + n / trials));
    const victim = stage.members[0] ?? newest(stage);
    await noting(stage, tally, victim.share, async () => {
      victim.kill();
      const ledMs = await until(stage, 'crash', () => isLed(stage));
      await until(stage, 'even after a crash', () => isSettled(stage));
      return ledMs;
    });
    await stage.enter({ members: 1 });
    await until(stage, 'join after a crash', () => isSettled(stage));
  }
  const { settledMs, moves, leastMoves } = tally;
  return { ledMs: spreadOf(settledMs), moves, leastMoves };
}

/** The new task starts first, and the old one is stopped once it runs: as a deployment does. */
async function replaceAll(stage: Stage, { members, leaseDurationMs }: DrillOptions) {
  stage.takeGapsMs();
  const before = stage.counts.elections;
  for (let n = 0; n < members; n += 1) {
    const old = stage.members[0] ?? newest(stage);
    await stage.enter({ members: 1, spareMs: 3 * leaseDurationMs });
    await stage.rest(RUNS_AFTER_MS);
    old.leave();
    await until(stage, 'replacement', () => stage.members.length === members);
  }
  await until(stage, 'the last replacement', () => isSettled(stage));
  const moves = stage.counts.elections - before;
  return { moves, leaderlessMs: spreadOf(stage.takeGapsMs()) };
}
