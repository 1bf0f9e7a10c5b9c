/** The section of the page on crashes with a last will, and its targets. */
import type { LastWillFigures } from '../last-will.ts';
import type { Results } from './results.ts';
import { ms, provenance, table } from './words.ts';

export function lastWillSection(run: Results['last-will']): string {
  if (run === undefined) return '';
  const { leases, guardians } = run.figures;
  const costs = guardians.map(({ form, startMs, ownMb, residentMb, processorShare }) => [
    form,
    ms(startMs),
    ms(ownMb),
    ms(residentMb),
    `${(processorShare * 100).toFixed(1)} %`,
  ]);
  return `## The last will

SIGKILL of a leader at a random moment of the renew interval, as in *Fail-over*: from its last write admitted
at the resource to the first of the next leader. *Will at once* is \`settleMs: 0\`, for leaders whose every
write is fenced. *Will settled* is the default, a write timeout, which is a third of the renew interval here.
A leader with a will runs below the guard of the worker's image. A standby without hints reads once in a renew
interval. For comparison: the same without a will, etcd3, and PostgreSQL's advisory lock of a session, which the
server frees when the kernel ends the connection.

${provenance(run)}

${leases.map(leaseTable).join('\n\n')}

What a guardian costs while nothing happens: milliseconds from its start until it holds a will (with the start
of the program that it guards, where it starts one), megabytes that it shares with no other process and that
are resident, and its share of one core with a will each second. The first and the last
run from TypeScript, whose types Node strips at the start; the image's guard is one file of JavaScript.

${table(['guardian', 'start ms', 'own MB', 'resident MB', 'one core'], costs)}`;
}

function leaseTable({ leaseDurationMs, renewIntervalMs, systems }: LastWillFigures['leases'][0]) {
  const rows = systems.flatMap(({ title, faults }) => {
    const figures = faults.SIGKILL;
    if (figures === undefined) return [];
    const { p50, p95, max } = figures.leaderlessMs;
    const { trials, lostBefore, withoutTakeOver, overlapMsMax } = figures;
    return [
      [
        title,
        `${trials}`,
        `${lostBefore}`,
        `${withoutTakeOver}`,
        ...[ms(p50), ms(p95), ms(max)],
        overlapMsMax > 0 ? ms(overlapMsMax) : 'none',
      ],
    ];
  });
  const head = [
    ...['system', 'trials', 'lost before', 'no take-over'],
    ...['leaderless p50', 'p95', 'max', 'overlap max'],
  ];
  return `Lease ${leaseDurationMs} ms, renewed every ${renewIntervalMs} ms:\n\n${table(head, rows)}`;
}

interface Verdict {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
  readonly why?: string;
}

export function lastWillTargets({ 'last-will': run }: Results): readonly Verdict[] {
  return (run?.figures.leases ?? []).flatMap(({ leaseDurationMs, renewIntervalMs, systems }) =>
    TARGETS.flatMap(({ name, p50Ms, p95Ms, words }) => {
      const found = systems.find((system) => system.name === name);
      const spread = found?.faults.SIGKILL?.leaderlessMs;
      if (found === undefined || spread === undefined) return [];
      const [most50, most95] = [p50Ms(renewIntervalMs), p95Ms(renewIntervalMs)];
      return [
        {
          target: `${found.title}, lease ${leaseDurationMs} ms, crash: ${words}`,
          measured: `${ms(spread.p50)} ms, ${ms(spread.p95)} ms, ${spread.count} trials`,
          met: spread.p50 <= most50 && spread.p95 <= most95,
        },
      ];
    }),
  );
}

const HEARD = {
  p50Ms: () => 100,
  p95Ms: () => 200,
  words: 'at most 100 ms in the middle, 200 ms at p95',
} as const;
const settled = (renewIntervalMs: number) => renewIntervalMs / 3;

const TARGETS = [
  { name: 'tenure-hints-will', ...HEARD },
  { name: 'tenure-baton-will', ...HEARD },
  ...['tenure-hints-settled', 'tenure-baton-settled'].map((name) => ({
    name,
    p50Ms: (renewIntervalMs: number) => settled(renewIntervalMs) + 100,
    p95Ms: (renewIntervalMs: number) => settled(renewIntervalMs) + 200,
    words: 'so much after the settle time',
  })),
  {
    name: 'tenure-lease-will',
    p50Ms: (renewIntervalMs: number) => renewIntervalMs + 100,
    p95Ms: (renewIntervalMs: number) => renewIntervalMs + 100,
    words: 'at most one renew interval and 100 ms',
  },
];
