/**
 * The client of the lease calls: the user's settings, with the SDK's own retries really off.
 *
 * Only the protocol knows what a retry means: whether it keeps its nonce, and from when the lease counts.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { CapturingHandler } from '../../runtime/mechanism/capture-request.ts';

export interface ClientOptions {
  /** Settings for a client of our own. Default: the SDK's, from the environment. */
  readonly clientConfig?: DynamoDBClientConfig | undefined;
  /** Or a client to take the settings from; it is not used itself. */
  readonly client?: DynamoDBClient | undefined;
}

export function createLeaseClient({ client, clientConfig }: ClientOptions): DynamoDBClient {
  const given = client === undefined ? { ...clientConfig } : { ...client.config };
  // A strategy that came with the settings would outrank `maxAttempts`.
  const { retryStrategy: _, ...config } = given as DynamoDBClientConfig;
  return new DynamoDBClient({ ...config, maxAttempts: 1 });
}

/** As this client, but its requests leave through this handler. */
export function clientThrough(
  client: DynamoDBClient,
  requestHandler: CapturingHandler,
): DynamoDBClient {
  const config = client.config as unknown as DynamoDBClientConfig;
  return new DynamoDBClient({ ...config, requestHandler, retryStrategy: undefined } as object);
}
