/**
 * Where a local SQS comes from: an endpoint that is given, or fauxqs inside this process.
 *
 * Decides the order and the one error when there is neither. Unlike AWS, fauxqs accepts expired receipt
 * handles and ignores attempt ids: it shows how an election goes, and proves nothing about one.
 */
import { MissingDependencyError, UnreachableError } from '../errors.ts';
import { endpointIn } from './endpoint.ts';

/** An SQS to develop against. Disposing stops it if this call started it. */
export interface LocalSqs extends AsyncDisposable {
  readonly endpoint: string;
  /** A text for developers: `fauxqs, an emulator of SQS`, or where a given endpoint is. */
  readonly description: string;
  readonly source: 'environment' | 'embedded';
  /** The URL of the queue of this name, which is created where it is not there. */
  createQueue(name: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

export interface LocalSqsOptions {
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/**
 * The endpoint in `TENURE_SQS_ENDPOINT` or `AWS_ENDPOINT_URL_SQS`; else fauxqs, which ends with this
 * process.
 * @throws MissingDependencyError when there is no endpoint and fauxqs is not installed; InvalidOptionsError
 * for an endpoint that is no address.
 */
export async function localSqs(options: LocalSqsOptions = {}): Promise<LocalSqs> {
  const env = options.env ?? process.env;
  const endpoint = endpointIn(env, ['TENURE_SQS_ENDPOINT', 'AWS_ENDPOINT_URL_SQS']);
  return endpoint ? givenEndpoint(endpoint) : startSqsLocal(options);
}

/** Starts fauxqs in this process, whatever the environment's endpoint says. On the loopback only. */
export async function startSqsLocal(options: LocalSqsOptions = {}): Promise<LocalSqs> {
  const { buildApp } = await loadFauxqs();
  const app = buildApp({ logger: false });
  const endpoint = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const stop = async () => {
    await app.close();
  };
  return {
    endpoint,
    description: 'fauxqs, an emulator of SQS',
    source: 'embedded',
    createQueue: (name, attributes) => createQueue(endpoint, name, attributes),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function loadFauxqs() {
  try {
    return await import('fauxqs');
  } catch (cause) {
    throw new MissingDependencyError(
      'a local SQS needs the package fauxqs, which is not installed; run "npm install --save-dev ' +
        'fauxqs", or set TENURE_SQS_ENDPOINT to a running one',
      { cause },
    );
  }
}

function givenEndpoint(endpoint: string): LocalSqs {
  const stop = async () => {
    // The program that started it stops it.
  };
  return {
    endpoint,
    description: `SQS at ${endpoint}`,
    source: 'environment',
    createQueue: (name, attributes) => createQueue(endpoint, name, attributes),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const CALL_TIMEOUT_MS = 10_000;

/**
 * By the JSON protocol, so that this alone does not need the SDK's client.
 * @throws UnreachableError for no answer, or an answer that names no queue.
 */
async function createQueue(
  endpoint: string,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const refused = (said: unknown) =>
    new UnreachableError(
      `SQS at ${endpoint} did not create the queue ${name}: ${said}; check the endpoint`,
    );
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.CreateQueue',
    },
    body: JSON.stringify({ QueueName: name, Attributes: { ...fifo, ...attributes } }),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw refused(cause);
  });
  // An answer that is no JSON is no answer of SQS.
  const answer = (await response.json().catch(() => undefined)) as
    | { readonly QueueUrl?: unknown; readonly message?: unknown }
    | null
    | undefined;
  const queueUrl = String(answer?.QueueUrl);
  if (!URL.canParse(queueUrl)) throw refused(`${response.status} ${answer?.message ?? ''}`);
  // The emulator names a host that not every resolver knows; it finds queues by path alone.
  return new URL(new URL(queueUrl).pathname, endpoint).href;
}
