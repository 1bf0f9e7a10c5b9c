/**
 * A plan: timings, what each fault costs in time, and what a month costs in money, for each way to elect.
 */
import { resolveTimings, type Timings } from '../../index.ts';
import { type Bill, billOf, fargateTaskDollars, lambdaAMinuteDollars } from './bill.ts';
import { type Leaderless, leaderlessOf, type Way } from './leaderless.ts';
import { PRICES } from './prices.ts';
import { timingsFor, type Wish } from './wish.ts';

export interface WayPlan {
  readonly way: Way;
  readonly leaderless: readonly Leaderless[];
  /** Of all elections together, for a month. */
  readonly bill: Bill;
}

export interface Plan {
  readonly wish: Wish;
  readonly timings: Timings;
  readonly ways: readonly WayPlan[];
  readonly standby: {
    /** A standby that is kept warm on Fargate, for a month. */
    readonly fargateTaskDollars: number;
    /** A scheduled function that asks once a minute whether it leads, for a month. */
    readonly lambdaAMinuteDollars: number;
  };
  readonly prices: {
    readonly region: string;
    readonly date: string;
    readonly sources: readonly string[];
  };
}

const WAYS = ['lease', 'lease with hints', 'baton'] as const satisfies readonly Way[];

/** @throws InvalidOptionsError where no timings give what was wished. */
export function planFor(wish: Wish): Plan {
  const timings = timingsFor(wish);
  const { region, date, sources } = PRICES;
  return {
    wish,
    timings,
    ways: WAYS.flatMap((way) =>
      wayPlan(way, way === 'baton' ? visibilityOf(timings) : timings, wish),
    ),
    standby: {
      fargateTaskDollars: fargateTaskDollars(),
      lambdaAMinuteDollars: lambdaAMinuteDollars(),
    },
    prices: { region, date, sources },
  };
}

function wayPlan(way: Way, timings: Timings | undefined, wish: Wish): readonly WayPlan[] {
  if (timings === undefined) return [];
  const bill = times(billOf(way, timings, wish.standbys), wish.elections);
  return [{ way, leaderless: leaderlessOf(way, timings), bill }];
}

/** SQS counts visibility in whole seconds, and a baton needs room for a poll of a second: 3 s at least. */
function visibilityOf({ leaseDurationMs }: Timings): Timings | undefined {
  const wholeMs = Math.floor(leaseDurationMs / 1_000) * 1_000;
  return wholeMs < 3_000 ? undefined : resolveTimings({ leaseDurationMs: wholeMs });
}

function times(bill: Bill, elections: number): Bill {
  return {
    requests: bill.requests * elections,
    writeUnits: bill.writeUnits * elections,
    readUnits: bill.readUnits * elections,
    queueRequests: bill.queueRequests * elections,
    dollars: bill.dollars * elections,
  };
}
