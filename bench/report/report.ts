/**
 * `docs/performance.md` and its charts, from `bench/results.json` and nothing else: a figure that was not
 * measured is not there, and one from a short run or a loaded machine says so.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drawBars } from './charts.ts';
import { lastWillSection } from './last-will.ts';
import { partitionsSection } from './partitions.ts';
import { profileSection } from './profile.ts';
import type { Results } from './results.ts';
import { scalePage } from './scale-page.ts';
import { costSection, failOverSection, scaleSection, startupSection } from './sections.ts';
import { indexOf, summarySection } from './summary.ts';
import { targetsSection } from './targets.ts';
import { transfersSection } from './transfers.ts';
import { troubleSection } from './trouble.ts';
import { ms, provenance, table } from './words.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const CHARTS = `${DOCS}charts/`;

export async function writeReport(results: Results): Promise<void> {
  await drawCharts(results);
  const sections = [
    summarySection(results),
    targetsSection(results),
    failOverSection(results['fail-over']),
    lastWillSection(results['last-will']),
    handOverSection(results['hand-over']),
    transfersSection(results.transfers),
    costSection(results.cost, results['fail-over']),
    troubleSection(results.trouble),
    scaleSection(results.scale),
    profileSection(results.profile),
    partitionsSection(results.partitions),
    fenceSection(results.fence),
    startupSection(results.startup),
  ].filter((section) => section !== '');
  const page = [INTRODUCTION, notRun(results), indexOf(sections), ...sections];
  await writeFile(`${DOCS}performance.md`, `${page.filter((part) => part !== '').join('\n\n')}\n`);
  await writeFile(`${DOCS}scale.md`, scalePage(results));
}

const INTRODUCTION = `# Performance

Every figure on this page comes from \`bench/results.json\`, which \`npm run bench\` writes; so does the
page itself. All stores run on the machine that measures: DynamoDB Local, fauxqs for SQS, one etcd node,
one Redis server, one PostgreSQL server. A round trip is then about a millisecond where it is 5 to 10 ms inside an AWS Region, so
compare systems here, not this page with an account.`;

const PARTS = [
  'fail-over',
  'last-will',
  'cost',
  'trouble',
  'scale',
  'profile',
  'startup',
  'fence',
  'hand-over',
  'transfers',
  'partitions',
] as const;

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
