/**
 * `tenure watch --partitions`: who leads each partition of a group, a line for each change.
 */
import { createGroup, formatToken, type PartitionMap } from '../../index.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';
import { type GroupVerbOptions, headOf, mechanismOfGroup } from './one-group.ts';

export async function watchGroup(
  group: string,
  options: GroupVerbOptions,
  signal: AbortSignal,
): Promise<number> {
  const head = await headOf(group, options, signal);
  const partitions = head?.partitions ?? 1;
  // It only looks: it joins no group, so it takes no partition.
  const watched = createGroup({ name: group, partitions, via: mechanismOfGroup(options) });
  let before: PartitionMap | undefined;
  for await (const map of watched.observe({ signal })) {
    for (const change of changesBetween(before, map)) {
      const atEpochMs = Date.now();
      print(options.json ? JSON.stringify({ group, atEpochMs, ...change }) : wordsOf(change));
    }
    before = map;
  }
  return EXIT.done;
}

interface Change {
  readonly event: 'elected' | 'vacant';
  readonly partition: number;
  readonly candidateId?: string;
  readonly token?: string;
}

export function changesBetween(
  before: PartitionMap | undefined,
  after: PartitionMap,
): readonly Change[] {
  return Array.from({ length: after.partitions }, (_, partition): Change[] => {
    const [old, now] = [before?.leaderOf(partition), after.leaderOf(partition)];
    if (now === undefined) {
      return old === undefined && before !== undefined ? [] : [{ event: 'vacant', partition }];
    }
    const { candidateId } = now;
    if (old?.token === now.token && old.candidateId === candidateId) return [];
    return [{ event: 'elected', partition, candidateId, token: formatToken(now.token) }];
  }).flat();
}

function wordsOf({ event, partition, candidateId, token }: Change): string {
  return event === 'vacant'
    ? `partition ${partition}: nobody leads`
    : `partition ${partition}: ${candidateId} leads, term ${token}`;
}
