/** What a group's member needs and gives, beside what `ports.ts` says of every election. */
import type {
  GroupOutcome,
  GroupRead,
  GroupSighting,
  GroupWrite,
  RecordOutcome,
  RecordWrite,
} from './core/group/writes.ts';
import type { GROUP_TIMINGS, Timings } from './core/time/timing.ts';
import type { LeaseReference, Term } from './term.ts';

/** The rows of one group in the lease table, or something that keeps the same contract (`test/contract`). */
export interface GroupStore {
  /** Never throws for what the store answers. `signal` is the deadline. */
  read(read: GroupRead, options: { signal: AbortSignal }): Promise<GroupSighting>;
  /** One attempt at one conditional write. Never retries: only the protocol knows what a retry means. */
  write(write: GroupWrite, options: { signal: AbortSignal }): Promise<GroupOutcome>;
  /** One attempt at up to 25, each of another partition; an outcome for each, in their order. */
  writeRecords(
    writes: readonly RecordWrite[],
    options: { signal: AbortSignal },
  ): Promise<readonly RecordOutcome[]>;
  /** The record behind a partition's terms, for lease-checked writes; absent where nothing can check it. */
  reference?(partition: number): LeaseReference;
}

/** Where the rows of groups are: what `createGroup` takes as `via`. `dynamoDbGroup` makes one. */
export interface GroupMechanism {
  readonly kind: 'group';
  /** Names the table in events and metrics, as that of a `Mechanism`. */
  readonly storeName?: string | undefined;
  /** The store of one group. Called once per group object. */
  open(group: { readonly name: string }): GroupStore;
}

/** A term of one partition of a group: a `Term` that its member renews in its own time. */
export interface PartitionTerm extends Omit<Term, 'ensure' | 'proclaim' | 'predecessor'> {
  /** From 0. */
  readonly partition: number;
}

/** The timings of an election that a group has too, and `spareMs`. */
export interface GroupTimings extends Pick<Timings, (typeof GROUP_TIMINGS)[number]> {
  /**
   * How long a new member waits for one that leaves, to take that member's whole share in one move.
   * For deployments that start the new task first. Default 0 ms: it asks for a share at once.
   */
  readonly spareMs: number;
}
