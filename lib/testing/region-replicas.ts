/**
 * What the replica of a Region has while it is cut off: a copy of each table as it was then, beside the
 * table itself in DynamoDB Local. For `startRegions`.
 */
import { renamed, type WireAnswer } from './region-calls.ts';

/** Sends one request to the store behind all Regions, with these headers or some of its own. */
export type SendToStore = (
  operation: string,
  input: object,
  headers?: Readonly<Record<string, string>>,
) => Promise<WireAnswer>;

export interface Replicas {
  /** Takes a copy of each of these tables for a Region. */
  freeze(region: string, tables: ReadonlySet<string>): Promise<void>;
  /** The same read, of the Region's copies where it has any. */
  inputFor(region: string, input: object): object;
  /** Forgets the copies of a Region. */
  thaw(region: string): Promise<void>;
}

interface Page {
  readonly Items?: readonly object[];
  readonly LastEvaluatedKey?: object;
}

const ROWS_PER_WRITE = 25;

export function createReplicas(send: SendToStore): Replicas {
  const copies = new Map<string, Map<string, string>>();

  async function ask<Answer>(operation: string, input: object): Promise<Answer> {
    const { status, body } = await send(operation, input);
    if (status === 200) return JSON.parse(body) as Answer;
    throw new Error(`the store behind the Regions refused ${operation}: ${body}`);
  }

  async function copy(table: string, name: string): Promise<void> {
    const { Table } = await ask<{ Table: Record<string, unknown> }>('DescribeTable', {
      TableName: table,
    });
    const { KeySchema, AttributeDefinitions } = Table;
    const shape = { KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' };
    await ask('CreateTable', { TableName: name, ...shape });
    let ExclusiveStartKey: object | undefined;
    do {
      const page: Page = await ask('Scan', { TableName: table, ExclusiveStartKey });
      const puts = (page.Items ?? []).map((Item) => ({ PutRequest: { Item } }));
      for (let at = 0; at < puts.length; at += ROWS_PER_WRITE) {
        const rows = puts.slice(at, at + ROWS_PER_WRITE);
        await ask('BatchWriteItem', { RequestItems: { [name]: rows } });
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }

  return {
    async freeze(region, tables) {
      const own = new Map<string, string>();
      for (const table of tables) {
        const name = `${table}.${region}.${own.size}`;
        await copy(table, name);
        own.set(table, name);
      }
      copies.set(region, own);
    },
    inputFor: (region, input) => renamed(input, (table) => copies.get(region)?.get(table) ?? table),
    async thaw(region) {
      const own = [...(copies.get(region)?.values() ?? [])];
      copies.delete(region);
      for (const TableName of own) await ask('DeleteTable', { TableName });
    },
  };
}
