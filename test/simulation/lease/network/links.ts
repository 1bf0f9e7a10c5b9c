/**
 * Which ways are cut, and what the network is made of.
 */
import type { Coverage } from '../../shared/faults/fault-table.ts';
import type { SeededRandom } from '../../shared/random.ts';
import type { Schedule } from '../../shared/schedule.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import type { FaultPlan } from '../faults.ts';
import type { Storage } from '../world/storage.ts';

export interface Links {
  /** Which directions are cut: nothing gets through, nothing is said. */
  readonly requestsCut: Set<SimulatedProcess>;
  readonly answersCut: Set<SimulatedProcess>;
  readonly resourceCut: Set<SimulatedProcess>;
  /** Cut both ways for as long as the process lives: no healing ends it. */
  readonly halfOpen: Set<SimulatedProcess>;
  /** The error with which the account answers each call of a process. */
  readonly refusing: Map<SimulatedProcess, string>;
  outage: boolean;
}

export interface NetworkOptions {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly storage: Storage;
  readonly plan: FaultPlan;
  readonly coverage: Coverage;
  readonly links: Links;
  /** After this instant nothing goes wrong, and no message is still on its way. */
  readonly healsAtMs: number;
  readonly trouble: (process: SimulatedProcess, what: string) => void;
  readonly kill: (process: SimulatedProcess, why: string) => void;
}
