/**
 * `tenure partitions` and `tenure members`: a group as it is now.
 */
import { Command } from 'commander';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';
import { textTable } from '../terminal/text-table.ts';
import {
  MEMBER_HEADING,
  memberCells,
  memberViews,
  PARTITION_HEADING,
  partitionCells,
  partitionViews,
} from './group-view.ts';
import { type GroupVerbOptions, operatorOf, withGroup } from './one-group.ts';

const PARTITIONS_HELP = `
Reads the plan, the members and every record, strongly consistent: a read unit for each partition.

LEADER holds the record. PLANNED is whom the newest plan gives it to, where that is another. "moving" ends
with the hand-over; "lost" says that the record was deleted, see "tenure reseed". "hot" weighs more than a
mean member leads, and cannot be split here.

Exit codes: 0 every partition is led by whom the plan names, 1 some are not, 2 usage, 3 the table cannot be
used or the group was never created.

Examples:
  tenure partitions orders
  tenure partitions orders --json | jq '.partitions[] | select(.state != "leading")'`;

const MEMBERS_HELP = `
HEARTBEAT is the age of the last one, by the clocks of that member and of this machine. "silent" is older
than its lease: the others depose it. Members that are gone are shown for a day with --all.

Exit codes: 0 there are members, 1 there are none, 2 usage, 3 the table cannot be used or the group was
never created.

Example:
  tenure members orders`;

export function partitionsVerb(): Command {
  return withGroup(
    new Command('partitions').description('show who leads each partition of a group'),
  )
    .addHelpText('after', PARTITIONS_HELP)
    .action(async (group: string, options: GroupVerbOptions) => {
      process.exitCode = await showPartitions(group, options);
    });
}

async function showPartitions(group: string, options: GroupVerbOptions): Promise<number> {
  const seen = await operatorOf(group, options).look();
  const views = partitionViews(seen);
  const { version: plan } = seen.head;
  if (options.json) print(JSON.stringify({ group, plan, partitions: views }));
  else {
    print(...textTable(PARTITION_HEADING, views.map(partitionCells)));
    const led = views.filter(({ state }) => state === 'leading').length;
    print(`${led} of ${views.length} are led as plan ${plan} has it`);
  }
  return views.every(({ state }) => state === 'leading') ? EXIT.done : EXIT.failed;
}

interface MembersOptions extends GroupVerbOptions {
  readonly all?: boolean;
}

export function membersVerb(): Command {
  return withGroup(new Command('members').description('show the members of a group'))
    .option('--all', 'those that are gone too')
    .addHelpText('after', MEMBERS_HELP)
    .action(async (group: string, options: MembersOptions) => {
      process.exitCode = await showMembers(group, options);
    });
}

async function showMembers(group: string, options: MembersOptions): Promise<number> {
  const seen = await operatorOf(group, options).look();
  const views = memberViews(seen, Date.now()).filter(
    ({ state }) => options.all === true || state !== 'gone',
  );
  if (options.json) print(JSON.stringify({ group, plan: seen.head.version, members: views }));
  else if (views.length === 0) print(`${group}: no members`);
  else print(...textTable(MEMBER_HEADING, views.map(memberCells)));
  return views.some(({ state }) => state !== 'gone') ? EXIT.done : EXIT.failed;
}
