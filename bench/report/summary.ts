/** The head of the page: its index, and one table of ours, the best peer and the bound for each fault and cost. */
import type { FaultFigures, SystemFigures } from '../fail-over/part.ts';
import { FAULTS, type Fault } from '../fail-over/trial.ts';
import type { Results } from './results.ts';
import { EQUAL_FAIL_OVER_MS, equalDollars } from './sections.ts';
import { ms, table } from './words.ts';

/** Links to the headings of the sections that follow. */
export function indexOf(sections: readonly string[]): string {
  const titles = sections.flatMap((section) => /^## (.+)$/m.exec(section)?.[1] ?? []);
  return titles.map((title) => `- [${title}](#${anchorOf(title)})`).join('\n');
}

/** As the platforms that show Markdown make anchors of headings. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

const FAULT_WORDS: Readonly<Record<Fault, string>> = {
  SIGKILL: 'crash',
  SIGTERM: 'graceful end',
  SIGSTOP: 'frozen',
  'black-hole': 'cut off from the store',
  'drop-answers': "the store's answers lost",
};

export function summarySection(results: Results): string {
  const { 'fail-over': fails, 'last-will': wills } = results;
  if (fails === undefined) return '';
  const { boundMs, leaseDurationMs, renewIntervalMs, systems } = fails.figures;
  const bounds: Readonly<Record<Fault, string>> = {
    SIGKILL: `${ms(boundMs)}: lease − half a renew interval`,
    SIGTERM: 'a round trip',
    SIGSTOP: `${ms(boundMs)}, as a crash`,
    'black-hole': '0: it leads until its lease ends',
    'drop-answers': '0: nobody need lose the role',
  };
  const faults = FAULTS.map((fault) =>
    faultRow(FAULT_WORDS[fault], systems, { fault, bound: bounds[fault] }),
  );
  const will = wills?.figures.leases.find((one) => one.leaseDurationMs === leaseDurationMs);
  const withWill = (will?.systems ?? []).filter(
    ({ name }) => !name.startsWith('tenure-') || name.endsWith('-will'),
  );
  const willRow = faultRow('crash, with a last will', withWill, {
    ...{ fault: 'SIGKILL', bound: 'a round trip' },
  });
  const rows = [...faults.slice(0, 1), ...(will ? [willRow] : []), ...faults.slice(1)];
  return `## At a glance

Milliseconds without a leader, p50 / p95, lease ${leaseDurationMs} ms, renewed every ${renewIntervalMs} ms. Of each kind the
system with the lowest p50 among those whose old and new leader never wrote at once; where all did, the cell
says in how many trials. The sections below have every system, and what was counted.

${table(['fault', 'ours', 'best peer on DynamoDB', 'best peer with a server', 'bound'], [...rows, costRow(results)])}`;
}

function faultRow(
  words: string,
  systems: readonly SystemFigures[],
  { fault, bound }: { readonly fault: Fault; readonly bound: string },
): readonly string[] {
  const isOurs = ({ name }: SystemFigures) => name.startsWith('tenure-');
  const kinds = [
    isOurs,
    (one: SystemFigures) => !isOurs(one) && one.group !== 'server',
    (one: SystemFigures) => !isOurs(one) && one.group === 'server',
  ];
  return [words, ...kinds.map((kind) => bestOf(systems.filter(kind), fault)), bound];
}

function bestOf(systems: readonly SystemFigures[], fault: Fault): string {
  const found = systems
    .flatMap(({ title, faults }) => {
      const figures = faults[fault];
      return figures === undefined || figures.leaderlessMs.count === 0 ? [] : [{ title, figures }];
    })
    .sort((a, b) => a.figures.leaderlessMs.p50 - b.figures.leaderlessMs.p50);
  // Two leaders at once leave no time without one.
  const best = found.find(({ figures }) => figures.trialsWithOverlap === 0) ?? found[0];
  return best === undefined ? '–' : `${told(best.figures)}: ${best.title}`;
}

function told({ leaderlessMs, trials, trialsWithOverlap }: FaultFigures): string {
  const times = `${ms(leaderlessMs.p50)} / ${ms(leaderlessMs.p95)}`;
  return trialsWithOverlap === 0
    ? times
    : `${times} (two wrote in ${trialsWithOverlap} of ${trials})`;
}

/** Servers have no price for a request. */
function costRow({ cost, 'fail-over': fails }: Results): readonly string[] {
  const priced = (cost?.figures.systems ?? [])
    .flatMap((system) => {
      const dollars = equalDollars(system, fails);
      return dollars === undefined || system.group === 'server' ? [] : [{ ...system, dollars }];
    })
    .sort((a, b) => a.dollars - b.dollars);
  const cell = (ours: boolean) => {
    const best = priced.find(({ name }) => name.startsWith('tenure-') === ours);
    return best === undefined ? '–' : `$${best.dollars.toFixed(2)}: ${best.title}`;
  };
  const words = `a month, at a mean fail-over of ${EQUAL_FAIL_OVER_MS / 1_000} s`;
  return [words, cell(true), cell(false), '–', '–'];
}
