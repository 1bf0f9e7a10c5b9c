/**
 * `tenure local`: a DynamoDB to develop against, with the lease table in it, and an SQS where one is
 * asked for.
 */
import { once } from 'node:events';
import { Command } from 'commander';
import { DEFAULT_TABLE_NAME } from '../../dynamodb/index.ts';
import { InvalidOptionsError, isTenureError, UnreachableError } from '../../index.ts';
import { ENDPOINT_VARIABLES, type LocalDynamoDb, localDynamoDb } from '../../local/index.ts';
import { type LocalQueue, openLocalQueue } from '../election/local-queue.ts';
import { createTables, type OwnTable, parseOwnTable } from '../election/local-tables.ts';
import { parsePort } from '../election/port.ts';
import { parseElection, parseTableName } from '../election/store-options.ts';
import { print, writeStderr } from '../terminal/terminal.ts';

interface LocalOptions {
  readonly table: string;
  readonly with?: readonly OwnTable[];
  readonly port?: number;
  readonly queue?: string;
  readonly json?: boolean;
}

const HELP = `
Uses TENURE_DYNAMODB_ENDPOINT or AWS_ENDPOINT_URL_DYNAMODB if one is set; else starts DynamoDB Local,
in memory, with Java 17 or later, or with Docker. Standard output gets the variables to export.

With --queue there is also an SQS, at TENURE_SQS_ENDPOINT or AWS_ENDPOINT_URL_SQS if one is set, else
fauxqs in this process, with a FIFO queue for that election: an emulator, less strict than AWS.

Examples:
  tenure local --port 8000 --with ledger:id
  tenure local --queue orders      then: tenure run orders --queue "$TENURE_QUEUE_URL" -- ./poller
  tenure local --json`;

export function localVerb(): Command {
  return new Command('local')
    .description('start DynamoDB Local with a lease table, until Ctrl-C')
    .option('--table <name>', 'the lease table to create', parseTableName, DEFAULT_TABLE_NAME)
    .option('--with <table:key>', 'create a table of yours too, with this key', parseOwnTable)
    .option('--port <number>', 'the port to listen on (default: a free one)', parsePort)
    .option('--queue <election>', 'start SQS too, with a queue for this election', parseElection)
    .option('--json', 'print the variables as one JSON object')
    .addHelpText('after', HELP)
    .action(runLocal);
}

async function runLocal(options: LocalOptions): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  try {
    refusePortOfGivenStore(options);
    await using local = await localDynamoDb({ signal: stop.signal, port: options.port });
    const { queue: election } = options;
    await using queue = election === undefined ? undefined : await openLocalQueue(election);
    const variables = { ...environmentOf(local, options.table), ...queue?.variables };
    await createLocalTables(local, options);
    printVariables(variables, options);
    if (local.source === 'environment' && queue?.source !== 'embedded') {
      writeStderr(`tenure: ${local.description} has table ${options.table}; nothing was started`);
      return;
    }
    writeStderr(`tenure: ${describe(local, queue)} ready; Ctrl-C ends what was started`);
    // Waiting for an event does not keep a process alive; the engine's pipes do.
    if (!stop.signal.aborted) await untilEnded(stop.signal, local);
  } catch (error) {
    if (error !== stop.signal.reason) throw error;
  }
}

function describe(local: LocalDynamoDb, queue: LocalQueue | undefined): string {
  return queue ? `${local.description} and ${queue.description} are` : `${local.description} is`;
}

/** DynamoDB Local takes any credentials, but the SDK sends nothing without some. */
function environmentOf(local: LocalDynamoDb, table: string): Record<string, string> {
  const { env } = process;
  return {
    AWS_ENDPOINT_URL_DYNAMODB: local.endpoint,
    AWS_REGION: env.AWS_REGION ?? 'us-east-1',
    AWS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID ?? 'local',
    AWS_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY ?? 'local',
    TENURE_TABLE: table,
  };
}

async function createLocalTables(local: LocalDynamoDb, options: LocalOptions): Promise<void> {
  try {
    await createTables(local.endpoint, { lease: options.table, own: options.with ?? [] });
  } catch (error) {
    const isStale = local.source === 'environment' && isTenureError(error, 'UNREACHABLE');
    throw isStale ? nothingAnswers(local.endpoint, error) : error;
  }
}

/**
 * An engine that ended by itself ends this program too. Otherwise its shell would hold dead
 * addresses.
 */
async function untilEnded(signal: AbortSignal, { ended }: LocalDynamoDb): Promise<void> {
  const stopped = once(signal, 'abort').then(() => undefined);
  // Where the endpoint was given, this program started nothing and has nothing to end.
  const how = await (ended === undefined ? stopped : Promise.race([stopped, ended]));
  if (how !== undefined && !signal.aborted) {
    throw new UnreachableError(`DynamoDB Local has ended: ${how}; start "tenure local" again`);
  }
}

const givenBy = () => ENDPOINT_VARIABLES.filter((name) => process.env[name]);

/** An engine ran once, and the variables that it had exported are still in this shell. */
function nothingAnswers(endpoint: string, cause: unknown): UnreachableError {
  const names = givenBy();
  return new UnreachableError(
    `${names[0]} is ${endpoint}, where nothing answers; run "unset ${names.join(' ')}" to start ` +
      'DynamoDB Local here',
    { cause },
  );
}

function refusePortOfGivenStore({ port }: LocalOptions): void {
  const names = givenBy();
  if (port === undefined || names.length === 0) return;
  throw new InvalidOptionsError([
    `--port starts DynamoDB Local on port ${port}, and ${names.join(' and ')} names one that runs ` +
      `already; leave --port out, or run "unset ${names.join(' ')}" first`,
  ]);
}

function printVariables(variables: Record<string, string>, { json }: LocalOptions): void {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  print(...(json ? [JSON.stringify(variables)] : lines));
}

/** The value as one word of a shell, whatever characters it has. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
