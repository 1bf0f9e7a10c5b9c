/**
 * A group's rows as an operator reads them: who leads each partition, and what each member has.
 *
 * Decides the words only. A single look cannot tell a member from one that died a moment ago; the age of its
 * heartbeat says how long its row has been as it is, by this machine's wall clock.
 */
import type { MemberRow } from '../../core/group/rows.ts';
import { formatToken, type GroupRowsSeen } from '../../index.ts';
import { lasting } from '../terminal/text-table.ts';

export interface PartitionView {
  readonly partition: number;
  /**
   * `moving`: the newest plan gives it to another member, or the member that the plan names does
   * not lead it yet. `lost`: its record was deleted, see `tenure reseed`. `closed`: an operator
   * gave it to no member.
   */
  readonly state: 'leading' | 'moving' | 'vacant' | 'closed' | 'lost';
  /** The member that holds it. */
  readonly candidateId?: string | undefined;
  /** The member that the newest plan gives it to. */
  readonly planned?: string | undefined;
  readonly token?: string | undefined;
  /** What its members measured, if they do. */
  readonly weight?: number | undefined;
  /** Whether it weighs more than a mean member. No plan can split a partition. */
  readonly hot?: boolean | undefined;
  /** When a move of it ends. */
  readonly pinnedUntilEpochMs?: number | undefined;
}

export interface MemberView {
  readonly candidateId: string;
  readonly state: MemberRow['state'] | 'silent';
  /** How many partitions it holds. */
  readonly holds: number;
  /** How many the newest plan gives it. */
  readonly plans: number;
  readonly capacity: number;
  /** Milliseconds since its last heartbeat, by the member's clock and this machine's. */
  readonly silentMs: number;
  readonly joinedAtEpochMs: number;
  readonly leaseDurationMs: number;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export function partitionViews(seen: GroupRowsSeen): readonly PartitionView[] {
  const { head, plan, records, members } = seen;
  const gone = new Set(members.filter(({ state }) => state === 'gone').map((one) => one.memberId));
  const weights = new Map(seen.loads.flatMap((load) => [...load.weights]));
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const mean = total / Math.max(1, plan?.members.length ?? 0);
  return Array.from({ length: head.partitions }, (_, partition) => {
    const record = records.get(partition);
    const planned = plan?.members[plan.owners[partition] ?? -1];
    const pin = plan?.pins.find((one) => one.partition === partition);
    const holder = gone.has(record?.holder ?? '') ? undefined : record?.holder;
    const weight = weights.get(partition);
    return {
      partition,
      state: stateOf({
        isLost: record === undefined,
        holder,
        planned,
        isPinned: pin !== undefined,
      }),
      candidateId: holder,
      planned: planned === holder ? undefined : planned,
      token: record && formatToken(record.token),
      weight,
      hot: weight === undefined ? undefined : weight > mean,
      pinnedUntilEpochMs: pin?.untilEpochMs,
    };
  });
}

function stateOf(about: {
  readonly isLost: boolean;
  readonly holder: string | undefined;
  readonly planned: string | undefined;
  readonly isPinned: boolean;
}): PartitionView['state'] {
  const { isLost, holder, planned, isPinned } = about;
  if (isLost) return 'lost';
  if (planned !== undefined) return planned === holder ? 'leading' : 'moving';
  if (isPinned) return 'closed';
  return holder === undefined ? 'vacant' : 'moving';
}

export function memberViews(seen: GroupRowsSeen, nowEpochMs: number): readonly MemberView[] {
  const { plan, records } = seen;
  const held = Map.groupBy(records.values(), (record) => record?.holder ?? '');
  return [...seen.members]
    .sort((a, b) => a.joinedAtEpochMs - b.joinedAtEpochMs)
    .map((row) => {
      const owner = plan?.members.indexOf(row.memberId) ?? -1;
      const silentMs = Math.max(0, Math.round(nowEpochMs - row.renewedAtEpochMs));
      const isSilent = row.state !== 'gone' && silentMs > row.leaseDurationMs;
      return {
        candidateId: row.memberId,
        state: isSilent ? 'silent' : row.state,
        holds: row.state === 'gone' ? 0 : (held.get(row.memberId)?.length ?? 0),
        plans: owner < 0 ? 0 : (plan?.owners.filter((one) => one === owner).length ?? 0),
        capacity: row.capacity,
        silentMs,
        joinedAtEpochMs: Math.round(row.joinedAtEpochMs),
        leaseDurationMs: row.leaseDurationMs,
        attributes: row.attributes,
      };
    });
}

export function partitionCells(view: PartitionView): readonly string[] {
  const { partition, state, candidateId = '', planned = '', token = '', weight, hot } = view;
  const weighs = weight === undefined ? '' : `${weight}${hot ? ' hot' : ''}`;
  return [String(partition), state, candidateId, token, planned, weighs];
}

export function memberCells(view: MemberView): readonly string[] {
  const { candidateId, state, holds, plans, capacity, silentMs } = view;
  return [candidateId, state, String(holds), String(plans), String(capacity), lasting(silentMs)];
}

export const PARTITION_HEADING = ['PARTITION', 'STATE', 'LEADER', 'TERM', 'PLANNED', 'WEIGHT'];
export const MEMBER_HEADING = ['MEMBER', 'STATE', 'LEADS', 'PLANNED', 'CAPACITY', 'HEARTBEAT'];
