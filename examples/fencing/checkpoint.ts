/** An importer that goes on where the last leader stopped. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { checkpoint } from '../../lib/dynamodb/index.ts';
import type { Term } from '../../lib/index.ts';

interface Position {
  readonly offset: number;
}

export async function importFrom(
  term: Term,
  client: DynamoDBClient,
  source: (offset: number) => Promise<readonly string[]>,
): Promise<number> {
  const position = checkpoint<Position>(term, {
    client,
    tableName: 'imports',
    key: { pk: 'checkpoint#orders', sk: 'checkpoint' },
    schemaVersion: 1,
    parse: (state) => ({ offset: Number((state as Position).offset) }),
  });
  let { offset } = (await position.load()) ?? { offset: 0 };
  while (!term.signal.aborted) {
    const lines = await source(offset);
    if (lines.length === 0) break;
    offset += lines.length;
    await position.save({ offset });
  }
  return offset;
}
