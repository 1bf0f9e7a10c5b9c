/**
 * `docs/scale.md`: what grows with the number of elections, from the functions of `tenure plan`, beside
 * what the benchmark measured. A test compares the page with what this makes of them.
 */
import { groupBillOf } from '../../lib/cli/planning/bill.ts';
import { growthTo, reachedLimits, renewalsABatch } from '../../lib/cli/planning/growth.ts';
import { LIMITS } from '../../lib/cli/planning/limits.ts';
import { HOURS_A_MONTH, PRICES } from '../../lib/cli/planning/prices.ts';
import { resolveTimings, type Timings } from '../../lib/index.ts';
import type { Results } from './results.ts';
import { table } from './words.ts';

const SIZES = [100, 1_000, 10_000, 100_000, 1_000_000];
const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;

const whole = (value: number) => Math.round(value).toLocaleString('en-US');
const few = (value: number) => (value < 10 ? value.toFixed(1) : whole(value));

export function scalePage(results: Results): string {
  const timings = resolveTimings({});
  const seconds = (ms: number) => `${ms / 1_000} s`;
  return `# Scale: from one election to a million

How requests, dollars, memory and fail-over grow, and which quota of AWS ends the growth. Lease
${seconds(timings.leaseDurationMs)}, renewed every ${seconds(timings.renewIntervalMs)}, the defaults; one standby each. The functions are
those of \`tenure plan\`, the prices those of ${PRICES.region} as reported on ${PRICES.date}. \`npm run bench -- report\`
writes this page, and a test compares it with them.

In short: one lease each up to some thousand elections, with renewals in batches where one process leads many.
Above that, [partitions](partitions.md), whose cost grows with the processes and not with the elections.

## What grows

*Renewals* are what the leaders send; a standby reads as often. *In batches* is with \`inBatches()\` in processes
that lead 1,000 elections: it saves requests, not write units. *Processes* are those of partitions, each
with about 1,000 of them, two at least, and at most 10,000 partitions in a group. A row that is beyond a quota
below shows what it would take.

${growthTable(timings)}

## Fail-over

Each election fails over by itself: its time without a leader does not depend on how many others there are.
Two limits are shared. The table writes ${whole(LIMITS.tableWrites.value)} units a second at most, and a take-over
writes three. So when half of all leaders die at once, as with a zone, the last of them is taken over later by:

${crowdTable(timings)}

The other is the process that takes over: see [how long one process needs](performance.md#many-elections-in-one-process)
for each acquire while it leads others.

With partitions the survivors write one record for each partition of the dead, 25 in a request, over sixteen
partition keys: see [the measured crashes](performance.md#partitions).

## Memory and processor time

${memoryText(results)}

## Which limit comes first

In the order in which they are reached. Names are of 13 characters, as \`orders-000001\`.

${limitsTable(timings)}

## Checked against what was measured

${measuredTable(results)}
`;
}

function growthTable(timings: Timings): string {
  const rows = SIZES.map((size) => {
    const { lease, baton, partitions, renewalsASecond, batchesASecond } = growthTo(size, timings);
    return [
      whole(size),
      whole(renewalsASecond),
      few(batchesASecond),
      `$${whole(lease.dollars)}`,
      `$${whole(baton.dollars)}`,
      whole(partitions.members),
      few(partitions.bill.requests / SECONDS_A_MONTH),
      `$${few(partitions.bill.dollars)}`,
    ];
  });
  const head = [
    ...['elections', 'renewals a second', 'in batches', 'leases a month', 'batons a month'],
    ...['processes', 'requests a second', 'partitions a month'],
  ];
  return table(head, rows);
}

function crowdTable(timings: Timings): string {
  const rows = SIZES.map((size) => {
    const { crowdMs } = growthTo(size, timings);
    if (crowdMs === undefined) return [whole(size), 'the renewals alone are above the quota'];
    return [whole(size), crowdMs < 100 ? 'less than 0.1 s' : `${(crowdMs / 1_000).toFixed(1)} s`];
  });
  return table(['elections', 'later'], rows);
}

function limitsTable(timings: Timings): string {
  const rows = reachedLimits(timings).map(({ limit, at, of, instead }) => {
    const { what, value, unit, source } = LIMITS[limit];
    return [`${whole(at)} ${of}`, `[${what}](${source}): ${whole(value)} ${unit}`, instead];
  });
  return table(['reached at', 'quota', 'what to do'], rows);
}

function memoryText({ scale: run }: Results): string {
  if (run?.figures.bytesPerElection === undefined) return 'Not measured yet.';
  const { runs, bytesPerElection } = run.figures;
  const kb = bytesPerElection / 1_024;
  const busiest = runs.filter(({ elections }) => elections >= 1_000);
  const rows = busiest.map(({ elections, batchRenewals, cpuShare, heapBytes }) => [
    whole(elections),
    batchRenewals ? 'in batches' : 'one by one',
    `${(cpuShare * 100).toFixed(0)} %`,
    `${(heapBytes / 2 ** 20).toFixed(0)} MB`,
  ]);
  return `Each election that a process leads keeps ${kb.toFixed(1)} KB of heap: a thousand ${whole((kb * 1_000) / 1_024)} MB, ten
thousand ${whole((kb * 10_000) / 1_024)} MB. A million is for a thousand processes. Measured, with the store on the same machine:

${table(['elections led', 'renewals', 'of one core', 'heap'], rows)}`;
}

function measuredTable({ scale, partitions }: Results): string {
  const timings = resolveTimings({});
  const led = (scale?.figures.runs ?? []).map(
    ({ elections, batchRenewals, requests, elapsedMs }) => {
      const each = batchRenewals ? renewalsABatch(elections, timings) : 1;
      const predicted = (elections * 1_000) / timings.renewIntervalMs / each;
      return [
        `${whole(elections)} ${elections === 1 ? 'election' : 'elections'}, ${batchRenewals ? 'in batches' : 'one by one'}`,
        `${batchRenewals ? 'at most ' : ''}${few(predicted)} requests a second`,
        few((requests * 1_000) / elapsedMs),
      ];
    },
  );
  const groups = (partitions?.figures.systems ?? []).map(({ name, members, calm }) => [
    `partitions, ${name}`,
    `${few(groupBillOf(timings, members).requests / SECONDS_A_MONTH)} requests a second`,
    few(calm.requestsPerSecondAndMember * members),
  ]);
  const note =
    'Batches are counted for renewals that are spread evenly. Elections that one process begins together ' +
    'renew together, which makes fewer.';
  return `${table(['what', 'calculated', 'measured'], [...led, ...groups])}\n\n${note}`;
}
