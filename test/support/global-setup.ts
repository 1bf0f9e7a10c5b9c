/**
 * Offers to the whole run what is made once, when the first test asks: one DynamoDB Local, one packed
 * package.
 *
 * Test files run in processes of their own, so they ask over loopback HTTP. A run of pure tests starts
 * no engine and needs no Java.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { localDynamoDb } from '../../lib/local/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly broker: string;
  }
}

interface Made {
  readonly answer: object;
  end(): Promise<void>;
}

const MAKERS: Readonly<Record<string, () => Promise<Made>>> = {
  async '/dynamodb'() {
    const local = await localDynamoDb();
    return { answer: { endpoint: local.endpoint }, end: () => local.stop() };
  },
  async '/package'() {
    const { packPackage } = await import('./programs/pack.ts');
    const { tarball, remove } = await packPackage();
    return { answer: { tarball }, end: remove };
  },
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const made = new Map<string, Promise<Made>>();
  const once = (path: string): Promise<Made> => {
    const making = made.get(path) ?? MAKERS[path]?.() ?? Promise.reject(new Error(`no ${path}`));
    made.set(path, making);
    return making;
  };
  const broker = createServer((request, response) => {
    once(request.url ?? '').then(
      ({ answer }) => response.end(JSON.stringify(answer)),
      (error: unknown) => response.end(JSON.stringify({ problem: String(error) })),
    );
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  const { port } = broker.address() as AddressInfo;
  project.provide('broker', `http://127.0.0.1:${port}`);
  return async () => {
    broker.closeAllConnections();
    await new Promise((resolve) => broker.close(resolve));
    for (const making of made.values()) await making.then(({ end }) => end(), ignoreFailedStart);
  };
}

/** Each test that asked has reported it. */
function ignoreFailedStart(): void {}
