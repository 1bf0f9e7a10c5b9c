/**
 * How a number of elections grows into requests, units, dollars and waits, and where a quota ends it.
 *
 * Decides nothing of its own: rates come from `bill.ts`, timings from the library, quotas from `limits.ts`,
 * and the length of a policy from the statements that `tenure policy` prints.
 */
import { partitionKeyOf, tableStatements } from '../../dynamodb/index.ts';
import type { Timings } from '../../index.ts';
import { type Bill, billOf, groupBillOf, times } from './bill.ts';
import { LIMITS } from './limits.ts';
import { HOURS_A_MONTH } from './prices.ts';

const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
/** An acquire, the row of the new term, and the date of expiry in the row of the old one. */
const WRITES_A_TAKE_OVER = 3;
/** The most of one group. */
const PARTITIONS_A_GROUP = 10_000;
const PARTITIONS_A_MEMBER = 1_000;
const GATHER_SHARE = 1 / 3;

export interface Growth {
  readonly elections: number;
  readonly lease: Bill;
  readonly baton: Bill;
  /** Requests a second of the leaders, with each renewal a request, and in batches. */
  readonly renewalsASecond: number;
  readonly batchesASecond: number;
  readonly partitions: { readonly groups: number; readonly members: number; readonly bill: Bill };
  /**
   * What a crash of half of all leaders at once takes longer at the table's default quota; absent where the
   * renewals alone are above it.
   */
  readonly crowdMs?: number | undefined;
}

/** Of elections with one standby each, spread over processes that lead `aProcess` of them. */
export function growthTo(elections: number, timings: Timings, aProcess = 1_000): Growth {
  const groups = Math.ceil(elections / PARTITIONS_A_GROUP);
  const ofOne = Math.max(2, Math.ceil(elections / groups / PARTITIONS_A_MEMBER));
  const renewalsASecond = (elections * 1_000) / timings.renewIntervalMs;
  return {
    elections,
    lease: times(billOf('lease', timings, 1), elections),
    baton: times(billOf('baton', timings, 1), elections),
    renewalsASecond,
    batchesASecond: renewalsASecond / renewalsABatch(Math.min(elections, aProcess), timings),
    partitions: {
      groups,
      members: groups * ofOne,
      bill: times(groupBillOf(timings, ofOne), groups),
    },
    crowdMs: crowdMsOf(elections, renewalsASecond),
  };
}

/** The other half goes on renewing. */
function crowdMsOf(elections: number, renewalsASecond: number): number | undefined {
  if (renewalsASecond > LIMITS.tableWrites.value) return undefined;
  const leftASecond = LIMITS.tableWrites.value - renewalsASecond / 2;
  return ((elections / 2) * WRITES_A_TAKE_OVER * 1_000) / leftASecond;
}

/** As `inBatches` gathers them: those that fall due within a third of the write timeout, 25 at most. */
export function renewalsABatch(elections: number, timings: Timings): number {
  const gathered = (elections * timings.writeTimeoutMs * GATHER_SHARE) / timings.renewIntervalMs;
  return Math.min(LIMITS.batchStatements.value, Math.max(1, gathered));
}

export interface Reached {
  readonly limit: keyof typeof LIMITS;
  /** How much of what grows fits. */
  readonly at: number;
  readonly of: string;
  readonly instead: string;
}

/** Where each quota is reached, the first of them first. */
export function reachedLimits(timings: Timings): readonly Reached[] {
  const writes = 1_000 / timings.renewIntervalMs;
  const standby = billOf('lease', timings, 1).readUnits / SECONDS_A_MONTH;
  const [one, two] = [groupBillOf(timings, 499), groupBillOf(timings, 500)];
  const memberReads = (two.readUnits - one.readUnits) / SECONDS_A_MONTH;
  const baton = billOf('baton', timings, 0).queueRequests / SECONDS_A_MONTH;
  const single = 'elections, a lease each';
  const reached: readonly Reached[] = [
    {
      limit: 'newTableWrites',
      at: Math.floor(LIMITS.newTableWrites.value / writes),
      of: single,
      instead: 'let the load grow over hours, or warm the table up',
    },
    {
      limit: 'tableWrites',
      at: Math.floor(LIMITS.tableWrites.value / writes),
      of: single,
      instead: 'raise the quota, renew less often, or use partitions',
    },
    {
      limit: 'tableReads',
      at: Math.floor(LIMITS.tableReads.value / standby),
      of: 'elections with one standby each',
      instead: 'raise the quota, or keep fewer standbys',
    },
    {
      limit: 'keyWrites',
      at: Math.floor(LIMITS.keyWrites.value / writes),
      of: 'members of one group',
      instead: 'never met: a group has 500 members at most',
    },
    {
      limit: 'keyReads',
      at: Math.floor(LIMITS.keyReads.value / memberReads),
      of: 'members of one group',
      instead: 'never met: a group has 500 members at most',
    },
    {
      limit: 'fifoCalls',
      at: Math.floor(LIMITS.fifoCalls.value / baton),
      of: 'leaders on one queue',
      instead: 'never met: a baton has a queue of its own',
    },
    {
      limit: 'policyCharacters',
      at: namesThatFit(LIMITS.policyCharacters.value, policyLength),
      of: 'elections named in one policy',
      instead: 'give each service a table, or a policy for each of its roles',
    },
    {
      limit: 'filterCharacters',
      at: namesThatFit(LIMITS.filterCharacters.value, filterLength),
      of: 'elections named in one filter',
      instead: "name a prefix, such as 'orders-*'",
    },
  ];
  return [...reached].sort((a, b) => a.at - b.at);
}

const named = (count: number) =>
  Array.from({ length: count }, (_, index) => `orders-${String(index).padStart(6, '0')}`);

function policyLength(elections: number): number {
  const tableArns = ['arn:aws:dynamodb:us-east-1:123456789012:table/tenure'];
  const Statement = tableStatements({ role: 'candidate', elections: named(elections), tableArns });
  return JSON.stringify({ Version: '2012-10-17', Statement }).length;
}

/** As the construct `LeaderChanges` writes it. */
function filterLength(elections: number): number {
  const pk = { S: named(elections).map(partitionKeyOf) };
  const NewImage = { writtenBy: { S: [{ 'anything-but': ['renew'] }] } };
  return JSON.stringify({ dynamodb: { Keys: { pk, sk: { S: ['lease'] } }, NewImage } }).length;
}

function namesThatFit(characters: number, lengthOf: (elections: number) => number): number {
  let count = 1;
  while (lengthOf(count + 1) <= characters) count += 1;
  return count;
}
