/** The section of the page on stores that are gone, or that err. */

import type { ErrorFigures, OutageFigures, Rates } from '../scale/trouble.ts';
import type { Results } from './results.ts';
import { ms, provenance, table } from './words.ts';

export function troubleSection(run: Results['trouble']): string {
  if (run === undefined) return '';
  const { outages, errors, outageMs, pairs, errorsMs, errorShare } = run.figures;
  const { leaseDurationMs, renewIntervalMs } = run.figures;
  return `## A store in trouble

Requests an hour, counted on the wire, lease ${leaseDurationMs} ms, renewed every ${renewIntervalMs} ms:
in the steady state, then for ${outageMs / 1_000} s while every request is answered with status 500, then
for as long while none is answered at all. *Back* is the time from the store's return to the first admitted
write. Each figure is of one leader and one standby, in one run.

${provenance(run)}

${table(['system', 'candidate', 'steady', 'answered 500', 'silent', 'back after 500s', 'back after silence'], outages.flatMap(outageRows))}

One request in ${Math.round(1 / errorShare)} answered with status 500, half of these after it was applied, over ${pairs} elections side by side for
${errorsMs / 1_000} s each. No process dies, so every loss of the role is a *false fail-over*.

${table(['system', 'requests', 'errors', 'false fail-overs'], errors.map(errorRow))}`;
}

function outageRows({ title, steady, outages }: OutageFigures): readonly (readonly string[])[] {
  const back = (recoveredMs: number | undefined) =>
    recoveredMs === undefined ? 'not in the time watched' : `${ms(recoveredMs)} ms`;
  return (['leader', 'standby'] as const).map((role: keyof Rates) => [
    title,
    role,
    ms(steady[role]),
    ms(outages.errors[role]),
    ms(outages.silence[role]),
    ...(role === 'leader'
      ? [back(outages.errors.recoveredMs), back(outages.silence.recoveredMs)]
      : ['', '']),
  ]);
}

function errorRow({ title, requests, errors, falseFailOvers }: ErrorFigures): readonly string[] {
  return [title, `${requests}`, `${errors}`, `${falseFailOvers}`];
}
