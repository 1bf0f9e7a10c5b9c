/**
 * Drizzle with the PostgreSQL fence: the fence is raised first in the transaction, by the same connection. Here
 * on PGlite; with `drizzle-orm/node-postgres` it is the same code.
 */
import { PGlite } from '@electric-sql/pglite';
import { type SQL, sql } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/pglite';
import type { Term } from 'tenure';
import { fenceTableSql, raiseFence } from 'tenure/fence';
import { fakeTerm } from 'tenure/testing';

const orders = pgTable('orders', { id: text().primaryKey(), settled: integer().notNull() });
const db = drizzle(new PGlite());
await db.execute(sql.raw(fenceTableSql()));
await db.execute(sql`CREATE TABLE orders (id text PRIMARY KEY, settled integer NOT NULL)`);
await db.insert(orders).values({ id: 'a', settled: 0 });

type Transaction = Parameters<Parameters<typeof db.transaction>[0]>[0];

/** Drizzle as the fence asks it: a text with `$1`, and its values. */
const asConnection = (tx: Transaction) => ({
  query: (statement: string, values: string[] = []) => tx.execute(withValues(statement, values)),
});

function withValues(statement: string, values: readonly string[]): SQL {
  const parts = statement.split(/\$(\d+)/);
  const chunks = parts.map((part, index) =>
    index % 2 === 0 ? sql.raw(part) : sql`${values[Number(part) - 1]}`,
  );
  return sql.join(chunks);
}

async function settle(term: Term, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    await raiseFence(asConnection(tx), term);
    await tx
      .update(orders)
      .set({ settled: sql`${orders.settled} + 1` })
      .where(sql`id = ${id}`);
  });
}

const [older, newer] = [fakeTerm({ token: 1n }), fakeTerm({ token: 2n })];
await settle(older, 'a');
await settle(newer, 'a');
const refused = await settle(older, 'a').catch((error: unknown) => error);
// Drizzle wraps nothing of ours: the code is the error's own.
console.log(`refused ${(refused as { code?: string }).code}`);
console.log(`settled ${(await db.select().from(orders))[0]?.settled}`);
