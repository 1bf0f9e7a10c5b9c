/**
 * What every part of a run sees of the simulated world, and of those who live in it.
 */
import type { Timings } from '../../../../lib/core/time/timing.ts';
import type { Token } from '../../../../lib/core/token.ts';
import type { JournalEvent, Term } from '../../../../lib/ports.ts';
import type { Election } from '../../../../lib/runtime/election.ts';
import type { Violation } from '../../../judge/invariants.ts';
import type { Coverage } from '../../shared/faults/fault-table.ts';
import type { ClockLie, Temper } from '../../shared/faults/process-faults.ts';
import type { SeededRandom } from '../../shared/random.ts';
import type { Schedule } from '../../shared/schedule.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import type { UserCode } from '../../shared/user-code.ts';
import type { FaultPlan } from '../faults.ts';
import type { HintChannel } from '../network/hint-channel.ts';
import type { Links } from '../network/links.ts';
import type { createNetwork } from '../network/network.ts';
import type { OldLock } from './old-lock.ts';
import type { Storage } from './storage.ts';

export interface Participant {
  readonly process: SimulatedProcess;
  readonly temper: Temper;
  readonly userCode: UserCode;
  readonly election: Election;
  readonly candidateId: string;
  /** Aborted once it is asked to leave. */
  readonly leave: AbortSignal;
  /** The term that its work is done for. */
  term: Term | undefined;
  /** The term before that: some code keeps one that is over. */
  past: Term | undefined;
  /** Tokens of its terms that were asked to hand over by `handOver`. */
  readonly handedOver: Set<Token>;
  /** Whether a campaign of its own is under way that an abort must end at once. */
  campaigning: boolean;
  /** Whether everything that it asked of its election has ended. */
  hasLeft: boolean;
  /** Since when each look of this leader has shown a better candidate. */
  betterSinceMs: number | undefined;
  /** Calls of its callbacks into its election that have not come back. */
  calls: number;
  /** Asks it to leave, as SIGTERM does. */
  terminate(): void;
}

export interface World {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly storage: Storage;
  readonly network: ReturnType<typeof createNetwork>;
  readonly links: Links;
  /** In half of the runs. */
  readonly hints: HintChannel | undefined;
  readonly plan: FaultPlan;
  /** Where candidates are bridges. */
  readonly oldLock: OldLock | undefined;
  /** Whether somebody deletes or restores the record in this run. */
  readonly rowLost: boolean;
  readonly coverage: Coverage;
  readonly timings: Timings;
  readonly participants: Participant[];
  readonly acknowledged: Set<string>;
  readonly violations: Violation[];
  /** True instant of the last thing that went wrong for a process. */
  readonly lastTrouble: Map<SimulatedProcess, number>;
  onEvent: (participant: Participant, event: JournalEvent) => void;
  /** A request to a resource: at some later instant, or after the partition. */
  reach<T>(process: SimulatedProcess, use: () => T): Promise<T>;
  journal(participant: Participant, event: JournalEvent): void;
  /** One attempt may end by what would end no campaign. */
  attemptFailed(participant: Participant, error: unknown): void;
  campaignFailed(participant: Participant, error: unknown): void;
  left(participant: Participant): void;
  start(options?: StartOptions): Participant;
  kill(process: SimulatedProcess, why: string): void;
  trouble(process: SimulatedProcess, what: string): void;
  /** Notes which clock of a process is not to be trusted. */
  clocksLie(process: SimulatedProcess, how: ClockLie): void;
  /** Both within a few leases: more than the larger of two differences can make up for. */
  bothClocksLied(process: SimulatedProcess): boolean;
  /** Whether a timeline is kept: making one costs more than simulating. */
  readonly tells: boolean;
  say(who: string, what: string): void;
}

export interface StartOptions {
  /** The machine or task slot; one that starts in place of another has that one's. */
  readonly host?: string | undefined;
  /** Makes its candidateId, where two are to have the same. */
  readonly firstNonce?: string | undefined;
}
