/** The part `fail-over`: every system, every fault, in lanes; and what the trials come to. */
import { mean, type Spread, spreadOf } from '../statistics.ts';
import { runLane } from './lane.ts';
import { WRITE_INTERVAL_MS } from './program.ts';
import { type Store, startStore } from './stores.ts';
import { buildPrograms, LEFT_OUT, SYSTEMS, type System } from './systems.ts';
import { FAULTS, type Fault, type Trial } from './trial.ts';

export interface FailOverSettings {
  /** Names of systems; empty: all. */
  readonly systems: readonly string[];
  readonly trials: { readonly SIGKILL: number; readonly others: number };
  readonly lanes: number;
}

/**
 * The shortest lease that all take: etcd's shortest is 2 s in whole seconds, and its keep-alive is a
 * third of it.
 */
const TIMINGS = { leaseDurationMs: 3_000, renewIntervalMs: 1_000 };

/** What no lease protocol without another failure detector beats on average after a crash. */
const BOUND_MS = TIMINGS.leaseDurationMs - TIMINGS.renewIntervalMs / 2;

export interface FaultFigures {
  readonly trials: number;
  /** Trials in which nobody took over within eight leases. */
  readonly withoutTakeOver: number;
  /** Trials in which the leader had lost its role before the fault; in none of the figures. */
  readonly lostBefore: number;
  readonly leaderlessMs: Spread;
  /** From the last renewal sent, less the lease: how late the take-over is. */
  readonly pastLeaseMs: Spread;
  /** Mean of `leaderlessMs` less the bound. */
  readonly aboveBoundMs: number;
  readonly overlapMsMax: number;
  readonly trialsWithOverlap: number;
  readonly stale: { readonly tried: number; readonly refused: number };
}

export interface SystemFigures {
  /** Where it was measured after the others. */
  readonly measuredAt?: string;
  readonly name: string;
  readonly title: string;
  readonly group: System['group'];
  readonly store: string;
  readonly tokens: boolean;
  readonly faults: Readonly<Partial<Record<Fault, FaultFigures>>>;
}

export async function failOver({ systems, trials, lanes }: FailOverSettings) {
  await buildPrograms();
  const chosen = SYSTEMS.filter(({ name }) => systems.length === 0 || systems.includes(name));
  const figures: SystemFigures[] = [];
  for (const system of chosen) {
    process.stderr.write(`fail-over: ${system.title}…\n`);
    figures.push(await measure(system, trials, { ...TIMINGS, lanes }));
  }
  return {
    ...TIMINGS,
    boundMs: BOUND_MS,
    writeIntervalMs: WRITE_INTERVAL_MS,
    lanes,
    leftOut: LEFT_OUT,
    systems: figures,
  };
}

export interface MeasureOptions {
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  readonly lanes: number;
}

/** Every fault for one system, as often as asked. */
export async function measure(
  system: System,
  trials: FailOverSettings['trials'],
  { lanes, ...timings }: MeasureOptions,
): Promise<SystemFigures> {
  await using store = await startStore(system.store);
  await using hints = system.queue === 'hints' ? await startStore('sqs') : undefined;
  const queues: Store | undefined = system.queue === 'baton' ? store : hints;
  const waiting = shuffled(
    FAULTS.flatMap((fault) =>
      new Array<Fault>(fault === 'SIGKILL' ? trials.SIGKILL : trials.others).fill(fault),
    ),
  );
  const options = { system, store, queues, ...timings, next: () => waiting.pop() };
  const results = await Promise.all(Array.from({ length: lanes }, () => runLane(options)));
  const all = results.flat();
  const faults = FAULTS.flatMap((fault) => {
    const of = all.filter((trial) => trial.fault === fault);
    return of.length === 0 ? [] : [[fault, figuresOf(of, timings)] as const];
  });
  const { name, title, group, tokens } = system;
  const description = hints ? `${store.description}; ${hints.description}` : store.description;
  return { name, title, group, tokens, store: description, faults: Object.fromEntries(faults) };
}

function figuresOf(
  trials: readonly Trial[],
  { leaseDurationMs, renewIntervalMs }: Omit<MeasureOptions, 'lanes'>,
): FaultFigures {
  const boundMs = leaseDurationMs - renewIntervalMs / 2;
  const of = (pick: (trial: Trial) => number | undefined) =>
    trials.flatMap((trial) => pick(trial) ?? []);
  const leaderless = of(({ leaderlessMs }) => leaderlessMs);
  const since = of(({ sinceRenewalMs }) => sinceRenewalMs);
  const lostBefore = trials.filter((trial) => trial.lostBefore).length;
  const overlaps = of(({ overlapMs }) => overlapMs);
  return {
    trials: trials.length,
    withoutTakeOver: trials.length - lostBefore - leaderless.length,
    lostBefore,
    leaderlessMs: spreadOf(leaderless),
    pastLeaseMs: spreadOf(since.map((ms) => ms - leaseDurationMs)),
    aboveBoundMs: mean(leaderless) - boundMs,
    overlapMsMax: Math.max(...overlaps),
    trialsWithOverlap: overlaps.filter((ms) => ms > 0).length,
    stale: {
      tried: trials.reduce((sum, { stale }) => sum + stale.tried, 0),
      refused: trials.reduce((sum, { stale }) => sum + stale.refused, 0),
    },
  };
}

/** So that no fault has a part of the run to itself. */
function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
