/**
 * The client of the lease calls: the user's settings, with the SDK's own retries really off.
 *
 * Only the protocol knows what a retry means: whether it keeps its nonce, and from when the lease counts.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { CapturingHandler } from '../../runtime/mechanism/capture-request.ts';
import { keepMiddleware } from '../../runtime/mechanism/keep-middleware.ts';

/** Which client a store’s calls use: one of these, or neither. */
export interface ClientOptions {
  /** Settings for a client of the library's own. Default: the SDK's, from the environment. */
  readonly clientConfig?: DynamoDBClientConfig | undefined;
  /**
   * A client from which the library takes settings and middleware: Region, endpoint, credentials,
   * tracers. It is not used itself. Its retries are not taken: the protocol repeats its calls by
   * itself. Default: none, see `clientConfig`.
   */
  readonly client?: DynamoDBClient | undefined;
}

/** What is wrong with these options, as sentences. */
export function clientProblems({ client, clientConfig }: ClientOptions): string[] {
  if (client === undefined || clientConfig === undefined) return [];
  return ['client and clientConfig are both given; leave one out'];
}

/**
 * The client of the lease’s calls: one attempt each, since the protocol repeats them by itself. The
 * caller destroys it.
 */
export function createLeaseClient({ client, clientConfig }: ClientOptions): DynamoDBClient {
  const given = client === undefined ? { ...clientConfig } : { ...client.config };
  // A strategy that came with the settings would outrank `maxAttempts`.
  const { retryStrategy: _, ...config } = given as DynamoDBClientConfig;
  const own = new DynamoDBClient({ ...config, maxAttempts: 1 });
  return client === undefined ? own : keepMiddleware(own, client);
}

/** The same client, but with this handler for its requests. */
export function clientThrough(
  client: DynamoDBClient,
  requestHandler: CapturingHandler,
): DynamoDBClient {
  const config = client.config as unknown as DynamoDBClientConfig;
  const through = { ...config, requestHandler, retryStrategy: undefined } as object;
  return keepMiddleware(new DynamoDBClient(through), client);
}
