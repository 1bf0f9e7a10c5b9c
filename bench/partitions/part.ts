/**
 * The part `partitions`: what a group costs while nothing happens, and what joins, leaves, crashes and a
 * rolling replacement of its members come to, at default timings.
 *
 * Processes on DynamoDB Local where they fit on one machine, else the simulator; each row says which.
 */
import { PRICES } from '../../lib/cli/planning/prices.ts';
import { timingsWithDefaults } from '../../lib/index.ts';
import { drill, type GroupFigures } from './drill.ts';
import { openGroupOfProcesses } from './processes.ts';
import { openSimulatedGroup } from './simulated.ts';

export interface GroupSettings {
  readonly systems: readonly string[];
  readonly trials: number;
  readonly calmMs: number;
  /** How long the most processes are watched for a lease that lapses: the target names ten minutes. */
  readonly longCalmMs: number;
}

export interface SizeFigures extends GroupFigures {
  /** Where it was measured after the others. */
  readonly measuredAt?: string;
  readonly name: string;
  readonly partitions: number;
  readonly members: number;
  readonly on: string;
}

interface Size {
  readonly partitions: number;
  readonly members: number;
  readonly processes: boolean;
  readonly isLong?: true;
}

const SIZES: readonly Size[] = [
  { partitions: 64, members: 4, processes: true },
  { partitions: 64, members: 4, processes: false },
  { partitions: 1_000, members: 10, processes: true, isLong: true },
  { partitions: 1_000, members: 20, processes: false },
  { partitions: 10_000, members: 100, processes: false },
];

const nameOf = ({ partitions, members, processes }: Size) =>
  `${processes ? '' : 'simulated '}${partitions} over ${members}`;

const { leaseDurationMs, renewIntervalMs } = timingsWithDefaults({});

export async function partitions(settings: GroupSettings) {
  const chosen = SIZES.filter(
    (size) => settings.systems.length === 0 || settings.systems.includes(nameOf(size)),
  );
  const systems: SizeFigures[] = [];
  for (const size of chosen) {
    process.stderr.write(`partitions: ${nameOf(size)}…\n`);
    systems.push(await measure(size, settings));
  }
  const { region, date } = PRICES;
  return { leaseDurationMs, renewIntervalMs, prices: { region, date }, systems };
}

async function measure(size: Size, settings: GroupSettings): Promise<SizeFigures> {
  const { partitions: count, members } = size;
  const options = {
    ...{ members, leaseDurationMs, renewIntervalMs, trials: settings.trials },
    calmMs: size.isLong ? settings.longCalmMs : settings.calmMs,
  };
  const named = { name: nameOf(size), partitions: count, members };
  if (!size.processes) {
    const figures = await drill(openSimulatedGroup(count), options);
    return { ...named, on: 'simulator', ...figures };
  }
  await using group = await openGroupOfProcesses(count);
  return { ...named, on: group.on, ...(await drill(group.stage, options)) };
}
