/**
 * The `tenure` program as a test runs it: a real process against a table of its own.
 */
import { fileURLToPath } from 'node:url';
import { environmentFor, type FreshTable } from './dynamodb.ts';
import { startWorker, type Worker, type WorkerOptions } from './processes.ts';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url));
const PROGRAMS = new URL('../cli/programs/', import.meta.url);

/** Short enough for a test, long enough for a loaded machine to renew in. */
export const SHORT_LEASE = ['--lease', '6s', '--renew', '600ms', '--loss-grace', '800ms'];

/**
 * Long enough not to run out on a busy machine: for tests in which a role passes by its release.
 */
export const STEADY_LEASE = ['--lease', '60s', '--renew', '600ms', '--loss-grace', '800ms'];

/** What a candidate is called that was given no prefix: its host, its process, and a nonce. */
export const OWN_ID = '[\\w.-]+\\.\\d+/[0-9a-f-]{17}';

export interface TenureOptions extends WorkerOptions {
  /** Default: the table's own; a fault proxy's to stand between. */
  readonly endpoint?: string;
}

type TableAt = Pick<FreshTable, 'tableName' | 'endpoint'>;

/** Starts `tenure <args>`; without a table, with no environment for one. */
export function startTenure(
  args: readonly string[],
  table?: TableAt,
  options: TenureOptions = {},
): Worker {
  const { endpoint, ...worker } = options;
  const { command, env } = tenureCommand(args, table, endpoint);
  const [, ...rest] = command;
  return startWorker(rest, { ...worker, env: { ...env, ...worker.env } });
}

/** The command line of `tenure <args>`, for a test that wraps it in another program. */
export function tenureCommand(
  args: readonly string[],
  table?: TableAt,
  endpoint = table?.endpoint,
): { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const env = {
    NO_COLOR: '1',
    ...(endpoint !== undefined && environmentFor(endpoint)),
    ...(table && { TENURE_TABLE: table.tableName }),
  };
  return { command: [process.execPath, MAIN, ...args], env };
}

/** The command line that runs one of the programs in `test/cli/programs` with this Node. */
export function program(name: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, fileURLToPath(new URL(name, PROGRAMS)), ...args];
}
