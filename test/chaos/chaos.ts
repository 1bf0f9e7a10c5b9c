/**
 * Chaos on real processes: workers that elect by a lease or a baton through networks that fail, killed,
 * stopped, and with their wall clocks moved. Judged by what they said and by the table's whole history.
 */
import type { Violation } from '../judge/invariants.ts';
import { until } from '../support/until.ts';
import { judge } from './judging/judge.ts';
import { trouble } from './trouble.ts';
import { openArena } from './workers/arena.ts';
import { type Crew, prepareCrew } from './workers/crew.ts';
import type { Via, WorkerLine } from './workers/ways.ts';

export interface ChaosReport {
  readonly violations: readonly Violation[];
  /** How often each kind of fault struck. */
  readonly injected: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
  /** From the last fault's healing to the tenth addition that was acknowledged. */
  readonly healedAfterMs: number;
  /** The same from asking that leader to leave. */
  readonly handOverMs: number;
}

export interface ChaosOptions {
  readonly via: Via;
  readonly durationMs: number;
  readonly seed: number;
  /** The endpoint of a DynamoDB Local. */
  readonly endpoint: string;
  /** Told how far it is, every ten seconds. */
  readonly tell?: ((progress: string) => void) | undefined;
}

const CREW = 3;
const TELL_INTERVAL_MS = 10_000;
/** What counts as leading again after the last fault. */
const ADDITIONS_AFTER_HEALING = 10;

export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  await using arena = await openArena(options.via, options.endpoint);
  await using crew = await prepareCrew(arena, CREW);
  for (const seat of crew.seats) seat.seat();
  const injected: Record<string, number> = {};
  const struck = (kind: string) => {
    injected[kind] = (injected[kind] ?? 0) + 1;
  };
  const telling = tellProgress(options, crew, injected);
  try {
    await trouble({ ...options, crew, struck });
    const healedAfterMs = await someAdditions(crew, () => true);
    const handOverMs = await handOver(crew);
    await crew.end();
    const { violations, seen } = judge({ versions: await arena.versions(), lines: crew.lines });
    const batons = arena.batons();
    return {
      violations,
      injected,
      seen: {
        ...seen,
        'writes refused at the rows': refusedWrites(crew),
        ...(batons !== undefined && { 'batons left': batons }),
      },
      healedAfterMs,
      handOverMs,
    };
  } finally {
    clearInterval(telling);
  }
}

/** L1: some worker leads, and its work is acknowledged, once nothing is wrong any more. */
async function someAdditions(crew: Crew, isAsked: (line: WorkerLine) => boolean): Promise<number> {
  const fromMs = performance.now();
  const before = crew.lines.length;
  const added = () =>
    crew.lines.slice(before).filter((line) => line.event === 'acknowledged' && isAsked(line));
  await until(() => added().length >= ADDITIONS_AFTER_HEALING, {
    what: 'that somebody leads although nothing is wrong',
  });
  return Math.round(performance.now() - fromMs);
}

/** L4: a last change of leaders, with nothing wrong, after which no baton too many may be left. */
async function handOver(crew: Crew): Promise<number> {
  const leaving = crew.leader()?.member();
  leaving?.signal('SIGTERM');
  return await someAdditions(crew, ({ worker }) => worker !== leaving?.name);
}

/**
 * As the networks saw the requests, including those of workers that died before they could say so.
 */
function refusedWrites({ seats }: Crew): number {
  return seats.reduce((sum, { network }) => sum + network.resource.refusedWrites(), 0);
}

function tellProgress({ via, durationMs, tell }: ChaosOptions, crew: Crew, injected: object) {
  const startedAtMs = performance.now();
  return setInterval(() => {
    const count = (event: string) => crew.lines.filter((line) => line.event === event).length;
    const faults = Object.values(injected).reduce((sum: number, times) => sum + times, 0);
    const seconds = (ms: number) => Math.round(ms / 1_000);
    tell?.(
      `${via}: ${seconds(performance.now() - startedAtMs)} of ${seconds(durationMs)} s, ` +
        `${faults} faults, ${count('elected')} terms, ${count('acknowledged')} additions`,
    );
  }, TELL_INTERVAL_MS);
}
