/** What every part of a run over a baton sees: the queue, the ways to it, and the candidates. */
import { withDefaults } from '../../../lib/core/time/timing.ts';
import { isTenureError } from '../../../lib/errors.ts';
import type { Term } from '../../../lib/ports.ts';
import type { Election as Elected, Violation } from '../../judge/invariants.ts';
import type { Caller } from '../shared/call-back.ts';
import { endsNothing } from '../shared/ends-nothing.ts';
import type { Coverage } from '../shared/faults/fault-table.ts';
import type { Stage, Victim } from '../shared/faults/process-faults.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import type { SimulatedQueue } from './network.ts';

export const TIMINGS = withDefaults({ leaseDurationMs: 10_000, drainMs: 2_000 });
export const LIMITS = { pollWaitMs: 6_000, termMsMax: 120_000, emptyForMs: 20_000 };
export const HEALS_AT_MS = 120_000;
/** How late a message may be: later than any process still expects it. */
export const LATE_MS_MAX = 40_000;

export interface Participant extends Victim, Caller {
  readonly candidateId: string;
  term: Term | undefined;
  /** Whether everything that it asked of its election has ended. */
  hasLeft: boolean;
  /** Calls of its callbacks to the election that still go on. */
  calls: number;
}

export interface World extends Stage {
  readonly queue: SimulatedQueue;
  /** What the queue is asked for. */
  readonly visibilityMs: number;
  readonly enabled: ReadonlySet<string>;
  /** Of one call to draw a fault. */
  readonly callFaultRate: number;
  readonly coverage: Coverage;
  readonly participants: Participant[];
  readonly elections: Elected[];
  readonly violations: Violation[];
  /** Cut both ways. */
  readonly cut: Set<SimulatedProcess>;
  /** The error with which the account answers each call of a process. */
  readonly refusing: Map<SimulatedProcess, string>;
  bothClocksLied(process: SimulatedProcess): boolean;
  start(): Participant;
  left(participant: Participant): void;
}

/** L8: nothing ends a campaign that passes by itself. */
export function campaignFailed(world: World, { process }: Participant, error: unknown): void {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  world.coverage.hit(`campaign failed: ${name}`);
  if (endsNothing(error)) {
    const detail = `${process.name} gave its election up: ${message}`;
    world.violations.push({ invariant: 'L8', detail });
  }
  // What the error says: this process should end.
  if (isTenureError(error, 'WORK_STUCK')) world.kill(process, name);
}
