/**
 * What a member tells the journal. It speaks of itself under the group's name, and of each term
 * under its partition's name.
 */
import type { MemberEffect, MemberNote } from '../../core/group/member/traffic.ts';
import { electionOf } from '../../core/group/rows.ts';
import type { Why } from '../../core/term/leading.ts';
import type { Token } from '../../core/token.ts';
import type { Clock, Journal } from '../../ports.ts';
import { createRecorder } from '../journal/report.ts';
import { lostRecord, unreadablePlan } from './group-problems.ts';

export type GroupReport = ReturnType<typeof createGroupReport>;

export interface GroupReportOptions {
  readonly group: string;
  readonly journal: Journal;
  readonly clock: Clock;
  /** The id of the member that the process is, or was last. */
  readonly memberId: () => string;
}

export function createGroupReport({ group, journal, clock, memberId }: GroupReportOptions) {
  const to = { journal, clock };
  const ofGroup = createRecorder({ ...to, election: group, of: { group } }, memberId);

  function ofPartition(partition: number, leader: () => string = memberId) {
    const election = electionOf(group, partition);
    return createRecorder({ ...to, election, of: { group, partition } }, leader);
  }

  function note(what: MemberNote): void {
    switch (what.kind) {
      case 'joined':
        return ofGroup({ event: 'joined' });
      case 'parted':
        return ofGroup({ event: 'gone', why: what.why });
      case 'heartbeat': {
        const { kind: event, ...beat } = what;
        return ofGroup({ event, ...beat });
      }
      case 'planned': {
        const { kind: event, ...plan } = what;
        // A group that was created and never planned.
        return plan.version === 0 ? undefined : ofGroup({ event, ...plan });
      }
      case 'deposed':
        return ofGroup({ event: 'deposed', member: what.memberId });
      case 'hand-over-overdue': {
        const { partition, holder, waitedMs } = what;
        return ofPartition(partition)({ event: 'overdue', holder, waitedMs });
      }
      case 'draining': {
        const { partition, token, why } = what;
        return ofPartition(partition)({ event: 'draining', token, why });
      }
      case 'stuck': {
        const { partition, token, waitedMs } = what;
        return ofPartition(partition)({ event: 'stuck', token, waitedMs });
      }
      case 'record-lost':
        return ofPartition(what.partition)({ event: 'error', error: lostRecord(group, what) });
      case 'plan-unreadable':
        return ofGroup({ event: 'error', error: unreadablePlan(group, what) });
      case 'unconfirmed':
        return ofGroup({ event: 'error', error: what.cause });
    }
  }

  return {
    note,
    elected(effect: Extract<MemberEffect, { kind: 'elected' }>, remainingMs: number): void {
      const { kind: event, partition, memberId: leader, ...course } = effect;
      ofPartition(partition, () => leader)({ event, ...course, remainingMs });
    },
    lost: (partition: number, token: Token, why: Why) =>
      ofPartition(partition)({ event: 'lost', token, why }),
    resigned: (partition: number, token: Token, released: boolean) =>
      ofPartition(partition)({ event: 'resigned', token, released }),
    failed: (partition: number, token: Token, error: unknown) =>
      ofPartition(partition)({ event: 'error', token, error }),
    error: (error: unknown) => ofGroup({ event: 'error', error }),
  };
}
