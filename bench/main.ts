/**
 * `npm run bench -- [part…] [options]`: runs the parts, keeps their figures in `bench/results.json`, and
 * writes `docs/performance.md` and its charts from that file.
 *
 * Parts: `fail-over`, `last-will`, `cost`, `trouble`, `scale`, `profile`, `startup`, `fence`, `hand-over`, `transfers`, `partitions`; without any,
 * all.
 * `report` only writes the page. `--quick` makes a few trials; `--systems a,b` takes only these; `--trials` is the
 * number for SIGKILL; `--lanes` says how many elections go side by side in `fail-over`.
 * A part that is not run keeps the figures of its last run, and so do the systems that are left out. Every run
 * states when it was, on what machine, how loaded it was, and with which settings; `--quick` is for trying the
 * harness, and says so. A part beside which other programs ran is not published: its figures are kept in
 * `bench/.artifacts/unpublished`, and the command ends with code 1.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { loadProblem, loadTold, watchMachine } from './machine.ts';
import type { Run } from './report/results.ts';

const RESULTS = fileURLToPath(new URL('./results.json', import.meta.url));
const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const UNPUBLISHED = `${FOLDER}.artifacts/unpublished/`;
const run = promisify(execFile);

interface Options {
  readonly quick?: boolean | undefined;
  readonly systems: readonly string[];
  readonly trials?: string | undefined;
  readonly lanes?: string | undefined;
}

interface Part {
  readonly settings: (options: Options) => object;
  readonly measure: (settings: never) => Promise<unknown>;
}

/** Each part is loaded when it is run, so that one does not need what only another does. */
const PARTS: Readonly<Record<string, Part>> = {
  'fail-over': {
    settings: ({ quick, systems, trials, lanes }) => ({
      systems,
      trials: { SIGKILL: Number(trials ?? (quick ? 5 : 200)), others: quick ? 3 : 40 },
      lanes: Number(lanes ?? (quick ? 4 : 14)),
    }),
    measure: async (settings) => (await import('./fail-over/part.ts')).failOver(settings),
  },
  'last-will': {
    settings: ({ quick, systems, trials, lanes }) => ({
      systems,
      trials: Number(trials ?? (quick ? 3 : 12)),
      lanes: Number(lanes ?? (quick ? 3 : 6)),
      leasesMs: quick ? [3_000] : [3_000, 10_000],
    }),
    measure: async (settings) => (await import('./last-will.ts')).lastWill(settings),
  },
  cost: {
    settings: ({ quick, systems }) => ({ systems, forMs: quick ? 20_000 : 120_000 }),
    measure: async (settings) => (await import('./cost.ts')).cost(settings),
  },
  trouble: {
    settings: ({ quick, systems }) => ({
      systems,
      outageMs: quick ? 10_000 : 30_000,
      pairs: quick ? 2 : 10,
      errorsMs: quick ? 15_000 : 120_000,
    }),
    measure: async (settings) => (await import('./scale/trouble.ts')).trouble(settings),
  },
  scale: {
    settings: ({ quick }) => ({
      elections: quick ? [1, 100, 1_000] : [1, 10, 100, 1_000, 2_000, 10_000],
      forMs: quick ? 10_000 : 30_000,
      longForMs: quick ? 20_000 : 600_000,
    }),
    measure: async (settings) => (await import('./scale/scale.ts')).scale(settings),
  },
  profile: {
    settings: ({ quick }) => ({ forMs: quick ? 10_000 : 600_000, many: quick ? 100 : 1_000 }),
    measure: async (settings) => (await import('./profile.ts')).profile(settings),
  },
  startup: {
    settings: ({ quick }) => ({ trials: quick ? 5 : 15 }),
    measure: async (settings) => (await import('./startup.ts')).startup(settings),
  },
  fence: {
    settings: () => ({}),
    measure: () => ownProgram(new URL('./fence-overhead.ts', import.meta.url)),
  },
  'hand-over': {
    settings: ({ quick }) => ({ trials: quick ? 5 : 40 }),
    measure: ({ trials }: { readonly trials: number }) =>
      ownProgram(new URL('./hand-over/hand-over.ts', import.meta.url), `${trials}`),
  },
  transfers: {
    settings: ({ quick, trials }) => {
      const withHints = Number(trials ?? (quick ? 10 : 200));
      return { transfers: { withHints, withoutHints: Math.ceil(withHints / 2) } };
    },
    measure: async (settings) => (await import('./transfers/part.ts')).measureTransfers(settings),
  },
  partitions: {
    settings: ({ quick, systems, trials }) => ({
      systems,
      trials: Number(trials ?? (quick ? 1 : 4)),
      calmMs: quick ? 20_000 : 120_000,
      longCalmMs: quick ? 20_000 : 600_000,
    }),
    measure: async (settings) => (await import('./partitions/part.ts')).partitions(settings),
  },
};

/** A benchmark that prints its figures as one JSON object; its exit code is its own verdict. */
async function ownProgram(program: URL, ...args: readonly string[]): Promise<unknown> {
  const printed = await run(process.execPath, [fileURLToPath(program), ...args]).catch(
    (failed: { readonly stdout: string }) => failed,
  );
  return JSON.parse(printed.stdout);
}

async function installPeers(): Promise<void> {
  if (existsSync(`${FOLDER}node_modules`)) return;
  process.stderr.write('installing what is compared with…\n');
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER });
}

async function measure(name: string, options: Options): Promise<Run<unknown>> {
  const part = PARTS[name];
  if (part === undefined) {
    throw new Error(`part must be one of ${Object.keys(PARTS).join(', ')}, got ${name}`);
  }
  const settings = part.settings(options);
  const watch = watchMachine();
  const figures = await part.measure(settings as never);
  const machine = watch.stop();
  process.stderr.write(`${name}: ${loadTold(machine)}\n`);
  const quick = options.quick === true;
  return { measuredAt: new Date().toISOString(), quick, machine, settings, figures };
}

async function main(names: readonly string[], options: Options): Promise<void> {
  await installPeers();
  const known = existsSync(RESULTS) ? await readFile(RESULTS, 'utf8') : '{}';
  const results = JSON.parse(known) as Record<string, Run<unknown>>;
  for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
    const run = await measure(name, options);
    const problem = loadProblem(run.machine);
    if (problem === undefined) {
      results[name] = merged(results[name], run, options);
      await writeFile(RESULTS, `${JSON.stringify(results, rounded, 1)}\n`);
    } else {
      await keepUnpublished(name, run, problem);
    }
  }
  const { writeReport } = await import('./report/report.ts');
  await writeReport(results);
}

/** What a loaded machine measured is for trying the harness. The page keeps what it had. */
async function keepUnpublished(name: string, run: Run<unknown>, problem: string): Promise<void> {
  await mkdir(UNPUBLISHED, { recursive: true });
  const file = `${UNPUBLISHED}${name}.json`;
  await writeFile(file, `${JSON.stringify(run, rounded, 1)}\n`);
  process.stderr.write(`${name} is not published, but kept in ${file}: ${problem}\n`);
  process.exitCode = 1;
}

interface Named {
  readonly name: string;
}

/** Of a run of some systems only, those; the others keep the figures of the last run. */
function merged(before: Run<unknown> | undefined, fresh: Run<unknown>, options: Options) {
  const known = before?.figures as { readonly systems?: readonly Named[] } | undefined;
  const isPart = options.systems.length > 0;
  if (!isPart || before === undefined || known?.systems === undefined) return fresh;
  const again = (fresh.figures as { readonly systems: readonly Named[] }).systems;
  const measuredAt = fresh.measuredAt;
  const all = known.systems.map((one) => {
    const found = again.find(({ name }) => name === one.name);
    return found === undefined ? one : { ...found, measuredAt };
  });
  const names = new Set(all.map(({ name }) => name));
  const added = again.filter(({ name }) => !names.has(name));
  const systems = [...all, ...added.map((one) => ({ ...one, measuredAt }))];
  return { ...before, figures: { ...known, systems } };
}

/** Thousandths of a millisecond or of a dollar say nothing here; five digits are kept of what is small. */
function rounded(_: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Math.abs(value) < 1 ? Number(value.toPrecision(5)) : Math.round(value * 100) / 100;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    systems: { type: 'string' },
    trials: { type: 'string' },
    lanes: { type: 'string' },
  },
});
if (positionals[0] === 'report') await report();
else await main(positionals, { ...values, systems: values.systems?.split(',') ?? [] });
// Whatever a peer leaves open; the exit code is the one that was set.
process.exit();

/** Writes the page from the figures that are there. */
async function report(): Promise<void> {
  await installPeers();
  const { writeReport } = await import('./report/report.ts');
  await writeReport(JSON.parse(await readFile(RESULTS, 'utf8')));
}
