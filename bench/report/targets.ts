/** Whether the targets were met in the runs that the page shows, and by how much not. */
import type { SystemFigures } from '../fail-over/part.ts';
import { lastWillTargets } from './last-will.ts';
import { partitionTargets } from './partitions.ts';
import type { Results } from './results.ts';
import { equalDollars } from './sections.ts';
import { transferTargets } from './transfers.ts';
import { isLoaded, ms, table } from './words.ts';

interface Verdict {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
  /** What is known to speak against the target, whatever the machine. */
  readonly why?: string;
}

export function targetsSection(results: Results): string {
  const verdicts = [
    ...crashTargets(results),
    ...lastWillTargets(results),
    ...gracefulTargets(results),
    ...costTargets(results),
    ...scaleTargets(results),
    ...partitionTargets(results),
    ...transferTargets(results),
  ];
  if (verdicts.length === 0) return '';
  const rows = verdicts.map(({ target, measured, met, why }) => [
    target,
    measured,
    met ? 'met' : `**missed**${why === undefined ? '' : `: ${why}`}`,
  ]);
  return `## Targets

In the runs below, on the machine and at the load that each states. By how much a target is missed is in
the middle column. ${caveatOf(results)}

${table(['target', 'measured', 'verdict'], rows)}`;
}

/** A miss in a run that could not have shown a hit says little, and so does a hit in five trials. */
function caveatOf(results: Results): string {
  const { cost, scale, partitions } = results;
  const runs = [results['fail-over'], results['last-will'], cost, scale, partitions].filter(
    (run) => run !== undefined,
  );
  const short = runs.some(({ quick }) => quick);
  const busy = runs.some(({ machine }) => isLoaded(machine));
  return [
    ...(short ? ['Some of these runs are short: neither verdict is final.'] : []),
    ...(busy ? ['Some were made beside other programs, which lengthens every latency.'] : []),
  ].join(' ');
}

const PEERS: Readonly<Record<string, readonly string[]>> = {
  'tenure-lease': ['dynamodb-lock-client', 'client-go-loop', 'awslabs-lock-client'],
  'tenure-clock-bound': ['dynamodb-lock-client-wall-clock'],
};
const WHY_NOT_NEAREST: Readonly<Record<string, string>> = {
  'tenure-clock-bound':
    'the peer sleeps until the time that the record states and allows for no clock error; ours waits for ' +
    'the stated bound as well',
};
const WHY_NOT_CHEAPER: Readonly<Record<string, string>> = {
  'tenure-clock-bound':
    'with equal renewals and equal fail-over, the peer pays more only for its standby, which tries a ' +
    'write each lease',
};
const WHY_NOT_SOONER: Readonly<Record<string, string>> = {
  'tenure-hints':
    'here most leaders were elected by expiry, seconds before, and cut the poll for hints that they had ' +
    'open, which then took the next hint along. Leaders end that poll by a hint of their own since, and this ' +
    'part has not been measured again on a quiet machine',
};
const ON_DYNAMODB = Object.values(PEERS).flat();

function systemsOf({ 'fail-over': run }: Results) {
  const find = (name: string): SystemFigures | undefined =>
    run?.figures.systems.find((system) => system.name === name);
  return { find };
}

function crashTargets(results: Results): readonly Verdict[] {
  const { find } = systemsOf(results);
  return Object.entries(PEERS).flatMap(([name, peers]) => {
    const own = find(name)?.faults.SIGKILL?.pastLeaseMs;
    if (own === undefined) return [];
    const title = find(name)?.title ?? name;
    const nearest = least(peers.map((peer) => find(peer)?.faults.SIGKILL?.pastLeaseMs.p50));
    return [
      {
        target: `${title}, crash: at most 50 ms past last renewal + lease in the middle, 150 ms at p95`,
        measured: `${ms(own.p50)} ms, ${ms(own.p95)} ms, ${own.count} trials`,
        met: own.p50 <= 50 && own.p95 <= 150,
      },
      {
        target: `${title}, crash: nearer to last renewal + lease than any DynamoDB peer of its group`,
        measured: `${ms(own.p50)} ms, nearest peer ${ms(nearest)} ms`,
        met: nearest !== undefined && own.p50 < nearest,
        ...(WHY_NOT_NEAREST[name] && { why: WHY_NOT_NEAREST[name] }),
      },
    ];
  });
}

function gracefulTargets(results: Results): readonly Verdict[] {
  const { find } = systemsOf(results);
  const of = (name: string) => find(name)?.faults.SIGTERM?.leaderlessMs;
  const best = least(ON_DYNAMODB.map((peer) => of(peer)?.p50));
  return ['tenure-hints', 'tenure-baton'].flatMap((name) => {
    const own = of(name);
    if (own === undefined) return [];
    return [
      {
        target: `${find(name)?.title}, graceful: at most 60 ms and half of the best DynamoDB peer's`,
        measured: `p50 ${ms(own.p50)} ms, best peer ${ms(best)} ms, ${own.count} trials`,
        met: own.p50 <= 60 && best !== undefined && own.p50 <= best / 2,
        ...(WHY_NOT_SOONER[name] && { why: WHY_NOT_SOONER[name] }),
      },
    ];
  });
}

function costTargets({ cost: run, 'fail-over': fails }: Results): readonly Verdict[] {
  if (run === undefined) return [];
  const { systems } = run.figures;
  const dollars = (name: string) => {
    const system = systems.find((one) => one.name === name);
    return system && equalDollars(system, fails);
  };
  const own = systems.filter(({ name }) => name.startsWith('tenure-'));
  const refused = own.reduce(
    (sum, { leader, standby }) => sum + leader.refusedWrites + standby.refusedWrites,
    0,
  );
  const bills = Object.entries(PEERS).flatMap(([name, peers]) => {
    const [mine, cheapest] = [dollars(name), least(peers.map(dollars))];
    if (mine === undefined || cheapest === undefined) return [];
    const share = mine / cheapest;
    return [
      {
        target: `${name}: at equal mean fail-over at most 55 % of the cheapest DynamoDB peer of its group`,
        measured: `${(share * 100).toFixed(0)} % ($${mine.toFixed(2)} beside $${cheapest.toFixed(2)})`,
        met: share <= 0.55,
        ...(WHY_NOT_CHEAPER[name] && { why: WHY_NOT_CHEAPER[name] }),
      },
    ];
  });
  return [
    ...bills,
    {
      target: 'no failed write in steady state',
      measured: `${ms(refused)} an hour`,
      met: refused === 0,
    },
  ];
}

function scaleTargets({ scale: run }: Results): readonly Verdict[] {
  const found = run?.figures.runs.find((one) => one.batchRenewals && one.elections === 1_000);
  if (found === undefined) return [];
  const seconds = found.elapsedMs / 1_000;
  return [
    {
      target: '1,000 elections in one process, lease 10 s: no lapse in ten minutes',
      measured: `${found.lapses} lapses in ${seconds.toFixed(0)} s`,
      met: found.lapses === 0 && seconds >= 600,
      ...(seconds < 600 && { why: 'not shown, since the run was shorter' }),
    },
    {
      target: '1,000 elections: requests at most 1/20 of one per election and renewal',
      measured: `1/${(1 / found.requestsPerRenewal).toFixed(1)}`,
      met: found.requestsPerRenewal <= 1 / 20,
    },
  ];
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
