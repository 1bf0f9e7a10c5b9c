/**
 * `npm run simulate -- --seeds 1000 [--seed N] [--fault NAME …]`: runs seeds, or replays one with its timeline.
 */
import { parseArgs } from 'node:util';
import { addCoverage, FAULTS, type Fault } from './faults.ts';
import { simulate } from './run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    fault: { type: 'string', multiple: true },
  },
});
const faults = (values.fault ?? []).map((name) => {
  if ((FAULTS as readonly string[]).includes(name)) return name as Fault;
  throw new Error(`there is no fault ${name}; there are ${FAULTS.join(', ')}`);
});

// Errors are outcomes here; tracing where each was made would take a third of the time.
Error.stackTraceLimit = 0;
if (values.seed !== undefined) await replay(Number(values.seed));
else await sweep(Number(values.first), Number(values.seeds));

async function replay(seed: number): Promise<void> {
  const { timeline, violations, faults: enabled } = await simulate({ seed, faults, tells: true });
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
    const { violations, coverage } = await simulate({ seed, faults });
    addCoverage(total, coverage);
    for (const { invariant, detail } of violations.slice(0, 2)) {
      console.log(`seed ${seed} VIOLATED ${invariant}: ${detail}`);
    }
    if (violations.length > 0) failed.push(seed);
  }
  // By processor time: the figure must not depend on what else the machine does.
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (user + system) / 1e6;
  for (const [name, count] of [...total].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(count).padStart(8)} ${name}`);
  console.log(
    `${seeds} runs of 40 virtual seconds in ${seconds.toFixed(1)} s of processor time ` +
      `(${(seeds / seconds).toFixed(0)} a second and core), ${failed.length} failed`,
  );
  if (failed.length === 0) return;
  console.log(`replay one with: npm run simulate -- --seed ${failed[0]}`);
  process.exitCode = 1;
}
