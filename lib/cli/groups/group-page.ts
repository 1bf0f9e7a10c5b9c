/**
 * `tenure dashboard --partitions`: the live page of a real group, which only looks.
 *
 * Shows the members that lead something: a member that leads nothing is in no map. Gaps are those
 * between two looks.
 */
import { type BoardEvent, createGroupHub, startDashboard } from '../../dashboard/index.ts';
import { createGroup, type PartitionMap } from '../../index.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';
import { type GroupVerbOptions, headOf, mechanismOfGroup } from './one-group.ts';
import { changesBetween } from './watch-group.ts';

export async function serveGroupPage(
  group: string,
  options: GroupVerbOptions & { readonly port?: number },
  signal: AbortSignal,
): Promise<number> {
  // Checked before the page opens: without its group there is nothing to show.
  const head = await headOf(group, options, signal);
  const partitions = head?.partitions ?? 1;
  const watched = createGroup({ name: group, partitions, via: mechanismOfGroup(options) });
  const hub = createGroupHub();
  const where = options.endpoint === undefined ? '' : ` at ${options.endpoint}`;
  const subtitle = `table ${options.table}${where}`;
  await using dashboard = await startDashboard({ title: group, subtitle, hub, port: options.port });
  const { url } = dashboard;
  print(options.json ? JSON.stringify({ group, url }) : `${group}: ${url}  (Ctrl-C ends it)`);
  let before: PartitionMap | undefined;
  for await (const map of watched.observe({ signal })) {
    const atEpochMs = Date.now();
    hub.publish({ kind: 'group', partitions: map.partitions, atEpochMs });
    for (const event of eventsBetween(before, map, atEpochMs)) hub.publish(event);
    before = map;
  }
  return EXIT.done;
}

function eventsBetween(
  before: PartitionMap | undefined,
  after: PartitionMap,
  atEpochMs: number,
): readonly BoardEvent[] {
  return changesBetween(before, after).flatMap((change): BoardEvent[] => {
    const { partition, candidateId, token } = change;
    if (candidateId !== undefined && token !== undefined) {
      return [{ kind: 'elected', member: candidateId, partition, token, atEpochMs }];
    }
    const old = before?.leaderOf(partition);
    if (old === undefined) return [];
    const about = { member: old.candidateId, partition, token: String(old.token), atEpochMs };
    return [{ kind: 'over', ...about }];
  });
}
