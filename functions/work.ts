/**
 * The work of the entry points in this folder, a stand-in for yours: numbered units, each done once, in
 * order, under any leader.
 *
 * Each unit is a fenced write. A checkpoint says how far the work has come, and a new leader takes
 * it over by a fenced write. So nothing is done twice and no acknowledged unit is lost.
 */
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { checkpoint, fenced } from '../lib/dynamodb/index.ts';
import { formatToken, MalformedDataError, type Term } from '../lib/index.ts';
import type { Reader } from './environment.ts';

export interface WorkEnvironment {
  /** Where units are written: keys `pk` and `sk`, both texts. */
  readonly workTableName: string;
  /** How long a unit takes, as a stand-in for work. */
  readonly unitMs: number;
}

export interface Work extends WorkEnvironment {
  readonly client: DynamoDBClient;
}

export interface Progress {
  /** Units done so far, by every leader together. */
  readonly units: number;
}

/** The work table defaults to the lease table, which is right for a trial and for nothing else. */
export function workEnvironment(read: Reader): WorkEnvironment {
  return {
    workTableName: read.optionalText('TENURE_WORK_TABLE') ?? read.text('TENURE_TABLE'),
    unitMs: read.number('TENURE_UNIT_MS', { least: 0, default: 0 }),
  };
}

export function workKeyOf(election: string): string {
  return `work#${election}`;
}

/**
 * Goes on where the last leader stopped: up to `limit` units, or until told to stop. Returns after
 * a checkpoint of what was done.
 * @throws LeadershipLostError, StaleTokenError: another candidate leads; stop.
 */
export async function doUnits(term: Term, work: Work, limit: number): Promise<Progress> {
  const pk = workKeyOf(term.election);
  const { client, workTableName: tableName } = work;
  const saved = checkpoint(term, {
    client,
    tableName,
    key: { pk, sk: 'progress' },
    schemaVersion: 1,
    parse: parseProgress,
  });
  const leader = fenced(client, term);
  let units = (await saved.load())?.units ?? 0;
  const end = units + limit;
  while (units < end && !term.signal.aborted) {
    await unitOfWork(work.unitMs, term.signal);
    if (term.signal.aborted) break;
    // Before each side effect, because a frozen process learns late that its term is over.
    term.throwIfOver();
    await leader.send(
      new PutItemCommand({
        TableName: tableName,
        Item: {
          pk: { S: pk },
          sk: { S: `unit#${String(units).padStart(12, '0')}` },
          doneBy: { S: term.candidateId },
          token: { N: formatToken(term.token) },
        },
      }),
    );
    units += 1;
    await saved.save({ units });
  }
  return { units };
}

function parseProgress(state: unknown): Progress {
  const { units } = (state ?? {}) as { units?: unknown };
  if (typeof units === 'number' && Number.isInteger(units)) return { units };
  throw new MalformedDataError(`units must be a whole number, got ${JSON.stringify(units)}`);
}

/** Resolves after so long, or at once when told to stop. */
function unitOfWork(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
