import { fileURLToPath } from 'node:url';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { environmentFor, freshTable } from '../support/dynamodb.ts';
import { startWorker } from '../support/processes.ts';
import { until } from '../support/until.ts';

const MAIN = fileURLToPath(new URL('../../examples/ecs-singleton/main.ts', import.meta.url));

test('one of two tasks reads the meter, and SIGTERM hands it to the other', async () => {
  using table = await freshTable();
  const { tableName, client } = table;
  const env = {
    ...environmentFor(table.endpoint),
    TENURE_TABLE: tableName,
    TENURE_ELECTION: 'meter-reader',
    METERS_TABLE: tableName,
    PORT: '0',
  };
  const readBy = async () => {
    const Key = { pk: { S: 'meter#1' }, sk: { S: 'meter' } };
    const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key }));
    return Item?.readBy?.S;
  };
  const start = async () => {
    const task = startWorker([MAIN], { env });
    const { port } = await task.event('listening');
    const leads = async () => (await fetch(`http://127.0.0.1:${port}/leader`)).status === 200;
    return { task, leads };
  };
  const a = await start();
  await until(a.leads, { what: 'leading' });
  await until(async () => (await readBy()) !== undefined);
  const first = await readBy();
  const b = await start();
  expect(await b.leads()).toBe(false);
  a.task.signal('SIGTERM');
  await a.task.event('handed-over');
  expect(await a.task.ended()).toEqual({ code: 0, signal: null });
  await until(b.leads, { what: 'leading' });
  await until(async () => (await readBy()) !== first);
});
