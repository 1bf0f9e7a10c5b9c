import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes, LeaseWrite } from '../../../lib/core/lease/record.ts';
import { createLeaseStore } from '../../../lib/dynamodb/election/operated-store.ts';
import type { LeaseStore } from '../../../lib/ports.ts';
import { leaseStoreContract } from '../../contract/lease-store.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { holds, updated } from './expressions.ts';
import { createSimulatedTable } from './simulated-table.ts';

const { signal } = new AbortController();

function simulatedStore(election: string): LeaseStore {
  const table = createSimulatedTable();
  const client = {
    send: async (command: object) => table.execute(command),
    config: { region: async () => 'simulated' },
  } as unknown as DynamoDBClient;
  return createLeaseStore({ client, tableName: 't', election, historyDays: 30 });
}

const holder = fc.constantFrom('a', 'b');
const revision = fc.constantFrom('r1', 'r2', 'r3');
const token = fc.constantFrom(1n, 2n, 3n);
const reservation = fc.constantFrom(
  undefined,
  { reservedMs: 500 },
  { reservedMs: 9, reservedFor: 'b' },
);
const tenancy = {
  holder,
  revision,
  token,
  leaseDurationMs: fc.constant(3_000),
  renewIntervalMs: fc.constant(900),
  renewedAtEpochMs: fc.constantFrom(0, 1.5, 1_767_225_600_000),
  attributes: fc.constantFrom<Attributes | undefined>(undefined, {}, { url: 'http://a' }),
};
const kind = <K extends string>(name: K) => fc.constant(name);

const leaseWrite: fc.Arbitrary<LeaseWrite> = fc.oneof(
  fc.record({ kind: kind('first-acquire'), ...tenancy }),
  fc.record({ kind: kind('acquire'), ...tenancy, seenRevision: revision }),
  fc.record({
    ...{ kind: kind('renew'), ...tenancy, confirmedRevision: revision },
    state: fc.constantFrom('leading' as const, 'draining' as const),
  }),
  fc.record({
    ...{ kind: kind('release'), holder, token, revision, reservation },
    attributes: tenancy.attributes,
  }),
  fc.record({ kind: kind('request-resign'), seenHolder: holder, seenToken: token, revision }),
  fc.record({ kind: kind('depose'), seenRevision: revision, revision, reservation }),
  fc.record({ kind: kind('end-stopped'), seenHolder: holder, seenRevision: revision, revision }),
);

describe('the simulated store', () => {
  leaseStoreContract(async (election) => simulatedStore(election));

  it('answers each sequence of writes as DynamoDB Local does', async () => {
    using table = await freshTable();
    let elections = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(leaseWrite, { minLength: 4, maxLength: 14 }), async (writes) => {
        elections += 1;
        const election = `generated ${elections}`;
        const real = createLeaseStore({ ...table, election, historyDays: 30 });
        const simulated = simulatedStore(election);
        for (const write of writes) {
          expect(await simulated.write(write, { signal })).toEqual(
            await real.write(write, { signal }),
          );
        }
        const how = { consistency: 'strong', signal } as const;
        expect(await simulated.read(how)).toEqual(await real.read(how));
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('pages, filters and deletes by an expiry as DynamoDB Local does', async () => {
    using real = await freshTable();
    const simulated = createSimulatedTable();
    const pk = { S: 'election#housekeeping' };
    const expiries = [5, undefined, 1, 9, 2, 3, undefined, 4];
    for (const [index, expiry] of expiries.entries()) {
      const Item = { pk, sk: { S: `row#${index}` }, ...(expiry && { e: { N: String(expiry) } }) };
      await real.client.send(new PutItemCommand({ TableName: real.tableName, Item }));
      simulated.put(`${pk.S} row#${index}`, Item);
    }
    const past = { ':now': { N: '4' } };
    const play = async (send: (command: object) => Promise<object>) => {
      const told: unknown[] = [];
      let from: Record<string, { S: string }> | undefined;
      do {
        const query = new QueryCommand({
          TableName: real.tableName,
          KeyConditionExpression: '#pk = :pk',
          FilterExpression: '#e < :now',
          ExpressionAttributeNames: { '#pk': 'pk', '#e': 'e' },
          ExpressionAttributeValues: { ':pk': pk, ...past },
          Limit: 3,
          ExclusiveStartKey: from,
        });
        const { Items, LastEvaluatedKey } = (await send(query)) as QueryCommandOutput;
        told.push(Items, LastEvaluatedKey);
        for (const sk of ['row#0', ...(Items ?? []).map((item) => item.sk?.S ?? '')]) {
          const deletion = new DeleteItemCommand({
            TableName: real.tableName,
            Key: { pk, sk: { S: sk } },
            ConditionExpression: '#e < :now',
            ExpressionAttributeNames: { '#e': 'e' },
            ExpressionAttributeValues: past,
          });
          const outcome = await send(deletion).catch(({ name }: Error) => name);
          told.push([sk, typeof outcome === 'string' ? outcome : 'deleted']);
        }
        from = LastEvaluatedKey as typeof from;
      } while (from !== undefined);
      return told;
    };

    const told = await play(async (command) => simulated.execute(command));
    expect(told).toEqual(await play((command) => real.client.send(command as QueryCommand)));
    expect(told).toContainEqual(['row#2', 'deleted']);
    expect(told).toContainEqual(['row#0', 'ConditionalCheckFailedException']);
  });

  it.each([
    'attribute_type(#a, :a)',
    '#a <> :a',
    'NOT #a = :a',
    '#a < :a',
    '#a BETWEEN :a AND :a',
    'size(#a) = :a',
    '#a = :missing',
    '#a = :a #a = :a',
  ])('refuses a condition that it does not know: %s', (condition) => {
    const given = { names: { '#a': 'a' }, values: { ':a': { S: 'x' } } };
    expect(() => holds(condition, { a: { S: 'x' } }, given)).toThrow();
  });

  it.each(['ADD #a :a', 'DELETE #a :a', 'SET #a = #a + :a', 'SET #a = if_not_exists(#a, :a)'])(
    'refuses an update that it does not know: %s',
    (update) => {
      const given = { names: { '#a': 'a' }, values: { ':a': { N: '1' } } };
      expect(() => updated(update, { a: { N: '1' } }, given)).toThrow();
    },
  );

  it('refuses a command that it does not know', () => {
    const put = new PutItemCommand({ TableName: 't', Item: {} });
    expect(() => createSimulatedTable().execute(put)).toThrow(/does not know PutItemCommand/);
  });
});
