/**
 * `docs/performance.md` and its charts, from `bench/results.json` and nothing else: a figure that was not
 * measured is not there, and one from a short run or a loaded machine says so.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drawBars } from './charts.ts';
import type { cost } from './cost.ts';
import type { failOver } from './fail-over/part.ts';
import type { Run } from './main.ts';
import { costSection, failOverSection, scaleSection, startupSection } from './report-sections.ts';
import { targetsSection } from './report-targets.ts';
import { troubleSection } from './report-trouble.ts';
import type { scale } from './scale.ts';
import type { startup } from './startup.ts';
import type { trouble } from './trouble.ts';

export interface Results {
  readonly 'fail-over'?: Run<Awaited<ReturnType<typeof failOver>>>;
  readonly cost?: Run<Awaited<ReturnType<typeof cost>>>;
  readonly trouble?: Run<Awaited<ReturnType<typeof trouble>>>;
  readonly scale?: Run<Awaited<ReturnType<typeof scale>>>;
  readonly startup?: Run<Awaited<ReturnType<typeof startup>>>;
  readonly fence?: Run<FenceFigures>;
  readonly 'hand-over'?: Run<HandOverFigures>;
}

interface FenceFigures {
  readonly results: readonly {
    readonly operation: string;
    readonly distance: string;
    readonly medianMs: { readonly plain: number; readonly stamped: number };
    readonly latencyRatio: number;
    readonly requestRatio: number;
    readonly writeUnitRatio: number;
  }[];
}

interface Spread {
  readonly trials: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface HandOverFigures {
  readonly on: string;
  readonly baton: Spread;
  readonly leaseWithHints: Spread;
  readonly lease: Spread;
}

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const CHARTS = `${DOCS}charts/`;

export const ms = (value: number | undefined | null): string =>
  value === undefined || value === null || !Number.isFinite(value) ? '–' : value.toFixed(0);

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** When, where and how; and what speaks against taking the figures for the product's. */
export function provenance(run: Run<unknown>): string {
  const { machine, measuredAt, quick, settings } = run;
  // What the run itself makes of it shows afterwards.
  const busy = machine.loadBefore > machine.cores;
  const warnings = [
    ...(quick ? ['**A short run** (`--quick`): few trials, so quantiles are rough.'] : []),
    ...(busy
      ? ['**A loaded machine**: other programs ran, so latencies are higher than on a quiet one.']
      : []),
  ];
  const facts =
    `Measured ${measuredAt.slice(0, 16).replace('T', ' ')} UTC on ${machine.processor}, ` +
    `${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}; load average ` +
    `${machine.loadBefore.toFixed(1)} before and ${machine.loadAfter.toFixed(1)} after. ` +
    `Settings: \`${JSON.stringify(settings)}\`.`;
  return [facts, ...warnings].join(' ');
}

export async function writeReport(results: Results): Promise<void> {
  await drawCharts(results);
  const sections = [
    INTRODUCTION,
    notRun(results),
    targetsSection(results),
    failOverSection(results['fail-over']),
    handOverSection(results['hand-over']),
    costSection(results.cost, results['fail-over']),
    troubleSection(results.trouble),
    scaleSection(results.scale),
    fenceSection(results.fence),
    startupSection(results.startup),
  ];
  await writeFile(`${DOCS}performance.md`, `${sections.filter(Boolean).join('\n\n')}\n`);
}

const INTRODUCTION = `# Performance

Every figure on this page comes from \`bench/results.json\`, which \`npm run bench\` writes; so does the
page itself. All stores run on the machine that measures: DynamoDB Local, fauxqs for SQS, one etcd node,
one Redis server. A round trip is then about a millisecond where it is 5 to 10 ms inside an AWS Region, so
compare systems here, not this page with an account.`;

const PARTS = ['fail-over', 'cost', 'trouble', 'scale', 'startup', 'fence', 'hand-over'] as const;

function notRun(results: Results): string {
  const missing = PARTS.filter((name) => results[name] === undefined);
  return missing.length === 0 ? '' : `Not on this page, since not run yet: ${missing.join(', ')}.`;
}

function handOverSection(run: Results['hand-over']): string {
  if (run === undefined) return '';
  const { on, baton, leaseWithHints, lease } = run.figures;
  const rows = Object.entries({ baton, 'lease with hints': leaseWithHints, lease }).map(
    ([name, { trials, p50Ms, p95Ms }]) => [name, `${trials}`, ms(p50Ms), ms(p95Ms)],
  );
  return `## Hand-over alone

Milliseconds from the moment that the old leader's work is told to stop to the election of the next, lease
30 s, so that nothing but the hand-over elects; on ${on}. ${provenance(run)}

${table(['mechanism', 'trials', 'p50', 'p95'], rows)}`;
}

function fenceSection(run: Results['fence']): string {
  if (run === undefined) return '';
  const rows = run.figures.results.map((one) => [
    one.operation,
    one.distance,
    one.medianMs.plain.toFixed(2),
    one.medianMs.stamped.toFixed(2),
    one.latencyRatio.toFixed(3),
    `${one.requestRatio}`,
    `${one.writeUnitRatio}`,
  ]);
  return `## Fence overhead

A stamped write beside the same write without a fence, in turn within one run; \`in-region\` adds 5 ms to
each answer. ${provenance(run)}

${table(['write', 'distance', 'plain ms', 'stamped ms', 'latency', 'requests', 'write units'], rows)}`;
}

async function drawCharts({ 'fail-over': fails, scale: scaled }: Results): Promise<void> {
  if (fails !== undefined) {
    for (const [fault, file, title] of CHARTED) {
      const bars = fails.figures.systems.flatMap(({ title: name, faults }) => {
        const { p50, p95 } = faults[fault]?.leaderlessMs ?? {};
        return p50 === undefined || p95 === undefined
          ? []
          : [
              { name, part: 'p50', value: p50 },
              { name, part: 'p95', value: p95 },
            ];
      });
      await drawBars(CHARTS, { file, title, unit: 'leaderless milliseconds', bars });
    }
  }
  if (scaled !== undefined) {
    const bars = scaled.figures.runs.map((run) => ({
      name: `${run.elections} elections`,
      part: run.batchRenewals ? 'in batches' : 'one by one',
      value: (run.requests / run.elapsedMs) * 1_000,
    }));
    const title = 'Requests of one process that leads';
    await drawBars(CHARTS, { file: 'requests.svg', title, unit: 'requests a second', bars });
  }
}

const CHARTED = [
  ['SIGKILL', 'crash.svg', 'After SIGKILL: lease 3 s, renewed each second'],
  ['SIGTERM', 'graceful.svg', 'After SIGTERM: lease 3 s, renewed each second'],
] as const;
