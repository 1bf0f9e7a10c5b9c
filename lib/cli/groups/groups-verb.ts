/**
 * `tenure groups create` and `tenure groups list`.
 */
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import {
  createLeaseTable,
  groupKeyOf,
  HEAD_SORT_KEY,
  inOwnNames,
  namesOf,
} from '../../dynamodb/index.ts';
import { inTermsOfTheTable } from '../election/scan-errors.ts';
import { clientOf, type StoreOptions, withStoreOptions } from '../election/store-options.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { telling } from '../terminal/telling.ts';
import { print } from '../terminal/terminal.ts';
import { textTable } from '../terminal/text-table.ts';
import { type GroupVerbOptions, operatorOf, parsePartitions, withGroup } from './one-group.ts';

interface CreateOptions extends GroupVerbOptions {
  readonly partitions: number;
  readonly createTable?: boolean;
}

const CREATE_HELP = `
Writes a record for each partition, vacant, and then the group. Safe to repeat, and the way to raise the
number of partitions: give the new one. Lowering it is refused, since the tokens of the rest would be lost.

Exit codes: 0 created, raised, or there already, 2 usage, 3 the table cannot be used.

Examples:
  tenure groups create orders --partitions 64
  tenure groups create orders --partitions 1000 --json`;

const LIST_HELP = `
Reads every row of the table, eventually consistent: half a read unit for each 4 KB. It needs
dynamodb:Scan, which no role of "tenure policy" has.

Exit codes: 0 there are groups, 1 there are none, 2 usage, 3 the table cannot be used.`;

export function groupsVerb(): Command {
  const create = withGroup(new Command('create').description('create a group, or raise it'))
    .requiredOption('--partitions <number>', 'how many, 1 to 10000', parsePartitions)
    .option('--create-table', 'create the table where it does not exist')
    .addHelpText('after', CREATE_HELP)
    .action(async (group: string, options: CreateOptions) => {
      process.exitCode = await createGroup(group, options);
    });
  const list = withStoreOptions(new Command('list').description('show every group of the table'))
    .option('--json', 'print JSON')
    .addHelpText('after', LIST_HELP)
    .action(async (options: GroupVerbOptions) => {
      process.exitCode = await listGroups(options);
    });
  return new Command('groups')
    .description('create groups of partitions, or list them')
    .addCommand(create)
    .addCommand(list);
}

async function createGroup(group: string, options: CreateOptions): Promise<number> {
  const { partitions } = options;
  if (options.createTable) await createTable(options);
  const result = await operatorOf(group, options).create({ partitions });
  const words = {
    created: `created with ${partitions} partitions`,
    raised: `raised to ${partitions} partitions`,
    unchanged: `has ${partitions} partitions already`,
  };
  telling({ group }, options)(result, words[result], { partitionCount: partitions });
  return EXIT.done;
}

export async function createTable(options: StoreOptions): Promise<void> {
  const client = clientOf(options);
  try {
    await createLeaseTable(client, options.table, options.attributeNames);
  } finally {
    client.destroy();
  }
}

interface GroupView {
  readonly group: string;
  readonly partitionCount: number;
  readonly plan: number;
}

async function listGroups(options: GroupVerbOptions): Promise<number> {
  const groups = await findGroups(options);
  if (options.json) print(JSON.stringify({ groups }));
  else if (groups.length === 0) print('no groups');
  else {
    const rows = groups.map(({ group, partitionCount, plan }) => [
      group,
      `${partitionCount}`,
      `${plan}`,
    ]);
    print(...textTable(['GROUP', 'PARTITIONS', 'PLAN'], rows));
  }
  return groups.length > 0 ? EXIT.done : EXIT.failed;
}

async function findGroups(options: StoreOptions): Promise<readonly GroupView[]> {
  const client = clientOf(options);
  const groups: GroupView[] = [];
  const prefix = groupKeyOf('');
  try {
    const heads = '#sk = :head AND begins_with(#pk, :group)';
    const query = {
      TableName: options.table,
      FilterExpression: heads,
      ExpressionAttributeNames: namesOf(heads, options.attributeNames),
      ExpressionAttributeValues: { ':head': { S: HEAD_SORT_KEY }, ':group': { S: prefix } },
    };
    for await (const { Items = [] } of paginateScan({ client }, query)) {
      for (const item of Items) {
        const { pk, partitions, version } = inOwnNames(item, options.attributeNames);
        const group = pk?.S?.slice(prefix.length) ?? '';
        groups.push({
          group,
          partitionCount: Number(partitions?.N),
          plan: Number(version?.N),
        });
      }
    }
  } catch (error) {
    throw inTermsOfTheTable(error, options.table);
  } finally {
    client.destroy();
  }
  return groups.sort((a, b) => (a.group < b.group ? -1 : 1));
}
