/**
 * `createGroup`: many elections that the processes of a group share, with one lease for each
 * process.
 *
 * It checks its options and wires a member to its store. `core/group` decides who leads what.
 * `createElection` is for an election that stands alone; neither bundles the other.
 */
import type { Timings } from '../../core/time/timing.ts';
import { BusyError, InvalidOptionsError } from '../../errors.ts';
import type { PartitionTerm } from '../../group-ports.ts';
import type { ObserveOptions, Spans } from '../../ports.ts';
import { whereItRuns } from '../candidate/candidate-id.ts';
import { noticingFreezes } from '../clock/noticing-freezes.ts';
import { systemClock, systemRandom } from '../clock/system.ts';
import { naming } from '../journal/naming.ts';
import { createRecorder, silentJournal } from '../journal/report.ts';
import { checkedGroupOptions, type GroupOptions } from './group-options.ts';
import { createLoads } from './loads.ts';
import { type Member, startMember } from './member.ts';
import { observeGroup, type PartitionMap } from './observing-group.ts';
import type { PartitionWork } from './partition-terms.ts';

/** A group as one process sees it: at most one membership at a time. */
export interface Group {
  readonly name: string;
  readonly timings: Timings;
  /**
   * Joins, and runs the work for each partition that this process leads, until `signal` aborts.
   * Each partition has a term of its own, which ends without the others. The work of a term is
   * joined before any member leads that partition again. Work that returns, or throws, gives its
   * partition up: for ten leases the plan names another member. Once `signal` has aborted, every
   * partition is handed over. Resolves when all work has settled and the member is gone.
   *
   * @throws InvalidOptionsError on Lambda, and for a group that has fewer partitions; NotFoundError
   * for one that was never created; UnsupportedFormatError for one of a later version; BusyError
   * while a membership of this object lasts; WorkStuckError where work outlasts its drain when
   * leaving.
   */
  leadWhile(work: PartitionWork, options?: GroupLeadOptions): Promise<void>;
  /** The terms that this process leads now, by partition. */
  leading(): ReadonlyMap<number, PartitionTerm>;
  /**
   * Yields who leads each partition, at once and then with each change. Does not compete, and needs no
   * membership: any process may watch, a Lambda function too.
   */
  observe(options?: ObserveOptions): AsyncIterableIterator<PartitionMap>;
  /**
   * Says how much load a partition that this process leads causes; at least 0, in any unit that all
   * members share. Planners hear of it once a minute at most. For groups with `weightOf:
   * 'measured'`.
   * @throws InvalidOptionsError for a load that is no such number, or a group that weighs
   * otherwise.
   */
  report(partition: number, load: number): void;
}

/** What `group.leadWhile` takes. */
export interface GroupLeadOptions {
  /**
   * Aborting it hands every partition over and ends the membership. Default: none; it lasts as
   * long as the process.
   */
  readonly signal?: AbortSignal | undefined;
}

/** @throws InvalidOptionsError naming every option that is wrong. */
export function createGroup(options: GroupOptions): Group {
  const { timings, spareMs, weights } = checkedGroupOptions(options);
  const { name, partitions, via, capacity = 1, attributes, healthy, memberPrefix } = options;
  const journal = options.journal ? naming(options.journal, via.storeName) : silentJournal;
  const clock = noticingFreezes(options.clock ?? systemClock);
  const random = options.random ?? systemRandom;
  const { spans: given } = options;
  const spans: Spans | undefined =
    given && ((start, run) => given({ store: via.storeName, ...start }, run));
  const store = via.open({ name });
  const self = {
    ...{ timings, spareMs, capacity, partitions, weights, attributes },
    ...{ memberPrefix: memberPrefix ?? whereItRuns(), gated: healthy !== undefined },
  };
  let member: Member | undefined;
  const loads = createLoads({
    ...{ store, clock, deadlineMs: timings.writeTimeoutMs },
    leading() {
      const memberId = member?.memberId;
      if (member === undefined || memberId === undefined) return undefined;
      return { memberId, partitions: new Set(member.leading().keys()) };
    },
    failed(error) {
      const to = { election: name, of: { group: name }, journal, clock };
      createRecorder(to, member?.memberId ?? '')({ event: 'error', error });
    },
  });
  return {
    name,
    timings,
    async leadWhile(work, { signal } = {}) {
      refuseLambda(name);
      if (member !== undefined) throw busy(name);
      if (signal?.aborted) return;
      const joined = startMember({
        ...{ group: name, self, store, clock, random, journal, spans, healthy, work },
      });
      member = joined;
      signal?.addEventListener('abort', joined.leave, { once: true });
      try {
        await joined.left;
      } finally {
        signal?.removeEventListener('abort', joined.leave);
        loads.stop();
        member = undefined;
      }
    },
    leading: () => member?.leading() ?? new Map(),
    observe: (how = {}) => observeGroup({ group: name, store, clock, timings }, how),
    report(partition, load) {
      refuseLoad(partition, load, weights === 'measured');
      loads.report(partition, load);
    },
  };
}

function busy(name: string): BusyError {
  return new BusyError(
    `this object is a member of group ${JSON.stringify(name)} already; abort the signal of its ` +
      'leadWhile first, or create another group object',
  );
}

/**
 * Refused: a member renews its lease all the time, and Lambda freezes a process between
 * invocations.
 */
function refuseLambda(name: string): void {
  if (!process.env.AWS_LAMBDA_FUNCTION_NAME) return;
  throw new InvalidOptionsError([
    `a Lambda function cannot be a member of group ${JSON.stringify(name)}: it stands still between ` +
      'invocations, and its lease would take all of its partitions along; lead with makeLeaderOnly of ' +
      'tenure/lambda, one election for each partition, or run members on ECS',
  ]);
}

function refuseLoad(partition: number, load: number, measured: boolean): void {
  const problems: string[] = [];
  if (!measured) {
    problems.push(
      "report needs weightOf: 'measured'; give it to createGroup in every member, or leave report out",
    );
  }
  if (!(Number.isInteger(partition) && partition >= 0)) {
    problems.push(`partition must be a whole number of at least 0, got ${partition}; name one`);
  }
  if (!(Number.isFinite(load) && load >= 0)) {
    problems.push(`load must be a number of at least 0, got ${load}; give 0 or more`);
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
}
