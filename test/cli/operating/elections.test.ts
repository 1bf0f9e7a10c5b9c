import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { preparedTable } from '../../support/election-table.ts';
import { startTenure } from '../../support/tenure.ts';

it('shows every election of the table, what looking cost, and names a row that does not parse', async () => {
  const table = await preparedTable();
  const term = await table.leads('orders');
  await table.leads('reports');
  const Item = { pk: { S: 'election#odd' }, sk: { S: 'lease' } };
  await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));

  const json = startTenure(['elections', '--json'], table);
  expect((await json.ended()).code).toBe(0);
  const people = startTenure(['elections'], table);
  expect((await people.ended()).code).toBe(0);

  const found = JSON.parse(json.stdout());
  expect(found.elections).toMatchObject([
    { election: 'orders', state: 'leading', candidateId: term.candidateId, token: '1' },
    { election: 'reports', state: 'leading', token: '1' },
  ]);
  expect(found.rowsRead).toBeGreaterThanOrEqual(3);
  expect(found.readUnits).toBeGreaterThan(0);
  expect(json.stderr()).toContain('record of election "odd" does not parse');
  expect(people.stdout()).toMatch(
    /^ELECTION .*\norders +leading .*\nreports +leading .*\n\d+ rows read, [\d.]+ read units\n$/,
  );
});

it('says that there are none, and that the table is not there', async () => {
  const table = await preparedTable();
  const none = startTenure(['elections'], table);
  const missing = startTenure(['elections'], { ...table, tableName: 'missing' });

  expect((await none.ended()).code).toBe(1);
  expect((await missing.ended()).code).toBe(3);
  expect(missing.stderr()).toContain('table "missing" does not exist');
  const json = startTenure(['elections', '--json'], { ...table, tableName: 'missing' });
  expect((await json.ended()).code).toBe(3);
  expect(JSON.parse(json.stderr())).toEqual({
    error: { code: 'NOT_FOUND', message: expect.stringContaining('does not exist') },
  });
});
