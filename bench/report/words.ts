/**
 * How figures are written in the pages: milliseconds, tables, and where a run comes from.
 */
import { loadProblem, loadTold, type Machine } from '../machine.ts';
import type { Run } from './results.ts';

export const ms = (value: number | undefined | null): string =>
  value === undefined || value === null || !Number.isFinite(value) ? '–' : value.toFixed(0);

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Of a run from before it was refused, too. */
export const isLoaded = (machine: Machine): boolean => loadProblem(machine) !== undefined;

/** When, where and how; and what speaks against taking the figures for the product's. */
export function provenance(run: Run<unknown>): string {
  const { machine, measuredAt, quick, settings } = run;
  const busy = isLoaded(machine);
  const warnings = [
    ...(quick ? ['**A short run** (`--quick`): few trials, so quantiles are rough.'] : []),
    ...(busy
      ? ['**A loaded machine**: other programs ran, so latencies are higher than on a quiet one.']
      : []),
  ];
  const facts =
    `Measured ${measuredAt.slice(0, 16).replace('T', ' ')} UTC on ${machine.processor}, ` +
    `${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}; ${loadTold(machine)}. ` +
    `Settings: \`${JSON.stringify(settings)}\`.`;
  return [facts, ...warnings].join(' ');
}
