import { expect, onTestFinished, test, vi } from 'vitest';
import { environmentFor, freshTable } from '../support/dynamodb.ts';

test('one holder at a time, each with a token of its own', async () => {
  using table = await freshTable();
  const variables = { ...environmentFor(table.endpoint), TENURE_TABLE: table.tableName };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { withLock } = await import('../../examples/lock/with-lock.ts');
  const tokens: bigint[] = [];
  let inside = 0;
  let most = 0;
  const work = async (lock: { readonly token: bigint }) => {
    inside += 1;
    most = Math.max(most, inside);
    tokens.push(lock.token);
    // One turn of the event loop: a second holder would come in here.
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    return 'done';
  };

  const ended = await Promise.all([withLock('ledger', work), withLock('ledger', work)]);

  expect(ended).toEqual(['done', 'done']);
  expect(most).toBe(1);
  expect(tokens).toEqual([1n, 2n]);
});
