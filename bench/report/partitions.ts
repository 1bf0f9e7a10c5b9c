/** The section of the page on groups of partitions, and its targets. */
import type { SizeFigures } from '../partitions/part.ts';
import type { Results } from './results.ts';
import { ms, provenance, table } from './words.ts';

export function partitionsSection(run: Results['partitions']): string {
  if (run === undefined) return '';
  const { leaseDurationMs, renewIntervalMs, prices } = run.figures;
  const systems = run.figures.systems.toSorted((a, b) => a.members - b.members);
  const head = ['', ...systems.map(({ name }) => name)];
  const rows = ROWS.map(([what, cell]) => [what, ...systems.map(cell)]);
  return `## Partitions

A group at default timings: lease ${leaseDurationMs} ms, heartbeat every ${renewIntervalMs} ms; \`npm run bench -- partitions\`.
The simulator runs the real member's machine in virtual time: requests take 2 to 10 ms each way, nothing fails.
Elsewhere members are processes of their own on this machine, beside DynamoDB Local, and share its cores with
whatever else runs: compare their latencies with the load that is stated.

- *Settled*: every partition is led, and shares differ by one at most. Of a leaver, also until it is gone.
- *Leaderless*: from the end of the old term to the new leader's, for each partition that moved.
- *Crash*: from SIGKILL until every partition is led, anywhere in the renew interval.
- *Rolling*: each member is replaced by one that starts first, as a spare, and every old one is stopped.
- *Dollars*: of all members while nothing happens, list prices of ${prices.region} as reported on ${prices.date}.

${provenance(run)}

${table(head, rows)}`;
}

type Row = readonly [string, (size: SizeFigures) => string];

const ROWS: readonly Row[] = [
  ['measured on', ({ on }) => on],
  ['measured apart', ({ measuredAt }) => measuredAt?.slice(0, 16).replace('T', ' ') ?? '–'],
  ['all start: settled', ({ startMs }) => `${ms(startMs)} ms`],
  ['calm for', ({ calm }) => `${(calm.forMs / 1_000).toFixed(0)} s`],
  ['calm: lapsed leases', ({ calm }) => `${calm.lapses}`],
  ['calm: largest share less the smallest', ({ calm }) => `${calm.spread}`],
  ['calm: requests a second and member', ({ calm }) => calm.requestsPerSecondAndMember.toFixed(2)],
  ['calm: dollars a month', ({ calm }) => calm.dollarsAMonth?.toFixed(2) ?? '–'],
  ...(['join', 'leave'] as const).flatMap((change): Row[] => [
    [`${change}: settled, longest`, (size) => `${ms(size[change].settledMs.max)} ms`],
    [`${change}: leaderless p50 / p95`, (size) => pair(size[change].leaderlessMs)],
    [`${change}: moves, of which too many`, (size) => moves(size[change])],
  ]),
  ['crash: all led, longest', ({ crash }) => `${ms(crash.ledMs.max)} ms`],
  ['crash: moves, of which too many', ({ crash }) => moves(crash)],
  ['rolling: moves', ({ rolling }) => `${rolling.moves}`],
  ['rolling: leaderless p50 / p95', ({ rolling }) => pair(rolling.leaderlessMs)],
  ['joins, leaves and crashes', ({ crash }) => `${crash.ledMs.count} each`],
];

function pair({ p50, p95 }: { readonly p50: number; readonly p95: number }): string {
  return `${ms(p50)} / ${ms(p95)} ms`;
}

function moves(of: { readonly moves: number; readonly leastMoves: number }): string {
  return `${of.moves}, ${of.moves - of.leastMoves}`;
}

const SETTLED_MS_MAX = 5_000;
const LEADERLESS_MS_MAX = { p50: 80, p95: 200 };
const REQUESTS_MAX = 2;
const CALM_MS_MIN = 600_000;

interface Verdict {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
  readonly why?: string;
}

export function partitionTargets({ partitions: run }: Results): readonly Verdict[] {
  if (run === undefined) return [];
  const leaseMs = run.figures.leaseDurationMs + run.figures.renewIntervalMs;
  return run.figures.systems.flatMap((size) => [
    ...changeTargets(size),
    crashTarget(size, leaseMs),
    ...calmTargets(size),
  ]);
}

function changeTargets(size: SizeFigures): readonly Verdict[] {
  const { join, leave, crash, rolling } = size;
  const tooMany = [join, leave, crash].map((one) => one.moves - one.leastMoves);
  return [
    {
      target: `${size.name}: a join is settled within 5 s`,
      measured: `${ms(join.settledMs.max)} ms`,
      met: join.settledMs.max <= SETTLED_MS_MAX,
    },
    ...(['join', 'leave'] as const).map((change) => ({
      target: `${size.name}, ${change}: leaderless at most 80 ms in the middle, 200 ms at p95`,
      measured: pair(size[change].leaderlessMs),
      met:
        size[change].leaderlessMs.p50 <= LEADERLESS_MS_MAX.p50 &&
        size[change].leaderlessMs.p95 <= LEADERLESS_MS_MAX.p95,
    })),
    {
      target: `${size.name}: no move too many at a join, a leave, a crash`,
      measured: tooMany.join(', '),
      met: tooMany.every((count) => count === 0),
    },
    {
      target: `${size.name}: rolling replacement moves each partition once`,
      measured: `${rolling.moves} moves`,
      met: rolling.moves === size.partitions,
    },
  ];
}

/** A second beyond lease and renew interval, half of one for the smallest group. */
function crashTarget({ name, partitions, crash }: SizeFigures, leaseMs: number): Verdict {
  const beyondMs = partitions < 1_000 ? 500 : 1_000;
  return {
    target: `${name}, crash: all led within lease + renew interval + ${beyondMs / 1_000} s`,
    measured: `${ms(crash.ledMs.max)} ms, ${crash.ledMs.count} trials`,
    met: crash.ledMs.max <= leaseMs + beyondMs,
  };
}

function calmTargets({ name, on, members, calm }: SizeFigures): readonly Verdict[] {
  const seconds = calm.forMs / 1_000;
  const lapse: Verdict = {
    target: `${name} real processes: no lapse in ten minutes`,
    measured: `${calm.lapses} lapses in ${seconds.toFixed(0)} s`,
    met: calm.lapses === 0 && calm.forMs >= CALM_MS_MIN,
    ...(calm.forMs < CALM_MS_MIN && { why: 'not shown, since the run was shorter' }),
  };
  return [
    {
      target: `${name}: shares differ by one at most`,
      measured: `${calm.spread}`,
      met: calm.spread <= 1,
    },
    {
      target: `${name}: at most ${REQUESTS_MAX} requests a second and member`,
      measured: calm.requestsPerSecondAndMember.toFixed(2),
      met: calm.requestsPerSecondAndMember <= REQUESTS_MAX,
    },
    ...(members === 10 && on !== 'simulator' ? [lapse] : []),
  ];
}
