/**
 * Prisma with the PostgreSQL fence: the fence is raised first in an interactive transaction, which keeps one
 * connection to its end.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Term } from 'tenure';
import { fenceTableSql, raiseFence } from 'tenure/fence';
import { fakeTerm } from 'tenure/testing';
import { type Prisma, PrismaClient } from './generated/client.ts';

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const prisma = new PrismaClient({ adapter });
await prisma.$executeRawUnsafe(fenceTableSql());
await prisma.$executeRaw`CREATE TABLE orders (id text PRIMARY KEY, settled integer NOT NULL)`;
await prisma.order.create({ data: { id: 'a', settled: 0 } });

/** Prisma as the fence asks it: the text and its values as they are, and the rows. */
const asConnection = (tx: Prisma.TransactionClient) => ({
  query: async (statement: string, values: string[]) => ({
    rows: await tx.$queryRawUnsafe<readonly unknown[]>(statement, ...values),
  }),
});

async function settle(term: Term, id: string): Promise<void> {
  await prisma.$transaction(
    async (tx) => {
      await raiseFence(asConnection(tx), term);
      await tx.order.update({ where: { id }, data: { settled: { increment: 1 } } });
    },
    // Prisma gives a transaction up after 5 s of its own; the fence lets it last as long as the lease.
    { timeout: term.remainingMs() },
  );
}

const [older, newer] = [fakeTerm({ token: 1n }), fakeTerm({ token: 2n })];
await settle(older, 'a');
await settle(newer, 'a');
const refused = await settle(older, 'a').catch((error: unknown) => error);
// Prisma wraps nothing of ours: the code is the error's own.
console.log(`refused ${(refused as { code?: string }).code}`);
console.log(`settled ${(await prisma.order.findUnique({ where: { id: 'a' } }))?.settled}`);
await prisma.$disconnect();
