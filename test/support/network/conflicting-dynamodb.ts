/**
 * DynamoDB's conflicts between transactions and writes of one row, which DynamoDB Local does not have.
 *
 * Stands before the store, for one table. A row counts as locked while a transaction that names it
 * is under way, which takes at least `transactionMs`. A request that meets a locked row is refused
 * as the service refuses it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelled } from './scripted-dynamodb.ts';

export interface ConflictingDynamoDb extends AsyncDisposable {
  readonly endpoint: string;
  /** Refused so far, by operation. */
  readonly conflicts: Readonly<Record<'UpdateItem' | 'TransactWriteItems', number>>;
  /** Transactions that passed. */
  transactions(): number;
}

interface RowName {
  readonly TableName: string;
  readonly Key?: object;
}

export async function conflictingDynamoDb(options: {
  readonly storeEndpoint: string;
  readonly tableName: string;
  readonly transactionMs: number;
}): Promise<ConflictingDynamoDb> {
  const locked = new Set<string>();
  const conflicts = { UpdateItem: 0, TransactWriteItems: 0 };
  let passed = 0;

  /** The rows of the table that a request names by key. */
  function rowsOf(operation: string, body: string): readonly string[] {
    const input = JSON.parse(body);
    const named: RowName[] =
      operation === 'TransactWriteItems'
        ? input.TransactItems.flatMap((action: object) => Object.values(action))
        : [input];
    const ours = named.filter(({ TableName, Key }) => TableName === options.tableName && Key);
    return ours.map(({ Key }) => JSON.stringify(Key));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString();
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const rows = rowsOf(operation, body);
    const isLocked = rows.some((row) => locked.has(row));
    if (isLocked && (operation === 'UpdateItem' || operation === 'TransactWriteItems')) {
      conflicts[operation] += 1;
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(conflictOf(operation)));
      return;
    }
    const isTransaction = operation === 'TransactWriteItems';
    if (isTransaction) for (const row of rows) locked.add(row);
    const [answer] = await Promise.all([
      forward(request, body),
      isTransaction ? delay(options.transactionMs) : undefined,
    ]);
    if (isTransaction) for (const row of rows) locked.delete(row);
    if (isTransaction && answer.status === 200) passed += 1;
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(answer.body);
  }

  async function forward({ headers: given }: IncomingMessage, body: string) {
    const { host: _, connection: __, 'content-length': ___, ...headers } = given;
    const init = { method: 'POST', headers: headers as Record<string, string>, body };
    const answer = await fetch(options.storeEndpoint, init);
    return { status: answer.status, body: await answer.text() };
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    conflicts,
    transactions: () => passed,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function conflictOf(operation: 'UpdateItem' | 'TransactWriteItems'): object {
  if (operation === 'TransactWriteItems') return cancelled('None', 'TransactionConflict').body;
  return {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException',
    message: 'Transaction is ongoing for the item',
  };
}
