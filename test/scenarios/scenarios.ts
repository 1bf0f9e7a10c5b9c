/** All scenarios: defects of other libraries, and the traces for which the protocol has its rules. */
import { BATON_SCENARIOS } from './baton-scenarios.ts';
import { DEFECT_SCENARIOS } from './defect-scenarios.ts';
import { FENCE_SCENARIOS } from './fence-scenarios.ts';
import { GROUP_SCENARIOS } from './group-scenarios.ts';
import { LEASE_SCENARIOS } from './lease-scenarios.ts';
import type { Scenario } from './scenario.ts';

/** In the order of their numbers. */
export const SCENARIOS: readonly Scenario[] = [
  ...DEFECT_SCENARIOS,
  ...LEASE_SCENARIOS,
  ...FENCE_SCENARIOS,
  ...BATON_SCENARIOS,
  ...GROUP_SCENARIOS,
].sort((one, other) => one.name.localeCompare(other.name));
