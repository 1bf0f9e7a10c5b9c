/**
 * Offers one DynamoDB Local to the whole run, started when the first test asks.
 *
 * Test files run in processes of their own, so they ask over loopback HTTP. A run of pure tests starts
 * no engine and needs no Java.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type LocalDynamoDb, localDynamoDb } from '../../lib/local/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly dynamoDbBroker: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let engine: Promise<LocalDynamoDb> | undefined;
  const broker = createServer((_request, response) => {
    engine ??= localDynamoDb();
    engine.then(
      (local) => response.end(JSON.stringify({ endpoint: local.endpoint })),
      (error: unknown) => response.end(JSON.stringify({ problem: String(error) })),
    );
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  const { port } = broker.address() as AddressInfo;
  project.provide('dynamoDbBroker', `http://127.0.0.1:${port}`);
  return async () => {
    broker.closeAllConnections();
    await new Promise((resolve) => broker.close(resolve));
    await engine?.then((local) => local.stop(), ignoreFailedStart);
  };
}

/** Each test that asked has reported it. */
function ignoreFailedStart(): void {}
