import { expect, test } from 'vitest';
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { createElection } from '../../lib/index.ts';
import { makeLeaderOnly } from '../../lib/lambda/index.ts';
import { freshTable } from '../support/dynamodb.ts';
import { until } from '../support/until.ts';

/** The names of the commands that a handler's invocations send. */
async function requestsOf(historyDays: number) {
  const table = await freshTable();
  const { client, tableName } = table;
  const sent: string[] = [];
  // The lease's own client takes the request handler along with the other settings.
  const { requestHandler } = client.config;
  const counting = {
    ...requestHandler,
    handle: (...[request, options]: Parameters<typeof requestHandler.handle>) => {
      sent.push(request.headers['x-amz-target']?.split('.')[1] ?? '');
      return requestHandler.handle(request, options);
    },
  };
  const clientConfig = { ...table.clientConfig, requestHandler: counting };
  const via = dynamoDbLease({ clientConfig, tableName, historyDays });
  const make = () => createElection({ name: 'e', via, timings: { clockErrorMsMax: 100 } });
  const handler = makeLeaderOnly(() => 'worked', { election: make() });
  const context = { getRemainingTimeInMillis: () => 60_000 };
  const count = async (invoke: () => Promise<unknown>, expected: number) => {
    sent.length = 0;
    await invoke();
    // The leader writes history beside its work, so the test waits for it.
    await until(() => sent.length >= expected);
    return sent.toSorted((a, b) => a.localeCompare(b));
  };
  return { count, invoke: () => handler({}, context), make, table };
}

test('an invocation that leads makes one read and two writes, one that does not makes one read', async () => {
  const { count, invoke, make, table } = await requestsOf(0);
  await invoke();
  expect(await count(invoke, 3)).toEqual(['GetItem', 'UpdateItem', 'UpdateItem']);
  await using _ = await make().campaign();
  expect(await count(invoke, 1)).toEqual(['GetItem']);
  table[Symbol.dispose]();
});

test('the history of terms costs three writes more', async () => {
  const { count, invoke, table } = await requestsOf(30);
  await count(invoke, 6);
  expect(await count(invoke, 6)).toEqual(['GetItem', ...Array(5).fill('UpdateItem')]);
  table[Symbol.dispose]();
});
