/**
 * What a month of electing asks of the stores and costs, in the steady state, for each way to elect.
 *
 * Units follow DynamoDB's rules for items of less than 1 KB: a write is one unit, and an eventually
 * consistent read half of one. `bench/cost.ts` counts the same on the wire; a test holds the two together.
 */
import type { Timings } from '../../index.ts';
import type { SingleWay } from './leaderless.ts';
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
export function billOf(way: SingleWay, timings: Timings, standbys: number): Bill {
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

/** The members that each member watches: its next two on the ring. */
const WATCHED_MAX = 2;
/** A watched row is looked at once for each renewal, and again where that renewal came late: counted. */
const LOOKS_A_RENEWAL = 1.6;
/** A row of a member, with what DynamoDB counts for its attributes' names. */
const MEMBER_ROW_BYTES = 350;
const READ_UNIT_BYTES = 4_096;
const AUDIT_MS = { least: 30_000, aMember: 500 };

/**
 * Of a group with this many members, for a month, whatever its number of partitions: a member renews one
 * lease, reads the plan's head, watches two others, and reads the roster about twice a minute.
 */
export function groupBillOf({ renewIntervalMs }: Timings, members: number): Bill {
  const renewals = (SECONDS_A_MONTH * 1_000) / renewIntervalMs;
  const looks = renewals * Math.min(WATCHED_MAX, members - 1) * LOOKS_A_RENEWAL;
  const auditMs = Math.max(AUDIT_MS.least, members * AUDIT_MS.aMember);
  const audits = (SECONDS_A_MONTH * 1_000) / auditMs;
  const rosterUnits = Math.ceil((members * MEMBER_ROW_BYTES) / READ_UNIT_BYTES);
  const ofOne = priced({ writeUnits: renewals, reads: renewals + looks, polls: 0, fifo: 0 });
  const auditDollars = (audits * rosterUnits * PRICES.dollarsPerMillion.readUnits) / 1e6;
  return times(
    {
      ...ofOne,
      requests: ofOne.requests + audits,
      readUnits: ofOne.readUnits + audits * rosterUnits,
      dollars: ofOne.dollars + auditDollars,
    },
    members,
  );
}

/** So many of what the bill is for. */
export function times(bill: Bill, count: number): Bill {
  return {
    requests: bill.requests * count,
    writeUnits: bill.writeUnits * count,
    readUnits: bill.readUnits * count,
    queueRequests: bill.queueRequests * count,
    dollars: bill.dollars * count,
  };
}
