/**
 * Where a local DynamoDB comes from: an endpoint that is given, Java, or Docker, in this order.
 *
 * Decides the order and the one error when there is none of them. Used by `tenure local`, the demo,
 * the tests and the benchmarks, so that all of them find the same one.
 */
import { execFile } from 'node:child_process';
import { MissingDependencyError } from '../errors.ts';
import {
  bundledEngine,
  type CommandOn,
  type DynamoDbProcess,
  ENGINE_OPTIONS,
  startEngine,
} from './dynamodb-process.ts';
import { endpointIn } from './endpoint.ts';
import { findJava, JAVA_VERSION_MIN } from './java.ts';

/** A DynamoDB to develop against. Disposing stops it if this call started it. */
export interface LocalDynamoDb extends AsyncDisposable {
  readonly endpoint: string;
  /** A text for developers: `DynamoDB Local 3.3.1`, or where a given endpoint is. */
  readonly description: string;
  /** The engine's version; absent where the endpoint was given and nothing was started. */
  readonly version?: string | undefined;
  /** Which of the ways was taken. */
  readonly source: 'environment' | 'java' | 'docker';
  /** Settles when what was started has ended, with a phrase that says how; absent for a given endpoint. */
  readonly ended?: Promise<string> | undefined;
  stop(): Promise<void>;
}

export interface LocalDynamoDbOptions {
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Abandons the start. */
  readonly signal?: AbortSignal | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** In this order, the address of a store that runs already. */
export const ENDPOINT_VARIABLES: readonly string[] = [
  'TENURE_DYNAMODB_ENDPOINT',
  'AWS_ENDPOINT_URL_DYNAMODB',
];

const DOCKER_IMAGE = 'amazon/dynamodb-local';

/**
 * The endpoint in `TENURE_DYNAMODB_ENDPOINT` or `AWS_ENDPOINT_URL_DYNAMODB`; else a DynamoDB Local
 * started for the caller. What was started dies with this process, however it ends.
 * @throws MissingDependencyError when there is no endpoint, no Java 17 and no Docker; InvalidOptionsError
 * for an endpoint that is no address.
 */
export async function localDynamoDb(options: LocalDynamoDbOptions = {}): Promise<LocalDynamoDb> {
  const env = options.env ?? process.env;
  const endpoint = endpointIn(env, ENDPOINT_VARIABLES);
  return endpoint ? givenEndpoint(endpoint) : startDynamoDbLocal(options);
}

/** Starts DynamoDB Local whatever the environment's endpoint says: by Java, else by Docker. */
export async function startDynamoDbLocal(
  options: LocalDynamoDbOptions = {},
): Promise<LocalDynamoDb> {
  const env = options.env ?? process.env;
  const java = await findJava(env);
  if (java.kind === 'found') {
    return started('java', await startEngine(bundledEngine(java.command, env), options));
  }
  if (await dockerServes(env)) {
    return started('docker', await startEngine(dockerEngine(env), options));
  }
  throw new MissingDependencyError(
    `DynamoDB Local needs Java ${JAVA_VERSION_MIN} or later, or Docker; found neither ` +
      `(${java.tried.join(', ')}, docker: no answer); install a Java runtime such as ` +
      `"openjdk-17-jre-headless", start Docker, or set TENURE_DYNAMODB_ENDPOINT to a running one`,
  );
}

function givenEndpoint(endpoint: string): LocalDynamoDb {
  const stop = async () => {
    // The program that started it stops it.
  };
  return {
    endpoint,
    description: `DynamoDB at ${endpoint}`,
    source: 'environment',
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function started(source: 'java' | 'docker', engine: DynamoDbProcess): LocalDynamoDb {
  return {
    endpoint: engine.endpoint,
    version: engine.version,
    description: `DynamoDB Local ${engine.version}`,
    source,
    ended: engine.ended,
    stop: engine.stop,
    [Symbol.asyncDispose]: engine.stop,
  };
}

/** Whether a Docker daemon answers; the client alone starts nothing. */
function dockerServes(env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    const args = ['version', '--format', '{{.Server.Version}}'];
    execFile('docker', args, { env, timeout: 5_000 }, (error) => resolve(!error));
  });
}

function dockerEngine(env: NodeJS.ProcessEnv): CommandOn {
  return (port) => {
    const name = `tenure-dynamodb-${process.pid}-${port}`;
    return {
      command: 'docker',
      args: [
        ...['run', '--rm', '--name', name, '--publish', `127.0.0.1:${port}:8000`, DOCKER_IMAGE],
        ...['-jar', 'DynamoDBLocal.jar', ...ENGINE_OPTIONS],
      ],
      env,
      // The client's death leaves the container running: the daemon has to be told.
      ending: `docker kill ${name}; kill -9 $$`,
    };
  };
}
