/**
 * A plan: timings, what each fault costs in time, and what a month costs in money, for each way to elect.
 */
import { resolveTimings, type Timings } from '../../index.ts';
import { type Bill, billOf, groupBillOf, times } from './bill.ts';
import {
  type Leaderless,
  leaderlessOf,
  PLANNED_AND_TAKEN_MS,
  type SingleWay,
  type Way,
} from './leaderless.ts';
import { PRICES } from './prices.ts';
import { STANDBYS, type Standby } from './standbys.ts';
import { FEW_ROUND_TRIPS_MS, leastCrashMs, timingsFor, type Wish } from './wish.ts';

export interface WayPlan {
  readonly way: Way;
  /** As given to `createElection` or `createGroup`. */
  readonly timings: Timings;
  readonly leaderless: readonly Leaderless[];
  /** Of all elections together, for a month. */
  readonly bill: Bill;
}

export interface Plan {
  readonly wish: Wish;
  readonly timings: Timings;
  readonly ways: readonly WayPlan[];
  readonly standbys: readonly Standby[];
  readonly prices: {
    readonly region: string;
    readonly date: string;
    readonly sources: readonly string[];
  };
}

const SINGLE_WAYS = ['lease', 'lease with hints', 'baton'] as const satisfies readonly SingleWay[];

/** @throws InvalidOptionsError where no timings give what was wished. */
export function planFor(wish: Wish): Plan {
  const timings = timingsFor(wish);
  const { region, date, sources } = PRICES;
  const singles = SINGLE_WAYS.flatMap((way) =>
    singlePlan(way, way === 'baton' ? visibilityOf(timings) : timings, wish),
  );
  return {
    wish,
    timings,
    ways: [...singles, ...groupPlan(wish)],
    standbys: STANDBYS,
    prices: { region, date, sources },
  };
}

function singlePlan(way: SingleWay, timings: Timings | undefined, wish: Wish): readonly WayPlan[] {
  if (timings === undefined) return [];
  const bill = times(billOf(way, timings, wish.standbys), wish.elections);
  return [{ way, timings, leaderless: leaderlessOf(way, timings), bill }];
}

/** Survivors plan before they take: the lease is shorter by that. One election needs no group. */
function groupPlan({ crashMs, elections, standbys }: Wish): readonly WayPlan[] {
  const leaseOnlyMs = crashMs - PLANNED_AND_TAKEN_MS + FEW_ROUND_TRIPS_MS;
  if (elections === 1 || leaseOnlyMs < leastCrashMs()) return [];
  const timings = timingsFor({ crashMs: leaseOnlyMs });
  const bill = groupBillOf(timings, 1 + standbys);
  return [{ way: 'partitions', timings, leaderless: leaderlessOf('partitions', timings), bill }];
}

/** SQS counts visibility in whole seconds, and a baton needs room for a poll of a second: 3 s at least. */
function visibilityOf({ leaseDurationMs }: Timings): Timings | undefined {
  const wholeMs = Math.floor(leaseDurationMs / 1_000) * 1_000;
  return wholeMs < 3_000 ? undefined : resolveTimings({ leaseDurationMs: wholeMs });
}
