/** The section of the page on what the processes use while nothing happens. */
import type { Results } from './results.ts';
import { ms, provenance, table } from './words.ts';

export function profileSection(run: Results['profile']): string {
  if (run === undefined) return '';
  const { leaseDurationMs, renewIntervalMs, forMs, roles } = run.figures;
  const rows = roles.map((one) => [
    one.role,
    one.smallYoungSpace ? '1 MB' : "Node's",
    `${(one.processorShare * 100).toFixed(1)} %`,
    one.collectionsAMinute.toFixed(1),
    ms(one.heapMb),
    `${ms(one.residentMbBefore)} / ${ms(one.residentMb)}`,
  ]);
  const head = [
    ...['process', 'young space', 'one core', 'collections a minute', 'heap MB'],
    'resident MB, first / last',
  ];
  return `## What a process uses

${forMs / 1_000} s of each while nothing happens, lease ${leaseDurationMs} ms, renewed every ${renewIntervalMs} ms, no journal,
with the SDK. *Young space* is that of \`--max-semi-space-size\`: Node keeps what it once used of it, so a task
of 256 MB is better off with 1. A standby beside its leader shares the machine with it.

${provenance(run)}

${table(head, rows)}`;
}
