import { fileURLToPath } from 'node:url';
import { CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { createLeaseTable, dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { groupOperator } from '../../lib/index.ts';
import { environmentFor, freshTable } from '../support/dynamodb.ts';
import { startWorker } from '../support/processes.ts';
import { until } from '../support/until.ts';

const MAIN = fileURLToPath(new URL('../../examples/partitions/main.ts', import.meta.url));

test('every poller has a position of its own, and SIGTERM hands all of them to the next task', async () => {
  const { client, clientConfig, endpoint, tableName } = await freshTable();
  onTestFinished(() => client.destroy());
  await createLeaseTable(client, tableName);
  const TableName = 'positions';
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const via = dynamoDbGroup({ tableName, clientConfig });
  await groupOperator({ name: 'pollers', via }).create({ partitions: 64 });
  /** The highest token that has saved each position. */
  const tokens = async () => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
    return Items.map(({ fencingToken }) => Number(fencingToken?.N));
  };
  const variables = {
    TENURE_TABLE: tableName,
    TENURE_GROUP: 'pollers',
    TENURE_PARTITIONS: '64',
  };
  const start = () => startWorker([MAIN], { env: { ...environmentFor(endpoint), ...variables } });

  const first = start();
  await until(async () => (await tokens()).length === 64);
  first.signal('SIGTERM');
  expect(await first.ended()).toEqual({ code: 0, signal: null });
  const second = start();
  await until(async () => (await tokens()).filter((token) => token >= 2).length === 64);
  second.signal('SIGTERM');
  expect((await second.ended()).code).toBe(0);
});
