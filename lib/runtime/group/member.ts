/**
 * One process's membership in a group, from joining to having left: plays `core/group/member` on the group's
 * store, and performs what it asks for.
 *
 * Decides nothing of the protocol. Every answer is stamped after it came, every write before it is sent.
 */
import {
  initialMember,
  type MemberState,
  memberWakeInMs,
  type Self,
  stepMember,
  termLeftMs,
} from '../../core/group/member/machine.ts';
import type { MemberEffect, MemberInput } from '../../core/group/member/traffic.ts';
import type { Machine } from '../../core/term/machine.ts';
import type { Token } from '../../core/token.ts';
import type { GroupStore, PartitionTerm } from '../../group-ports.ts';
import type { Clock, Journal, Random, Spans } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import { drive } from '../mechanism/drive.ts';
import { groupErrorOf } from './group-problems.ts';
import { createGroupReport, type GroupReport } from './group-report.ts';
import { callStore } from './member-store.ts';
import {
  createPartitionTerms,
  type PartitionTerms,
  type PartitionWork,
} from './partition-terms.ts';

export interface MemberOptions {
  readonly group: string;
  readonly self: Self;
  readonly store: GroupStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly spans: Spans | undefined;
  readonly healthy?: ((term?: PartitionTerm) => boolean | Promise<boolean>) | undefined;
  readonly work: PartitionWork;
}

export interface Member {
  /** The id of its lease; absent while it has none. */
  readonly memberId: string | undefined;
  leading(): ReadonlyMap<number, PartitionTerm>;
  /** Hands every partition over; the member is gone after that. */
  leave(): void;
  /**
   * Resolves once it has left and all its work has settled.
   * @throws a `TenureError` when it cannot be a member; WorkStuckError when work does not settle.
   */
  readonly left: Promise<void>;
}

const machine: Machine<Self, MemberState, MemberInput, MemberEffect> = {
  initial: initialMember,
  step: stepMember,
  wakeInMs: memberWakeInMs,
};

export function startMember(options: MemberOptions): Member {
  const { self, clock } = options;
  const left = Promise.withResolvers<void>();
  let lastMemberId = '';
  const memberId = () => {
    const { membership } = driven.state;
    if (membership.kind === 'inside') lastMemberId = membership.memberId;
    return lastMemberId;
  };
  const report = createGroupReport({ ...options, memberId });
  const driven = drive(machine, self, options, (effect) => perform(effect));
  const { dispatch } = driven;
  const terms = createPartitionTerms({
    ...options,
    report,
    timings: self.timings,
    driver: (of) => ({
      remainingMs: () => remainingMs(of),
      drain: () => dispatch({ kind: 'resign', ...of, why: 'resigned' }),
      // A member's heartbeat renews all of its terms in its own time: `PartitionTerm` has no `ensure`.
      renew: () => false,
      settled({ failed }) {
        // Failed work counts as an unhealthy partition: another member may be able to do this work.
        if (failed) dispatch({ kind: 'resign', ...of, why: 'unhealthy' });
        dispatch({ kind: 'settled', ...of });
      },
    }),
  });

  /** Once 0, always 0: asking is enough to end a term that is over. */
  function remainingMs(of: { readonly partition: number; readonly token: Token }): number {
    const leftMs = termLeftMs(driven.state, of, clock.now());
    if (leftMs > 0) return leftMs;
    dispatch({ kind: 'tick' });
    return 0;
  }

  const perform = performer(options, { dispatch, terms, report, left });
  dispatch({ kind: 'join' });
  return {
    get memberId() {
      const { membership } = driven.state;
      return membership.kind === 'inside' ? membership.memberId : undefined;
    },
    leading: terms.leading,
    leave: () => dispatch({ kind: 'leave' }),
    left: left.promise,
  };
}

interface Parts {
  readonly dispatch: (input: MemberInput) => void;
  readonly terms: PartitionTerms;
  readonly report: GroupReport;
  readonly left: PromiseWithResolvers<void>;
}

function performer(
  options: MemberOptions,
  { dispatch, terms, report, left }: Parts,
): (effect: MemberEffect) => void {
  const { self, group } = options;
  return (effect) => {
    switch (effect.kind) {
      case 'read':
      case 'write':
      case 'write-records':
        return callStore({ ...options, timings: self.timings }, effect, dispatch);
      case 'check-health':
        return checkHealth(options, effect.partitions.map(terms.termOf), dispatch);
      case 'elected':
        return terms.elected(effect);
      case 'stop':
        return terms.stop(effect);
      case 'over':
        return terms.over(effect);
      case 'ended':
        return terms.ended(effect);
      case 'left':
        return void terms.allJoined().then(left.resolve, left.reject);
      case 'refuse': {
        const error = groupErrorOf(group, self.partitions ?? 0, effect.problem);
        return void terms.allJoined().then(() => left.reject(error), left.reject);
      }
      case 'note': {
        const { note } = effect;
        if (note.kind === 'stuck') terms.stuck(note);
        return report.note(note);
      }
    }
  };
}

/** A check that throws, or does not answer before the next heartbeat is due, is not healthy. */
function checkHealth(
  { healthy, clock, self }: MemberOptions,
  terms: readonly (PartitionTerm | undefined)[],
  dispatch: (input: MemberInput) => void,
): void {
  const isHealthy = (term?: PartitionTerm) =>
    withDeadline(
      clock,
      self.timings.renewIntervalMs,
      async () => (await healthy?.(term)) !== false,
      () => false,
    );
  const asked = terms.filter((term) => term !== undefined);
  const ailing = asked.map(async (term) => ((await isHealthy(term)) ? [] : [term.partition]));
  void Promise.all([isHealthy(), Promise.all(ailing)]).then(([whole, some]) =>
    dispatch({ kind: 'health', healthy: whole, ailing: some.flat() }),
  );
}
