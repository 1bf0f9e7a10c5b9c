/** The section and the targets of the part `transfers`. */
import type { Transfers } from '../transfers/part.ts';
import type { Results } from './results.ts';
import { ms, provenance, table } from './words.ts';

interface Verdict {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
  readonly why?: string;
}

const HINTED_ROUND_TRIPS_MAX = 3;
const ANNOUNCED_P50_MS_MAX = 60;
const ANNOUNCED_P95_MS_MAX = 120;

export function transfersSection(run: Results['transfers']): string {
  if (run === undefined) return '';
  const { on, leaseDurationMs, renewIntervalMs, withHints, withoutHints } = run.figures;
  const rows = Object.entries({ 'with hints': withHints, 'without hints': withoutHints });
  const head = [
    ...['', 'asked', 'performed', 'stale writes', 'leaderless p50', 'p95', 'max'],
    ...['round trip p50', 'leaderless p50 in round trips'],
  ];
  return `## Transfers

A leader hands the role to one of two standbys, which it names (\`term.handOver\`). Milliseconds at the resource from
the last write of the old leader to the first of the new; each leader writes every 2 ms and stops at once. Lease
${leaseDurationMs} ms, renewed every ${renewIntervalMs} ms; on ${on}. A *round trip* is that of the renewals in the
same run. ${provenance(run)}

${table(
  head,
  rows.map(([name, one]) => [
    name,
    `${one.asked}`,
    `${one.performed}`,
    `${one.staleWrites}`,
    ms(one.leaderlessMs.p50),
    ms(one.leaderlessMs.p95),
    ms(one.leaderlessMs.max),
    one.roundTripMs.p50.toFixed(1),
    inRoundTrips(one).toFixed(1),
  ]),
)}`;
}

export function transferTargets({ transfers: run }: Results): readonly Verdict[] {
  if (run === undefined) return [];
  const { withHints, withoutHints } = run.figures;
  const lost = [withHints, withoutHints].reduce((sum, one) => sum + one.asked - one.performed, 0);
  const { p50, p95 } = withoutHints.leaderlessMs;
  return [
    {
      target: `none of ${withHints.asked + withoutHints.asked} transfers is lost`,
      measured: `${lost} lost`,
      met: lost === 0,
    },
    {
      target: `a transfer with hints: nobody leads for ${HINTED_ROUND_TRIPS_MAX} round trips at most, p50`,
      measured: `${inRoundTrips(withHints).toFixed(1)} (${ms(withHints.leaderlessMs.p50)} ms)`,
      met: inRoundTrips(withHints) <= HINTED_ROUND_TRIPS_MAX,
    },
    {
      target: `without hints: at most ${ANNOUNCED_P50_MS_MAX} ms p50 and ${ANNOUNCED_P95_MS_MAX} ms p95`,
      measured: `${ms(p50)} / ${ms(p95)} ms`,
      met: p50 <= ANNOUNCED_P50_MS_MAX && p95 <= ANNOUNCED_P95_MS_MAX,
    },
  ];
}

function inRoundTrips({ leaderlessMs, roundTripMs }: Transfers): number {
  return leaderlessMs.p50 / roundTripMs.p50;
}
