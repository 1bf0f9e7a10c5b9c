/**
 * DynamoDB as it can answer and DynamoDB Local cannot: scripted answers first, the store after them.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An error answer with any fields, such as `CancellationReasons`. */
export interface ScriptedAnswer {
  readonly operation: string;
  readonly status?: number;
  readonly body: object;
}

export interface ScriptedDynamoDb extends AsyncDisposable {
  readonly endpoint: string;
  /** Operations in the order in which they came, scripted or not. */
  readonly operations: readonly string[];
  /** Answers the next request of this operation so, once. */
  answerNext(answer: ScriptedAnswer): void;
}

/** @param storeEndpoint where what is not scripted goes */
export async function scriptedDynamoDb(storeEndpoint: string): Promise<ScriptedDynamoDb> {
  const script: ScriptedAnswer[] = [];
  const operations: string[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    operations.push(operation);
    const at = script.findIndex((answer) => answer.operation === operation);
    const [scripted] = at === -1 ? [] : script.splice(at, 1);
    if (scripted !== undefined) {
      response.writeHead(scripted.status ?? 400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(scripted.body));
      return;
    }
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(storeEndpoint, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body,
    });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    operations,
    answerNext: (answer) => void script.push(answer),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PREFIX = 'com.amazonaws.dynamodb.v20120810#';

/** As DynamoDB answers a transaction that it cancelled. */
export function cancelled(...codes: readonly string[]): ScriptedAnswer {
  return {
    operation: 'TransactWriteItems',
    body: {
      __type: `${PREFIX}TransactionCanceledException`,
      Message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        `[${codes.join(', ')}]`,
      CancellationReasons: codes.map((Code) => ({ Code })),
    },
  };
}
