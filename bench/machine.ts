/**
 * What else ran on the machine while a part was measured: the processor time of every process that is not
 * one of the benchmark's own, each second, from `/proc`.
 *
 * Decides whether a part may be published. A load average cannot tell: it counts the benchmark too. On a
 * system without `/proc` only the load before the part is known.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** One process: whose child it is, and how many hundredths of a second it has run. */
export interface Running {
  readonly pid: number;
  readonly parent: number;
  /** With its pid it is one process, whatever becomes of the pid. */
  readonly startedAt: string;
  readonly ticks: number;
}

export interface Others {
  /** Cores that other programs used, in the mean and in the worst second. */
  readonly meanCores: number;
  readonly maxCores: number;
  /** Of the seconds, those in which they used more than half a core. */
  readonly busyShare: number;
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  /** Of the minute before the part began: close to 0 on a quiet machine, unless another part ran. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  /** Absent in runs from before it was measured, and where there is no `/proc`. */
  readonly others?: Others | undefined;
}

const SAMPLE_MS = 1_000;
const TICKS_A_SECOND = 100;
const BUSY_CORES = 0.5;
/** A system's own housekeeping stays below; a test run, a build or another benchmark does not. */
const LIMITS = { meanCores: 0.1, busyShare: 0.05 };

/** Watches until `stop`, which tells the machine and what was seen. */
export function watchMachine(): { stop(): Machine } {
  const loadBefore = loadavg()[0] ?? Number.NaN;
  const own = new Set([String(process.pid)]);
  const seconds: number[] = [];
  let before = running();
  let beforeMs = performance.now();
  const sample = () => {
    const [now, nowMs] = [running(), performance.now()];
    const elapsedSeconds = (nowMs - beforeMs) / 1_000;
    seconds.push(othersTicks(before, now, own) / TICKS_A_SECOND / elapsedSeconds);
    [before, beforeMs] = [now, nowMs];
  };
  const timer = setInterval(sample, SAMPLE_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return {
        processor: cpus()[0]?.model ?? 'unknown',
        cores: cpus().length,
        memoryGb: Math.round(totalmem() / 2 ** 30),
        node: process.version,
        loadBefore,
        loadAfter: loadavg()[0] ?? Number.NaN,
        others: before.length === 0 ? undefined : othersOf(seconds),
      };
    },
  };
}

export function othersOf(seconds: readonly number[]): Others {
  const busy = seconds.filter((cores) => cores > BUSY_CORES).length;
  return {
    meanCores: seconds.reduce((sum, cores) => sum + cores, 0) / Math.max(1, seconds.length),
    maxCores: Math.max(0, ...seconds),
    busyShare: busy / Math.max(1, seconds.length),
  };
}

/** Before and after, and what others used meanwhile where that is known. */
export function loadTold({ loadBefore, loadAfter, others }: Machine): string {
  const averages = `load average ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after`;
  if (others === undefined) return averages;
  const { meanCores, maxCores } = others;
  return `${averages}; other programs used ${meanCores.toFixed(2)} of a core meanwhile, ${maxCores.toFixed(1)} at most`;
}

/**
 * Why figures of this machine are not to be published; `undefined` where nothing speaks against it. Where
 * others could not be watched, the load before must do.
 */
export function loadProblem({ cores, loadBefore, others }: Machine): string | undefined {
  if (others === undefined) {
    if (loadBefore <= cores) return undefined;
    return `the load average before must be at most ${cores}, got ${loadBefore.toFixed(1)}; wait until the machine is quiet`;
  }
  // The load before may be that of the part before.
  const { meanCores, busyShare } = others;
  if (meanCores <= LIMITS.meanCores && busyShare <= LIMITS.busyShare) return undefined;
  return (
    `other programs may use ${LIMITS.meanCores} of a core meanwhile, and half a core in ${LIMITS.busyShare * 100} % of ` +
    `the seconds, got ${meanCores.toFixed(2)} and ${(busyShare * 100).toFixed(0)} %; end them, and run the part again`
  );
}

/**
 * What ran between two looks, without the benchmark's processes. `own` keeps those that were once seen below
 * its root: a detached one loses its parent.
 */
export function othersTicks(
  before: readonly Running[],
  now: readonly Running[],
  own: Set<string>,
): number {
  const isOwn = ({ pid, startedAt }: Running) => own.has(`${pid} ${startedAt}`);
  for (let grown = true; grown; ) {
    grown = false;
    for (const each of now) {
      if (isOwn(each)) continue;
      const parent = now.find(({ pid }) => pid === each.parent);
      const below = own.has(String(each.pid)) || (parent !== undefined && isOwn(parent));
      if (below) own.add(`${each.pid} ${each.startedAt}`);
      grown ||= below;
    }
  }
  const earlier = new Map(before.map((each) => [`${each.pid} ${each.startedAt}`, each.ticks]));
  return now
    .filter((each) => !isOwn(each))
    .reduce((sum, each) => {
      // A process that began since the last look had run for no time before.
      const since = earlier.get(`${each.pid} ${each.startedAt}`) ?? 0;
      return sum + each.ticks - since;
    }, 0);
}

function running(): readonly Running[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [parsedStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

/** `pid (name) state parent …`: user and system time are the 12th and 13th after the name, the start the 20th. */
export function parsedStat(text: string): Running {
  const after = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(after[1]),
    startedAt: after[19] ?? '',
    ticks: Number(after[11]) + Number(after[12]),
  };
}
