/** A plan in words: the timings, a table of times, a table of costs, and the code to paste. */
import type { Line } from '../terminal/line.ts';
import { lasting, textTable } from '../terminal/text-table.ts';
import type { Plan, WayPlan } from './plan.ts';

export function planLines(plan: Plan): readonly Line[] {
  const { timings, wish, standby, prices } = plan;
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
      `${wish.standbys === 1 ? 'standby' : 'standbys'} each. A standby that is kept warm on Fargate ` +
      `(0.25 vCPU, 512 MB) costs $${standby.fargateTaskDollars.toFixed(2)} a month; a function that asks ` +
      `once a minute costs $${standby.lambdaAMinuteDollars.toFixed(2)}, and comes up to a minute late.`,
    `Prices of ${prices.region}, as reported on ${prices.date}; compare them with AWS's own pages.`,
    '',
    ...codeOf(plan).split('\n'),
  ];
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

function codeOf({ timings }: Plan): string {
  return `createElection({
  name: 'orders',
  via: dynamoDbLease({ tableName: 'tenure' }),
  timings: { leaseDurationMs: ${timings.leaseDurationMs}, renewIntervalMs: ${timings.renewIntervalMs} },
});`;
}
