/** What is the same in every run over several Regions. */
import { withDefaults } from '../../../lib/core/time/timing.ts';
import { multiRegionLease } from '../../../lib/dynamodb/regions/multi-region-lease.ts';

export const ELECTION = 'simulated';

/** The defaults of a table of several Regions: a lease of 20 s, renewed every 6 s. */
export const TIMINGS = withDefaults({ ...multiRegionLease().timings, drainMs: 2_000 });

/** The first is home. */
export const REGION_NAMES = ['eu-west-1', 'eu-central-1', 'eu-west-3'] as const;
export type RegionName = (typeof REGION_NAMES)[number];
export const HOME: RegionName = 'eu-west-1';

/** Between the replicas of two Regions and back. */
export const ROUND_TRIPS_MS: Readonly<Record<RegionName, Readonly<Record<RegionName, number>>>> = {
  'eu-west-1': { 'eu-west-1': 0, 'eu-central-1': 70, 'eu-west-3': 90 },
  'eu-central-1': { 'eu-west-1': 70, 'eu-central-1': 0, 'eu-west-3': 40 },
  'eu-west-3': { 'eu-west-1': 90, 'eu-central-1': 40, 'eu-west-3': 0 },
};

/** Faults strike for two hours. */
export const HEALS_AT_MS = 7_200_000;
/** Then nothing does, for long enough that the role must be home again. */
export const RUN_MS = HEALS_AT_MS + 1_800_000;

/** How the candidates prefer their home: each publishes itself and looks so often, and waits so long. */
export const PREFERENCE = { forMs: 120_000, everyMs: 60_000 };
