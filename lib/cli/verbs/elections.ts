/**
 * `tenure elections`: every election of a table, and what it cost to look.
 *
 * A table has no index of its elections, so this verb reads every row. It is for an operator, now
 * and then, and not for a loop.
 */
import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import {
  decodeRecord,
  inOwnNames,
  LEASE_SORT_KEY,
  namesOf,
  partitionKeyOf,
} from '../../dynamodb/index.ts';
import { isTenureError } from '../../index.ts';
import { type RecordView, viewOf } from '../election/record-view.ts';
import { inTermsOfTheTable } from '../election/scan-errors.ts';
import { clientOf, type StoreOptions, withStoreOptions } from '../election/store-options.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print, writeStderr } from '../terminal/terminal.ts';
import { lasting, textTable } from '../terminal/text-table.ts';

const HELP = `
Reads every row of the table, eventually consistent: half a read unit for each 4 KB, history and candidates
included. It says how much that was. It needs dynamodb:Scan, which no role of "tenure policy" has.

Exit codes: 0 there are elections, 1 there are none, 2 usage, 3 the table is missing or cannot be reached.

Examples:
  tenure elections
  tenure elections --table leases --json`;

interface ElectionsOptions extends StoreOptions {
  readonly json?: boolean;
}

interface Found {
  readonly elections: readonly RecordView[];
  readonly rowsRead: number;
  readonly readUnits: number;
}

export function electionsVerb(): Command {
  return withStoreOptions(new Command('elections').description('show every election of the table'))
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (options: ElectionsOptions) => {
      process.exitCode = await showElections(options);
    });
}

async function showElections(options: ElectionsOptions): Promise<number> {
  const found = await findElections(options);
  if (options.json) print(JSON.stringify(found));
  else {
    const heading = ['ELECTION', 'STATE', 'LEADER', 'TERM', 'LEASE LEFT'];
    if (found.elections.length > 0) print(...textTable(heading, found.elections.map(cellsOf)));
    print(`${found.rowsRead} rows read, ${found.readUnits} read units`);
  }
  return found.elections.length > 0 ? EXIT.done : EXIT.failed;
}

function cellsOf(view: RecordView): readonly string[] {
  const { election, state, candidateId, token, remainingMs } = view;
  const left = remainingMs === undefined ? '' : lasting(remainingMs);
  return [election, state, candidateId ?? '', token ?? '', left];
}

async function findElections(options: ElectionsOptions): Promise<Found> {
  const client = clientOf(options);
  const elections: RecordView[] = [];
  let [rowsRead, readUnits] = [0, 0];
  try {
    const pages = paginateScan(
      { client },
      {
        TableName: options.table,
        FilterExpression: '#sk = :lease',
        ExpressionAttributeNames: namesOf('#sk', options.attributeNames),
        ExpressionAttributeValues: { ':lease': { S: LEASE_SORT_KEY } },
        ReturnConsumedCapacity: 'TOTAL',
      },
    );
    for await (const { Items = [], ScannedCount = 0, ConsumedCapacity } of pages) {
      rowsRead += ScannedCount;
      readUnits += ConsumedCapacity?.CapacityUnits ?? 0;
      for (const item of Items)
        elections.push(...electionOf(inOwnNames(item, options.attributeNames)));
    }
  } catch (error) {
    throw inTermsOfTheTable(error, options.table);
  } finally {
    client.destroy();
  }
  elections.sort((a, b) => (a.election < b.election ? -1 : 1));
  return { elections, rowsRead, readUnits };
}

/** None for another program's row, or for a row that does not parse, which is named. */
function electionOf(item: Record<string, AttributeValue>): readonly RecordView[] {
  const key = item.pk?.S ?? '';
  if (!key.startsWith(partitionKeyOf(''))) return [];
  const election = key.slice(partitionKeyOf('').length);
  try {
    const sighting = { kind: 'present', record: decodeRecord(election, item) } as const;
    return [viewOf(election, sighting, Date.now())];
  } catch (error) {
    if (!isTenureError(error, 'MALFORMED_DATA')) throw error;
    writeStderr(`tenure: ${error.message}`);
    return [];
  }
}
