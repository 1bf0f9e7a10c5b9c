/** A plan in words: the timings, a table of times, a table of costs, and the code to paste. */
import type { Timings } from '../../index.ts';
import type { Line } from '../terminal/line.ts';
import { lasting, textTable } from '../terminal/text-table.ts';
import type { Plan, WayPlan } from './plan.ts';
import type { Standby } from './standbys.ts';

export function planLines(plan: Plan): readonly Line[] {
  const { timings, wish, prices } = plan;
  return [
    `lease ${lasting(timings.leaseDurationMs)}, renewed every ${lasting(timings.renewIntervalMs)}: the ` +
      `cheapest timings that bring a crash to at most ${lasting(wish.crashMs)}`,
    '',
    ...textTable(
      ['elects by', 'crash, mean', 'at worst', 'hand-over, mean', 'at worst', 'outage survived'],
      plan.ways.map(timesRow),
    ),
    '',
    ...textTable(
      [
        'elects by',
        'requests a month',
        'write units',
        'read units',
        'queue requests',
        'dollars a month',
      ],
      plan.ways.map(costRow),
    ),
    '',
    `${wish.elections} ${wish.elections === 1 ? 'election' : 'elections'}, ${wish.standbys} ` +
      `${wish.standbys === 1 ? 'standby' : 'standbys'} each${partitionsNote(plan)}.`,
    '',
    ...textTable(
      ['standby', 'dollars a month', 'runs after a crash in'],
      plan.standbys.map(keptRow),
    ),
    '',
    'The starts are round figures for what AWS does before a program runs; measure your own. To them comes ' +
      "the dead leader's lease.",
    `Prices of ${prices.region}, as reported on ${prices.date}; compare them with AWS's own pages.`,
    '',
    ...codeOf(plan)
      .flatMap((code) => [...code.split('\n'), ''])
      .slice(0, -1),
  ];
}

function partitionsNote({ ways, wish }: Plan): string {
  if (!ways.some(({ way }) => way === 'partitions')) return '';
  return (
    `; as partitions, all of them over ${1 + wish.standbys} ` +
    `${wish.standbys === 0 ? 'process' : 'processes'}`
  );
}

function keptRow({ kept, dollarsAMonth, startMs }: Standby): readonly string[] {
  return [kept, `$${dollarsAMonth.toFixed(2)}`, startMs === 0 ? 'no time' : lasting(startMs)];
}

function timesRow({ way, leaderless }: WayPlan): readonly string[] {
  const of = (fault: string) => leaderless.find((one) => one.fault === fault);
  const crash = of('crash');
  const handOver = of('hand-over');
  const outage = of('store silent for less than this: no loss');
  return [
    way,
    crash?.meanMs,
    crash?.worstMs,
    handOver?.meanMs,
    handOver?.worstMs,
    outage?.meanMs,
  ].map((cell) => (typeof cell === 'number' ? lasting(cell) : (cell ?? '–')));
}

function costRow({ way, bill }: WayPlan): readonly string[] {
  const whole = (units: number) => Math.round(units).toLocaleString('en-US');
  return [
    way,
    whole(bill.requests),
    whole(bill.writeUnits),
    whole(bill.readUnits),
    whole(bill.queueRequests),
    `$${bill.dollars.toFixed(2)}`,
  ];
}

/** What to paste, for a lease of each election's own and for partitions where they are offered. */
function codeOf({ timings, ways, wish }: Plan): readonly string[] {
  const single = `createElection({
  name: 'orders',
  via: dynamoDbLease({ tableName: 'tenure' }),
  timings: ${timingsText(timings)},
});`;
  const partitions = ways.find(({ way }) => way === 'partitions');
  if (partitions === undefined) return [single];
  return [
    single,
    `createGroup({
  name: 'orders',
  partitions: ${wish.elections},
  via: dynamoDbGroup({ tableName: 'tenure' }),
  timings: ${timingsText(partitions.timings)},
});`,
  ];
}

const timingsText = ({ leaseDurationMs, renewIntervalMs }: Timings) =>
  `{ leaseDurationMs: ${leaseDurationMs}, renewIntervalMs: ${renewIntervalMs} }`;
