/**
 * `npm run simulate -- --seeds 1000 [--seed N] [--fault NAME …] [--also NAME …]`: runs seeds, or replays one with its
 * timeline; `--baton` does so over a baton, which tells no timeline;
 * `--group` over a group, and `--regions` over several Regions, where `--seed N` tells one.
 */
import { parseArgs } from 'node:util';
import { simulateBaton } from './baton/run.ts';
import { simulateGroup } from './group/run.ts';
import { FAULTS } from './lease/fault-table.ts';
import { simulate } from './lease/run.ts';
import { simulateRegions } from './regions/run.ts';
import { addCoverage } from './shared/faults/fault-table.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    fault: { type: 'string', multiple: true },
    also: { type: 'string', multiple: true },
    baton: { type: 'boolean', default: false },
    group: { type: 'boolean', default: false },
    regions: { type: 'boolean', default: false },
  },
});
const known = (name: string) => {
  if (name in FAULTS) return name;
  throw new Error(`there is no fault ${name}; there are ${Object.keys(FAULTS).join(', ')}`);
};
const faults = (values.fault ?? []).map(known);
const also = (values.also ?? []).map(known);

// Errors are outcomes here; tracing where each was made would take a third of the time.
// Journals that throw are told of by thousands.
process.removeAllListeners('warning');
Error.stackTraceLimit = 0;
const [first, seeds] =
  values.seed === undefined
    ? [Number(values.first), Number(values.seeds)]
    : [Number(values.seed), 1];
if (values.baton) await sweepBaton(first, seeds);
else if (values.group) sweepGroup(first, seeds);
else if (values.regions) await sweepRegions(first, seeds);
else if (values.seed !== undefined) await replay(first);
else await sweep(first, seeds);

async function replay(seed: number): Promise<void> {
  const {
    timeline,
    violations,
    faults: enabled,
  } = await simulate({ seed, faults, also, tells: true });
  for (const line of timeline) console.log(line);
  console.log(`faults: ${enabled.join(', ')}`);
  for (const { invariant, detail } of violations) console.log(`VIOLATED ${invariant}: ${detail}`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}

async function sweep(first: number, seeds: number): Promise<void> {
  const total = new Map<string, number>();
  const failed: number[] = [];
  const cpu = process.cpuUsage();
  for (let seed = first; seed < first + seeds; seed += 1) {
    const { violations, coverage } = await simulate({ seed, faults, also });
    addCoverage(total, coverage);
    for (const { invariant, detail } of violations.slice(0, 2)) {
      console.log(`seed ${seed} VIOLATED ${invariant}: ${detail}`);
    }
    if (violations.length > 0) failed.push(seed);
  }
  tell(total);
  console.log(
    `${seeds} runs of 40 virtual seconds in ${rate(seeds, cpu)}, ${failed.length} failed`,
  );
  if (failed.length === 0) return;
  console.log(`replay one with: npm run simulate -- --seed ${failed[0]}`);
  process.exitCode = 1;
}

async function sweepBaton(first: number, seeds: number): Promise<void> {
  const total = new Map<string, number>();
  let [failed, terms] = [0, 0];
  const cpu = process.cpuUsage();
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = await simulateBaton({ seed });
    addCoverage(total, report.coverage);
    terms += report.terms;
    if (report.violations.length > 0) failed += 1;
    for (const { invariant, detail } of report.violations) {
      console.log(`seed ${seed} VIOLATED ${invariant}: ${detail}`);
    }
  }
  tell(total);
  console.log(
    `${seeds} runs over a baton with ${terms} terms, ${rate(seeds, cpu)}, ${failed} failed`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}

function tell(total: ReadonlyMap<string, number>): void {
  for (const [name, count] of [...total].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(count).padStart(8)} ${name}`);
}

/** By processor time: the figure must not depend on what else the machine does. */
function rate(seeds: number, since: NodeJS.CpuUsage): string {
  const { user, system } = process.cpuUsage(since);
  const seconds = (user + system) / 1e6;
  const each = (seeds / seconds).toFixed(0);
  return `${seconds.toFixed(1)} s of processor time (${each} a second and core)`;
}

function sweepGroup(first: number, seeds: number): void {
  const total = new Map<string, number>();
  const settled: number[] = [];
  let [failed, terms] = [0, 0];
  const cpu = process.cpuUsage();
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = simulateGroup({ seed, tells: values.seed !== undefined });
    addCoverage(total, report.coverage);
    terms += report.elections;
    if (report.settledAfterMs !== undefined) settled.push(report.settledAfterMs);
    for (const line of report.timeline) console.log(line);
    for (const { invariant, detail } of report.violations.slice(0, 1)) {
      console.log(`seed ${seed} VIOLATED ${invariant}: ${detail}`);
    }
    if (report.violations.length > 0) failed += 1;
  }
  tell(total);
  settled.sort((a, b) => a - b);
  const at = (part: number) => settled[Math.floor(part * (settled.length - 1))];
  console.log(
    `${seeds} runs of a group with ${terms} terms, ${rate(seeds, cpu)}, ${failed} failed; ` +
      'settled after the healing in ' +
      `${at(0.5)} ms (median), ${at(1)} ms (longest)`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}

async function sweepRegions(first: number, seeds: number): Promise<void> {
  const total = new Map<string, number>();
  const leaderless: number[] = [];
  let [failed, terms] = [0, 0];
  const cpu = process.cpuUsage();
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = await simulateRegions({ seed, tells: values.seed !== undefined });
    addCoverage(total, report.coverage);
    leaderless.push(...report.failOversMs);
    terms += report.terms;
    for (const line of report.timeline) console.log(line);
    for (const { invariant, detail } of report.violations.slice(0, 2)) {
      console.log(`seed ${seed} VIOLATED ${invariant}: ${detail}`);
    }
    if (report.violations.length > 0) failed += 1;
  }
  tell(total);
  leaderless.sort((a, b) => a - b);
  const at = (part: number) =>
    ((leaderless[Math.floor(part * (leaderless.length - 1))] ?? 0) / 1_000).toFixed(1);
  console.log(
    `${seeds} runs of two hours of Region faults with ${terms} terms, ${rate(seeds, cpu)}, ${failed} failed; ` +
      `led again after the leader's Region was lost in ${at(0.5)} s (median), ${at(0.99)} s (p99), ${at(1)} s (longest)`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}
