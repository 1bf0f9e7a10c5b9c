/**
 * What a long run prints: what was injected, what was seen, and whether every promise was kept.
 */
import type { ChaosReport } from '../chaos.ts';
import type { Overtaken } from '../overtaken.ts';
import type { Via } from '../workers/ways.ts';

export interface RunReport extends ChaosReport {
  readonly via: Via;
  readonly seed: number;
  /** A leader that was overtaken in the middle of a write, with the fence and without. */
  readonly fenced: Overtaken;
  readonly unfenced: Overtaken;
}

/** After a hand-over with nothing wrong: the one that the leader holds, and its successor. */
export const BATONS_MAX = 2;

/** The workload must lose something without the fence, or it shows nothing with it. */
export function isGood({ violations, seen, fenced, unfenced }: RunReport): boolean {
  const batons = seen['batons left'] ?? 1;
  const isTidy = batons > 0 && batons <= BATONS_MAX;
  const isFenced = fenced.frozenWrite === 'refused' && fenced.lost === 0;
  return violations.length === 0 && isFenced && unfenced.lost > 0 && isTidy;
}

export function linesOf(report: RunReport): readonly string[] {
  const { via, seed, fenced, unfenced, injected, seen, violations } = report;
  const waits = {
    'ms from the last fault to ten additions': report.healedAfterMs,
    'ms from a hand-over to ten additions': report.handOverMs,
  };
  return [
    `${via}, seed ${seed}`,
    ...['fenced', 'unfenced'].map((name) => {
      const { frozenWrite, acknowledged, lost } = name === 'fenced' ? fenced : unfenced;
      return `  a write that was overtaken, ${name}: ${frozenWrite}, ${lost} of ${acknowledged} lost`;
    }),
    '  injected',
    ...counts(injected),
    '  seen',
    ...counts({ ...seen, ...waits }),
    ...violations.map(({ invariant, detail }) => `  VIOLATED ${invariant}: ${detail}`),
  ];
}

/** One sentence for all of them. */
export function summaryOf(reports: readonly RunReport[]): string {
  const sum = (what: (report: RunReport) => number) =>
    reports.reduce((total, report) => total + what(report), 0);
  const faults = sum(({ injected }) => Object.values(injected).reduce((a, b) => a + b, 0));
  const added = sum(({ seen }) => seen['additions acknowledged'] ?? 0);
  const lost = sum(({ seen }) => seen['additions lost'] ?? 0);
  const unfenced = sum((report) => report.unfenced.lost);
  return (
    `${faults} faults, ${sum(({ seen }) => seen.terms ?? 0)} terms, ${lost} of ${added} additions ` +
    `lost (${unfenced} without the fence), ${sum(({ violations }) => violations.length)} violations`
  );
}

function counts(of: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(of).map(([name, count]) => `${String(count).padStart(8)} ${name}`);
}
