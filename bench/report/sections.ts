/** The sections of the page that are tables of one part. */
import type { SystemCost } from '../cost.ts';
import type { FaultFigures, SystemFigures } from '../fail-over/part.ts';
import type { LEFT_OUT } from '../fail-over/systems.ts';
import { FAULTS } from '../fail-over/trial.ts';
import type { Results } from './results.ts';
import { ms, provenance, table } from './words.ts';

const GROUPS = {
  'own-clock': "Expiry by the candidate's own clock, on DynamoDB",
  'wall-clock': 'Expiry by the time of day, on DynamoDB',
  server: 'Expiry by the server that keeps it',
} as const;

const FAULT_TITLES = {
  SIGKILL: 'Crash (SIGKILL)',
  SIGTERM: 'Graceful end (SIGTERM)',
  SIGSTOP: 'Frozen (SIGSTOP), woken when another leads',
  'black-hole': 'Cut off from the store (black hole)',
  'drop-answers': "The store's answers lost",
} as const;

export function failOverSection(run: Results['fail-over']): string {
  if (run === undefined) return '';
  const { leaseDurationMs, renewIntervalMs, boundMs, writeIntervalMs, systems } = run.figures;
  const intro = `## Fail-over

A leader and a standby, each a process of its own behind a proxy of its own. The leader writes to a
resource every ${writeIntervalMs} ms for as long as it believes that it leads; the resource admits no token
below the highest seen. It admits every write of a system that has no tokens. Lease ${leaseDurationMs} ms,
renewed every ${renewIntervalMs} ms (etcd3 fixes a third of the lease), the fault at a random moment of the
renew interval. *Leaderless* is counted at the resource, from the last write admitted of the old leader to
the first of the new. *Above the bound* is its mean less *lease − half a renew interval*
(${boundMs} ms), which no lease protocol without another failure detector beats. *Past the lease* counts
from the last bytes that the old leader sent to its store, plus the lease. *Overlap* is by how much the old
leader's last write came after the new leader's first write: a network fault stays for 600 ms after the take-over, so
599 ms means that the old leader did not notice. *Stale* counts the old leader's writes after the
new leader's first one: those tried, and those refused. *Lost before* counts
trials in which the leader had lost its role before the fault; they are in no other column.

${provenance(run)}${measuredAgain(systems)}${leftOutOf(run.figures)} Stores: ${storesOf(systems)}.

![Leaderless time after a crash](charts/crash.svg)

![Leaderless time after SIGTERM](charts/graceful.svg)`;
  const tables = FAULTS.map((fault) => faultTable(fault, systems));
  return [intro, ...tables].join('\n\n');
}

const storesOf = (systems: readonly SystemFigures[]): string =>
  [...new Set(systems.flatMap(({ store }) => store.split('; ')))].join('; ');

/** Absent in runs from before other languages were measured. */
function leftOutOf({ leftOut = [] }: { leftOut?: typeof LEFT_OUT | undefined }): string {
  return leftOut
    .map(({ title, needs }) => ` Left out on this machine: ${title}, which needs ${needs}.`)
    .join('');
}

/** Which systems have figures of a later run of their own. */
function measuredAgain(systems: readonly SystemFigures[]): string {
  const later = systems.flatMap(({ title, measuredAt }) =>
    measuredAt === undefined ? [] : [`${title} (${measuredAt.slice(0, 16).replace('T', ' ')} UTC)`],
  );
  return later.length === 0 ? '' : ` Measured again by themselves: ${later.join(', ')}.`;
}

function faultTable(fault: (typeof FAULTS)[number], systems: readonly SystemFigures[]): string {
  const crash = fault === 'SIGKILL';
  const head = [
    ...['system', 'trials', 'lost before', 'no take-over', 'leaderless p50', 'p95', 'max'],
    ...(crash ? ['mean above the bound', 'past the lease p50', 'p95'] : []),
    ...['overlap max', 'stale tried', 'refused'],
  ];
  const rows = (group: keyof typeof GROUPS) =>
    systems.flatMap(({ group: own, title, tokens, faults }) => {
      const figures = faults[fault];
      return own === group && figures ? [faultRow(title, figures, { crash, tokens })] : [];
    });
  const groups = (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).flatMap((group) =>
    rows(group).length === 0 ? [] : [`${GROUPS[group]}:\n\n${table(head, rows(group))}`],
  );
  return [`### ${FAULT_TITLES[fault]}`, ...groups].join('\n\n');
}

function faultRow(
  title: string,
  figures: FaultFigures,
  { crash, tokens }: { readonly crash: boolean; readonly tokens: boolean },
): readonly string[] {
  const { leaderlessMs, pastLeaseMs, stale, overlapMsMax } = figures;
  return [
    title,
    `${figures.trials}`,
    `${figures.lostBefore}`,
    `${figures.withoutTakeOver}`,
    ms(leaderlessMs.p50),
    ms(leaderlessMs.p95),
    ms(leaderlessMs.max),
    ...(crash ? [ms(figures.aboveBoundMs), ms(pastLeaseMs.p50), ms(pastLeaseMs.p95)] : []),
    overlapMsMax > 0 ? ms(overlapMsMax) : 'none',
    `${stale.tried}`,
    tokens ? `${stale.refused}` : 'no token to compare',
  ];
}

/** At this mean leaderless time after a crash the systems are compared. */
export const EQUAL_FAIL_OVER_MS = 10_000;

/**
 * Dollars a month of a leader and one standby whose mean fail-over after a crash is `EQUAL_FAIL_OVER_MS`.
 *
 * Lease and renew interval are stretched together, so requests fall and fail-over grows by one factor.
 */
export function equalDollars(
  { name, leader, standby }: SystemCost,
  fails: Results['fail-over'],
): number | undefined {
  const system = fails?.figures.systems.find((one) => one.name === name);
  const meanMs = system?.faults.SIGKILL?.leaderlessMs.mean;
  if (meanMs === undefined) return undefined;
  return (leader.dollarsAMonth + standby.dollarsAMonth) * (meanMs / EQUAL_FAIL_OVER_MS);
}

export function costSection(run: Results['cost'], fails: Results['fail-over']): string {
  if (run === undefined) return '';
  const { systems, prices, leaseDurationMs, renewIntervalMs, forMs } = run.figures;
  const rows = systems.flatMap((system) =>
    (['leader', 'standby'] as const).map((role) => {
      const bill = system[role];
      return [
        system.title,
        role,
        ms(bill.requests),
        ms(bill.writeUnits),
        ms(bill.readUnits),
        ms(bill.queueRequests),
        ms(bill.refusedWrites),
        bill.dollarsAMonth.toFixed(2),
        ms(bill.residentMb),
      ];
    }),
  );
  const head = [
    ...['system', 'candidate', 'requests', 'write units', 'read units'],
    ...['queue requests', 'failed writes', '$ a month', 'resident MB'],
  ];
  const equal = systems.map((system) => {
    const dollars = equalDollars(system, fails);
    return [system.title, dollars === undefined ? '–' : dollars.toFixed(2)];
  });
  return `## Steady cost

An hour of one candidate while nothing happens, from ${forMs / 1_000} s counted on the wire by a proxy of
its own; lease ${leaseDurationMs} ms, renewed every ${renewIntervalMs} ms. List prices of ${prices.region} as
reported on ${prices.date} (\`lib/cli/planning/prices.ts\`; ${prices.sources.join(', ')}); a month has 730 hours.
etcd and Redis have no price for a request: their servers cost the same, busy or not. *Resident* is
the memory of the whole process, Node and SDK included.

${provenance(run)}

${table(head, rows)}

At equal fail-over: a leader and one standby, lease and renew interval stretched together until the mean
leaderless time after a crash (SIGKILL, above) is ${EQUAL_FAIL_OVER_MS / 1_000} s. Computed from the two
measurements, not measured again.

${table(['system', '$ a month'], equal)}`;
}

export function scaleSection(run: Results['scale']): string {
  if (run === undefined) return '';
  const { leaseDurationMs, renewIntervalMs, runs, bytesPerElection } = run.figures;
  const rows = runs.map((one) => [
    `${one.elections}`,
    one.batchRenewals ? 'in batches' : 'one by one',
    (one.elapsedMs / 1_000).toFixed(0),
    `${one.lapses} (${one.lapsesBefore})`,
    one.requestsPerRenewal.toFixed(3),
    `${ms(one.acquireMs.p50)} / ${ms(one.acquireMs.p99)}`,
    `${ms(one.renewMs.p50)} / ${ms(one.renewMs.p99)}`,
    ms(one.leastRemainingMs),
    `${(one.cpuShare * 100).toFixed(0)} %`,
  ]);
  const head = [
    ...['elections', 'renewals', 'seconds', 'lapses (before)', 'requests per renewal'],
    ...['acquire ms p50 / p99', 'renew ms p50 / p99', 'least lease left ms', 'one core'],
  ];
  const memory =
    bytesPerElection === undefined
      ? ''
      : `\n\nMemory: ${(bytesPerElection / 1_024).toFixed(1)} KB of heap for each election, by the ` +
        'difference between the most and the fewest, after a collection.';
  return `## Many elections in one process

Lease ${leaseDurationMs} ms, renewed every ${renewIntervalMs} ms, all led by one process, DynamoDB Local
beside it. A renewal in a batch waits for others for up to a third of its write timeout (333 ms here), so its
latency includes that wait. *Lapses* counts those of the measured seconds; in brackets are those before, while
the process still acquired elections. *Least lease left* is the smallest remainder at which any renewal was confirmed.

${provenance(run)}

![Requests a second](charts/requests.svg)

${table(head, rows)}${memory}`;
}

export function startupSection(run: Results['startup']): string {
  if (run === undefined) return '';
  const { bundles, firstAcquires } = run.figures;
  const rows = bundles.map(({ name, bytes, gzipBytes, importMs }) => [
    name,
    (bytes / 1_024).toFixed(0),
    (gzipBytes / 1_024).toFixed(0),
    `${ms(importMs.p50)} / ${ms(importMs.p95)}`,
  ]);
  const firsts = firstAcquires.map(({ title, electedMs }) => [
    title,
    `${electedMs.count}`,
    ms(electedMs.p50),
    ms(electedMs.p95),
  ]);
  return `## Import and cold start

Bundles by esbuild, minified, without the AWS SDK; the import's time includes that of the SDK client which
the bundle loads (the peer's bundle loads none by itself). ${provenance(run)}

${table(['bundle', 'KB', 'KB compressed', 'import ms p50 / p95'], rows)}

First acquire: milliseconds from the start of a process to its first write as the leader of an
election that had no leader before. The process loads all packages from a folder.

${table(['system', 'trials', 'p50', 'p95'], firsts)}`;
}
