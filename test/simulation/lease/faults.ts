/**
 * What may go wrong with a whole run: one entry a fault. What may go wrong with one call stands in
 * `shared/faults/call-faults.ts`, with a process in `events.ts`.
 */
import type { FaultEntry } from '../shared/faults/fault-table.ts';

/** These make a whole run special. */
export const RARELY = 0.04;

/** Of the whole run: they change what may be claimed of it. */
export const RUN_FAULTS = {
  'late-effects': {},
  'repeated-effects': {},
  'unanswered-effects': {},
  'clock-rates': {},
  'slow-health': {},
  'cold-candidates': { inRuns: 0.12 },
  'waits-a-lease': {},
  'row-deleted': { inRuns: RARELY },
  'row-restored': { inRuns: RARELY },
  'twin-id': { inRuns: RARELY },
} as const satisfies Readonly<Record<string, FaultEntry>>;
export type RunFault = keyof typeof RUN_FAULTS;

/**
 * What the programs of a run use beside the election. No seed draws these, so that each seed stays the run that it
 * was: a run has them where it is told so.
 */
export const USES = {
  /** The leader hands over to a candidate whose score is better; scores jump and lie. */
  prefers: { inRuns: 0 },
  /** Each candidate holds an old lock first. */
  bridges: { inRuns: 0 },
} as const satisfies Readonly<Record<string, FaultEntry>>;

export interface FaultPlan {
  /** By name, of every table. */
  readonly enabled: ReadonlySet<string>;
  has(fault: RunFault | keyof typeof USES): boolean;
  /** Of one call to draw a fault. */
  readonly callFaultRate: number;
}

export function planOfFaults(enabled: ReadonlySet<string>, callFaultRate: number): FaultPlan {
  return { enabled, callFaultRate, has: (fault) => enabled.has(fault) };
}
