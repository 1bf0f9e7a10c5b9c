/**
 * The simulated resource against DynamoDB Local: the same fenced writes, the same answers, the same row.
 */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLeaseStore } from '../../../lib/dynamodb/election/operated-store.ts';
import { fenced } from '../../../lib/dynamodb/fence/fenced-write.ts';
import {
  isRecordReference,
  recordReference,
} from '../../../lib/dynamodb/table/record-reference.ts';
import { StaleTokenError } from '../../../lib/errors.ts';
import type { Term } from '../../../lib/ports.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { termOf } from '../../support/fencing-term.ts';
import { createResource } from './resource.ts';
import { createSimulatedTable, keyOf } from './simulated-table.ts';

const KINDS = ['take-over', 'stamped', 'lease-checked', 'removed'] as const;
const LEADING = 2n;
const { signal } = new AbortController();

const fencedWrite = fc.record({
  token: fc.constantFrom(1n, LEADING, 3n),
  kind: fc.constantFrom(...KINDS),
});
type FencedWrite = { readonly token: bigint; readonly kind: (typeof KINDS)[number] };

/** The second of three terms leads. */
async function elect(client: DynamoDBClient, tableName: string, election: string) {
  const store = createLeaseStore({ client, tableName, election, historyDays: 0 });
  const timings = { leaseDurationMs: 3_000, renewIntervalMs: 900, renewedAtEpochMs: 0 };
  const write = { holder: `candidate-${LEADING}`, revision: 'r', token: LEADING, ...timings };
  await store.write({ kind: 'first-acquire', ...write }, { signal });
  const { reference } = store;
  if (!isRecordReference(reference)) throw new Error('a lease store without a reference');
  return recordReference({ tableName, key: reference.key });
}

async function outcomeOf(sent: Promise<unknown>): Promise<string> {
  try {
    await sent;
    return 'admitted';
  } catch (error) {
    if (error instanceof StaleTokenError) return `stale, below ${error.highestToken}`;
    return (error as { code?: string }).code ?? String(error);
  }
}

it('answers each sequence of fenced writes as DynamoDB Local does', {
  timeout: 240_000,
}, async () => {
  using real = await freshTable();
  const seen = new Set<string>();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fencedWrite, { minLength: 4, maxLength: 12 }), async (writes) => {
      runs += 1;
      const name = `generated ${runs}`;
      const Key = { pk: { S: name }, sk: { S: 'set' } };
      const row = { TableName: real.tableName, Key };
      const table = createSimulatedTable();
      const execute = async (command: object) => table.execute(command);
      const simulated = { send: execute, config: {} } as unknown as DynamoDBClient;
      await elect(simulated, real.tableName, name);
      const lease = await elect(real.client, real.tableName, name);
      const resource = createResource(table, name);

      const sendReal = ({ token, kind }: FencedWrite, element: string) => {
        const check = kind === 'stamped' || kind === 'take-over' ? 'stamp' : 'lease';
        const leader = fenced(real.client, termOf(token, { lease }), { check });
        if (kind === 'removed') return leader.send(new DeleteItemCommand(row));
        if (kind === 'take-over') return leader.send(new UpdateItemCommand(row));
        return leader.send(
          new UpdateItemCommand({
            ...row,
            UpdateExpression: 'SET #newest = :newest',
            ExpressionAttributeNames: { '#newest': 'newest' },
            ExpressionAttributeValues: { ':newest': { S: element } },
          }),
        );
      };
      const sendSimulated = ({ token, kind }: FencedWrite, element: string) => {
        const leader = resource.openFor({
          term: termOf(token, { lease }) as unknown as Term,
          by: `candidate-${token}`,
          client: simulated,
          reach: async (carryOut) => carryOut(),
        });
        if (kind === 'removed') return leader.remove();
        if (kind === 'take-over') return leader.takeOver();
        return leader.write(element, { leaseChecked: kind !== 'stamped' });
      };

      for (const [index, write] of writes.entries()) {
        const outcome = await outcomeOf(sendReal(write, `e${index}`));
        seen.add(`${write.kind}: ${outcome}`);
        expect(await outcomeOf(sendSimulated(write, `e${index}`))).toBe(outcome);
        const { Item: stored } = await real.client.send(new GetItemCommand(row));
        expect(table.get(keyOf(Key))).toEqual(stored);
      }
    }),
    { numRuns: 40, seed: 11 },
  );

  // Enough was tried for that to mean something.
  expect(seen.size).toBeGreaterThan(10);
});
