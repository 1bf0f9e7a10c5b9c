/**
 * `groupOperator`: what operators do to a group from outside. They create it, look at it, move a
 * partition, or take a member out.
 *
 * None of these calls can make two leaders, except `deposeMember` with `now` and `reseed`. Those
 * two say so.
 */

import type {
  LoadRow,
  MemberRow,
  PartitionRecord,
  PlanBody,
  PlanHead,
} from '../../../core/group/rows.ts';
import type { GroupWrite } from '../../../core/group/writes.ts';
import { unanswered } from '../../../core/term/attempts.ts';
import type { Token } from '../../../core/token.ts';
import { InvalidOptionsError } from '../../../errors.ts';
import type { GroupMechanism } from '../../../group-ports.ts';
import { partitionProblems } from '../../../option-problems.ts';
import type { Clock, Random } from '../../../ports.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { systemClock, systemRandom } from '../../clock/system.ts';
import { groupNameProblems, mechanismProblems } from '../group-options.ts';
import { noSuchGroup } from '../group-problems.ts';
import { groupReads } from '../group-reads.ts';
import { type Deposed, deposeMember } from './deposing.ts';
import { freed, movedTo, resigned } from './plan-edits.ts';
import { type Replanned, replan } from './replanning.ts';
import { reseedPartition } from './reseeding.ts';
import { type Created, createOrRaise, type Seeder } from './seeding.ts';

/** Everything that a group's rows say, read strongly consistent, each row at its own instant. */
export interface GroupRowsSeen {
  /** What points to the newest plan. */
  readonly head: PlanHead;
  /** Absent where nothing was planned yet, or the plan is missing or does not parse. */
  readonly plan: PlanBody | undefined;
  /** Members that are gone included, for a day. */
  readonly members: readonly MemberRow[];
  /** What members measured of their partitions. */
  readonly loads: readonly LoadRow[];
  /** By partition; `undefined` where the record was deleted. */
  readonly records: ReadonlyMap<number, PartitionRecord | undefined>;
}

/** What an operator does to a group, as the verbs of `tenure` do it. */
export interface GroupOperator {
  /**
   * Creates the group with so many partitions, or raises it to them; safe to repeat.
   * @throws InvalidOptionsError for a number that is not 1 to 10,000, or lower than it has.
   */
  create(options: { readonly partitions: number }): Promise<Created>;
  /** @throws NotFoundError for a group that was never created, as do all calls that follow. */
  look(): Promise<GroupRowsSeen>;
  /**
   * Has the partition led by this member for so long; it is handed over as in any plan.
   * @throws InvalidOptionsError for a partition that is not there, or a member that is in no plan.
   */
  move(options: {
    readonly partition: number;
    readonly to: string;
    readonly forMs: number;
  }): Promise<Replanned>;
  /** Has the partition's leader hand it over to another member, until that leader plans otherwise. */
  resignPartition(partition: number): Promise<Replanned>;
  /**
   * Asks a member to hand over all that it leads, and to join again a lease later. The member sees
   * the wish with its next heartbeat. `false` where the member is gone.
   */
  resignMember(memberId: string): Promise<boolean>;
  /**
   * Ends a member that does not answer. Its partitions stay closed for its lease; by then it has
   * stopped by its own clock. With `now` they open at once, and until then only fenced writes are
   * safe.
   */
  deposeMember(memberId: string, options?: { readonly now?: boolean }): Promise<Deposed>;
  /** Takes back every move and refusal. The members then even out the shares. */
  rebalance(): Promise<Replanned>;
  /**
   * Sets the token of a partition whose record was deleted or restored. Give a token at or above
   * every fence. It closes the partition first, and waits until every live member has applied that
   * plan.
   * @throws InvalidOptionsError for a token below the record's; UnreachableError where a live
   * member does not apply the plan.
   */
  reseed(options: { readonly partition: number; readonly token: Token }): Promise<void>;
}

/** What `groupOperator` takes. */
export interface GroupOperatorOptions {
  readonly name: string;
  readonly via: GroupMechanism;
  /** Default: this process's. */
  readonly clock?: Clock | undefined;
  /** Nonces and jitter. Default: the system’s. A test gives its own. */
  readonly random?: Random | undefined;
}

/** The deadline of one request: long enough for the SDK to look for credentials everywhere. */
const DEADLINE_MS = 10_000;

/** @throws InvalidOptionsError for a name or mechanism that cannot be used. */
export function groupOperator(options: GroupOperatorOptions): GroupOperator {
  const { name: group, via, clock = systemClock, random = systemRandom } = options;
  const problems = [...groupNameProblems(group), ...mechanismProblems(via)];
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  const store = via.open({ name: group });
  const reads = groupReads({ group, store, clock, deadlineMs: DEADLINE_MS });
  const limited = <T>(call: (signal: AbortSignal) => Promise<T>, late: (cause: unknown) => T) =>
    withDeadline(clock, DEADLINE_MS, call, late);
  const write = (one: GroupWrite) => limited((signal) => store.write(one, { signal }), unanswered);
  const acting: Seeder = {
    ...{ group, reads, write, clock, random },
    writeRecords: (writes) =>
      limited(
        (signal) => store.writeRecords(writes, { signal }),
        (cause) => writes.map(() => unanswered(cause)),
      ),
  };

  async function existing(): Promise<PlanHead> {
    const head = await reads.head({ strong: true });
    if (head === undefined) throw noSuchGroup(group);
    return head;
  }

  return {
    async create({ partitions }) {
      const wrong = partitionProblems(partitions);
      if (wrong.length > 0) throw new InvalidOptionsError(wrong);
      return createOrRaise(acting, partitions);
    },
    async look() {
      const head = await existing();
      const all = Array.from({ length: head.partitions }, (_, partition) => partition);
      const [plan, { members, loads }, records] = await Promise.all([
        reads.plan(head),
        reads.roster(),
        reads.records(all),
      ]);
      return { head, plan, members, loads, records: new Map(records) };
    },
    move({ partition, to, forMs }) {
      const untilEpochMs = clock.now().epochMs + forMs;
      return replan(acting, (plan, head) => {
        refuseUnknown(partition, head);
        return movedTo(plan, to, { partition, untilEpochMs });
      });
    },
    resignPartition: (partition) =>
      replan(acting, (plan, head) => {
        refuseUnknown(partition, head);
        return resigned(plan, partition);
      }),
    async resignMember(memberId) {
      await existing();
      const outcome = await write({ kind: 'ask-to-leave', memberId });
      if (outcome.kind === 'unknown') throw outcome.cause;
      return outcome.kind === 'granted';
    },
    async deposeMember(memberId, { now = false } = {}) {
      await existing();
      return deposeMember(acting, memberId, { now });
    },
    rebalance: () => replan(acting, freed),
    async reseed({ partition, token }) {
      refuseUnknown(partition, await existing());
      await reseedPartition(acting, { partition, token });
    },
  };
}

function refuseUnknown(partition: number, { partitions }: PlanHead): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return;
  throw new InvalidOptionsError([
    `partition must be a whole number from 0 to ${partitions - 1}, got ${partition}; name one of those`,
  ]);
}
