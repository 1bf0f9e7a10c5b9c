/**
 * Watching a group without being its member: who leads each partition, as the rows show it and this
 * process's clock bounds it.
 *
 * It reads the plan's head and the members' rows once a renew interval. It reads the records when a
 * plan is new. After that it reads only records whose hand-over it has not seen yet.
 */
import type { MemberRow, PartitionRecord, PlanBody, PlanHead } from '../../core/group/rows.ts';
import { observedElapsedMs, type Reading } from '../../core/time/instant.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { GroupStore } from '../../group-ports.ts';
import { pause } from '../../pause.ts';
import type { Clock, Leader, ObserveOptions } from '../../ports.ts';
import { noSuchGroup } from './group-problems.ts';
import { type GroupReads, groupReads } from './group-reads.ts';

/** Who leads what, at one look. A reading of the past: a leader shown here may be over by now. */
export interface PartitionMap {
  /** How many there are. */
  readonly partitions: number;
  /** Every partition that has a leader. */
  readonly leaders: ReadonlyMap<number, Leader>;
  /** Who leads it; `undefined` where nobody does. */
  leaderOf(partition: number): Leader | undefined;
}

interface Seen {
  readonly head: PlanHead;
  readonly plan: PlanBody | undefined;
  readonly records: Map<number, PartitionRecord | undefined>;
  readonly members: ReadonlyMap<string, SeenMember>;
}

interface SeenMember {
  readonly row: MemberRow;
  /** When the read returned that first showed this revision. */
  readonly since: Reading;
}

export interface ObservingOptions {
  readonly group: string;
  readonly store: GroupStore;
  readonly clock: Clock;
  readonly timings: Timings;
}

/** @throws the error of the first look that failed. Errors of later looks are not reported. */
export async function* observeGroup(
  options: ObservingOptions,
  { signal }: ObserveOptions,
): AsyncGenerator<PartitionMap, void, void> {
  const { clock, timings } = options;
  const reads = groupReads({ ...options, deadlineMs: timings.writeTimeoutMs });
  let seen: Seen | undefined;
  let shown: string | undefined;
  while (!signal?.aborted) {
    const before = seen;
    seen = await look(reads, options, before).catch((error: unknown) => {
      if (before === undefined) throw error;
      return before;
    });
    if (signal?.aborted) return;
    const map = mapOf(seen, clock.now());
    const key = keyOf(map);
    if (key !== shown) yield map;
    shown = key;
    const { renewIntervalMs } = timings;
    const isCalm = unsettled(seen).length === 0;
    await pause(clock, isCalm ? renewIntervalMs : renewIntervalMs / 3, signal);
  }
}

async function look(
  reads: GroupReads,
  { group, clock }: ObservingOptions,
  before: Seen | undefined,
): Promise<Seen> {
  const head = await reads.head({ strong: false });
  if (head === undefined) throw noSuchGroup(group);
  const { members: rows } = await reads.roster();
  const members = new Map(rows.map((row) => [row.memberId, sightOf(before, row, clock.now())]));
  const isOld = before?.head.version === head.version && before.head.body === head.body;
  const plan = isOld ? before.plan : await reads.plan(head);
  const records = new Map(isOld ? before.records : []);
  const seen = { head, plan, records, members };
  for (const [partition, record] of await reads.records(unsettled(seen))) {
    records.set(partition, record);
  }
  return seen;
}

function sightOf(before: Seen | undefined, row: MemberRow, now: Reading): SeenMember {
  const known = before?.members.get(row.memberId);
  return known?.row.revision === row.revision ? { row, since: known.since } : { row, since: now };
}

/**
 * Partitions whose record does not name, or has not yet been seen to name, the member that the plan
 * names.
 */
function unsettled({ head, plan, records }: Seen): readonly number[] {
  return Array.from({ length: head.partitions }, (_, partition) => partition).filter(
    (partition) => {
      const owner = plan?.members[plan.owners[partition] ?? -1];
      return !records.has(partition) || records.get(partition)?.holder !== owner;
    },
  );
}

function mapOf({ head, plan, records, members }: Seen, now: Reading): PartitionMap {
  const leaders = new Map<number, Leader>();
  for (const [partition, record] of records) {
    const member = members.get(record?.holder ?? '');
    if (record === undefined || member === undefined || isOver(member, now)) continue;
    const { memberId: candidateId, attributes = {}, state: condition } = member.row;
    const isPlanned = plan?.members[plan.owners[partition] ?? -1] === candidateId;
    const state = condition === 'leaving' || !isPlanned ? 'draining' : 'leading';
    leaders.set(partition, { candidateId, token: record.token, state, attributes });
  }
  return { partitions: head.partitions, leaders, leaderOf: (partition) => leaders.get(partition) };
}

function isOver({ row, since }: SeenMember, now: Reading): boolean {
  return row.state === 'gone' || observedElapsedMs(since, now) >= row.leaseDurationMs;
}

function keyOf({ partitions, leaders }: PartitionMap): string {
  const led = [...leaders].map(
    ([partition, { candidateId, token, state }]) => `${partition} ${candidateId} ${token} ${state}`,
  );
  return `${partitions} ${led.join()}`;
}
