/**
 * `tenure history --partitions`: what a group's rows keep of its past.
 *
 * Nothing is written for a past term of a partition: its record keeps the newest token and holder. A
 * member's row stays for a day after it is gone, and says from when to when the member had its lease.
 */
import { formatToken } from '../../index.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';
import { lasting, textTable, utc } from '../terminal/text-table.ts';
import { type GroupVerbOptions, operatorOf } from './one-group.ts';

const HEADING = ['MEMBER', 'SINCE (UTC)', 'LASTED', 'STATE'];

interface PastMember {
  readonly candidateId: string;
  readonly state: string;
  readonly joinedAtEpochMs: number;
  /** Its last heartbeat. */
  readonly renewedAtEpochMs: number;
}

export async function showGroupHistory(
  group: string,
  options: GroupVerbOptions & { readonly limit: number },
): Promise<number> {
  const { head, members: rows, records } = await operatorOf(group, options).look();
  const members = rows
    .toSorted((a, b) => b.joinedAtEpochMs - a.joinedAtEpochMs)
    .slice(0, options.limit)
    .map(
      ({ memberId, state, joinedAtEpochMs, renewedAtEpochMs }): PastMember => ({
        candidateId: memberId,
        state,
        joinedAtEpochMs: Math.round(joinedAtEpochMs),
        renewedAtEpochMs: Math.round(renewedAtEpochMs),
      }),
    );
  const partitions = [...records].map(([partition, record]) => ({
    partition,
    token: record && formatToken(record.token),
    candidateId: record?.holder,
  }));
  const { version: plan } = head;
  if (options.json) print(JSON.stringify({ group, plan, members, partitions }));
  else {
    print(...textTable(HEADING, members.map(cellsOf)));
    const terms = [...records.values()].reduce((sum, record) => sum + (record?.token ?? 0n), 0n);
    print(`${plan} plans so far; the tokens of ${records.size} partitions add up to ${terms}`);
  }
  return members.length > 0 ? EXIT.done : EXIT.failed;
}

function cellsOf(member: PastMember): readonly string[] {
  const { candidateId, state, joinedAtEpochMs, renewedAtEpochMs } = member;
  const lasted = lasting(Math.max(0, renewedAtEpochMs - joinedAtEpochMs));
  return [candidateId, utc(joinedAtEpochMs), lasted, state];
}
