/** Every fault of the lease's simulation by name, and which of them one run has. */
import { CALL_FAULTS } from '../shared/faults/call-faults.ts';
import { drawFaults, type FaultEntry } from '../shared/faults/fault-table.ts';
import type { SeededRandom } from '../shared/random.ts';
import { EVENT_FAULTS } from './events.ts';
import { type FaultPlan, planOfFaults, RUN_FAULTS, USES } from './faults.ts';

export const FAULTS: Readonly<Record<string, FaultEntry>> = {
  ...CALL_FAULTS,
  ...EVENT_FAULTS,
  ...RUN_FAULTS,
  ...USES,
};

/** Under a stated bound of clock errors no wall clock is off by more. */
const BREAKS_THE_BOUND = ['wall-clock-forward', 'wall-clock-back'];

/** Those that are forced, or a random part of all; and what the run is to have in any case. */
export function planFaults(
  random: SeededRandom,
  forced: readonly string[],
  also: readonly string[] = [],
): FaultPlan {
  const drawn = forced.length > 0 ? forced : drawFaults(random, FAULTS);
  const enabled = new Set([...drawn, ...also]);
  // A bridge refuses single attempts.
  if (enabled.has('bridges')) enabled.delete('cold-candidates');
  // One that never reaches the store again holds the old lock for two leases, whatever else heals.
  if (enabled.has('bridges')) enabled.delete('half-open');
  if (enabled.has('cold-candidates')) for (const name of BREAKS_THE_BOUND) enabled.delete(name);
  return planOfFaults(enabled, random.pick([0.02, 0.08, 0.25]));
}
