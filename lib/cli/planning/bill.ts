/**
 * What a month of electing asks of the stores and costs, in the steady state, for each way to elect.
 *
 * Units follow DynamoDB's rules for items of less than 1 KB: a write is one unit, and an eventually
 * consistent read half of one. `bench/cost.ts` counts the same on the wire; a test holds the two together.
 */
import type { Timings } from '../../index.ts';
import type { Way } from './leaderless.ts';
import { HOURS_A_MONTH, PRICES } from './prices.ts';

export interface Bill {
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly queueRequests: number;
  readonly dollars: number;
}

const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
/** The longest wait of an SQS receive. A standby that waits for hints polls this long. */
const POLL_MS = 20_000;

/** Of one election with its standbys, for a month. */
export function billOf(way: Way, timings: Timings, standbys: number): Bill {
  const renewals = (SECONDS_A_MONTH * 1_000) / timings.renewIntervalMs;
  switch (way) {
    case 'lease':
      return priced({ writeUnits: renewals, reads: renewals * standbys, polls: 0, fifo: 0 });
    case 'lease with hints': {
      const polls = ((SECONDS_A_MONTH * 1_000) / POLL_MS) * standbys;
      return priced({ writeUnits: renewals, reads: renewals * standbys, polls, fifo: 0 });
    }
    case 'baton': {
      const polls = ((SECONDS_A_MONTH * 1_000) / batonPollMs(timings)) * standbys;
      return priced({ writeUnits: 0, reads: 0, polls: 0, fifo: renewals + polls });
    }
  }
}

/** What is left of the visibility timeout for one receive, in whole seconds: as `sqsBaton` decides. */
function batonPollMs({ leaseDurationMs, marginMs, lossGraceMs, writeTimeoutMs }: Timings): number {
  const roomMs = leaseDurationMs - marginMs - lossGraceMs - 2 * writeTimeoutMs;
  return Math.max(1_000, Math.min(POLL_MS, (Math.ceil(roomMs / 1_000) - 1) * 1_000));
}

function priced(month: { writeUnits: number; reads: number; polls: number; fifo: number }): Bill {
  const { writeUnits, reads, polls, fifo } = month;
  const price = PRICES.dollarsPerMillion;
  const readUnits = reads / 2;
  const millions =
    writeUnits * price.writeUnits +
    readUnits * price.readUnits +
    polls * price.standardQueueRequests +
    fifo * price.fifoQueueRequests;
  return {
    requests: writeUnits + reads + polls + fifo,
    writeUnits,
    readUnits,
    queueRequests: polls + fifo,
    dollars: millions / 1e6,
  };
}

/** One task of 0.25 vCPU and 512 MB on Fargate that runs all month. */
export function fargateTaskDollars(): number {
  const { vcpu, gb } = PRICES.fargateDollarsAnHour;
  return (0.25 * vcpu + 0.5 * gb) * HOURS_A_MONTH;
}

/** A function of 256 MB that is invoked once a minute, asks whether it leads, and ends after 0.2 s. */
export function lambdaAMinuteDollars(): number {
  const invocations = HOURS_A_MONTH * 60;
  const gbSeconds = invocations * 0.2 * 0.25;
  return (
    gbSeconds * PRICES.lambdaDollarsPerGbSecond +
    (invocations * PRICES.dollarsPerMillion.lambdaRequests) / 1e6
  );
}
