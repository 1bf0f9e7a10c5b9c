/**
 * Our own SQS client, beside the user's: with the SDK's retries off.
 *
 * Only the protocol can tell what a retry means: a receive must keep its attempt id, and a lost answer
 * to an extension must not be taken for a refusal. Endpoint and Region are read from the queue's URL
 * where nothing else says them.
 */
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { InvalidOptionsError } from '../errors.ts';
import { unknownOptions } from '../option-problems.ts';
import type { CapturingHandler } from '../runtime/mechanism/capture-request.ts';
import { keepMiddleware } from '../runtime/mechanism/keep-middleware.ts';

/** Which queue, and with which client. */
export interface QueueOptions {
  readonly queueUrl: string;
  /**
   * Settings for a client of the library’s own. Retries are off whatever it says. Default: the
   * SDK’s, from the environment.
   */
  readonly clientConfig?: SQSClientConfig | undefined;
  /**
   * The client whose configuration and middleware are taken, except its retries. The library
   * neither uses this client itself nor destroys it. Default: none, see `clientConfig`.
   */
  readonly client?: SQSClient | undefined;
}

export function createQueueClient(options: QueueOptions): SQSClient {
  const { queueUrl, client, clientConfig } = options;
  if (client !== undefined) {
    // Without `retryStrategy` here, the copy would keep the strategy that the user's client has
    // resolved.
    const retriesOff = { ...client.config, maxAttempts: 1, retryStrategy: undefined };
    return keepMiddleware(new SQSClient(retriesOff as SQSClientConfig), client);
  }
  return new SQSClient({ ...clientDefaults(queueUrl), ...clientConfig, maxAttempts: 1 });
}

/** The same client, but with this handler for its requests. */
export function clientThrough(client: SQSClient, requestHandler: CapturingHandler): SQSClient {
  const config = client.config as unknown as SQSClientConfig;
  const through = { ...config, requestHandler, retryStrategy: undefined } as object;
  return keepMiddleware(new SQSClient(through), client);
}

/** @throws InvalidOptionsError naming what is wrong with the options. */
export function checkQueueOptions(what: string, options: QueueOptions, known: readonly string[]) {
  const problems = unknownOptions(options, known, { of: what });
  if (!URL.canParse(options.queueUrl)) {
    problems.push(
      `queueUrl of ${what} must be a queue's URL, got ${JSON.stringify(options.queueUrl)}; pass ` +
        `what CreateQueue or GetQueueUrl returned`,
    );
  }
  if (options.client !== undefined && options.clientConfig !== undefined) {
    problems.push(`${what} takes client or clientConfig, got both; leave one out`);
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
}

/** The Region and the endpoint that the queue's URL says, where the configuration says none. */
export function clientDefaults(queueUrl: string): SQSClientConfig {
  const { hostname, origin } = new URL(queueUrl);
  const aws = /^sqs\.(?<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|api\.aws)$/.exec(hostname);
  const region = aws?.groups?.region;
  if (region !== undefined) return { region };
  // A VPC endpoint or a local stand-in: the SDK would ask the Region's public endpoint first.
  return hostname.endsWith('.amazonaws.com') ? {} : { endpoint: origin };
}
