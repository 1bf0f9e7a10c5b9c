/**
 * The work of every leader of a chaos run: it adds to sets in fenced rows, and says what was acknowledged and
 * when it believed to lead.
 *
 * The elements are kept in pages, so that a long run reaches no limit of a row: a term takes over the
 * row that names the page being filled, then that page, and each time it writes the whole page back.
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type FencingTerm, fenced } from '../../../lib/dynamodb/index.ts';
import { formatToken, isTenureError } from '../../../lib/index.ts';
import {
  CURRENT_PAGE,
  pageKeyOf,
  SHARED_KEY,
  type WorkerLine,
  type WorkerSettings,
} from './ways.ts';

const PAGE_ELEMENTS = 50;
const BETWEEN_ADDITIONS_MS = 30;
/** A request that a partition swallowed must not keep a healthy leader from its work. */
const REQUEST_TIMEOUT_MS = 1_000;

/** A term of this package, or the time in which another system's lock is held. */
export interface WorkerTerm extends FencingTerm {
  readonly signal: AbortSignal;
}

/** Leads whenever it can, until the signal aborts. */
export type LeadWhile = (
  work: (term: WorkerTerm) => Promise<void>,
  signal: AbortSignal,
) => Promise<void>;

/** Synchronous on a pipe, so that it is out before anything else happens. */
export function say(line: Omit<WorkerLine, 'worker'>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The clock is read before the remaining time, so that the remaining time is never overstated. */
function belief({ token, candidateId, remainingMs }: WorkerTerm) {
  const atMs = Number(process.hrtime.bigint()) / 1e6;
  return { token: formatToken(token), candidateId, atMs, untilMs: atMs + remainingMs() };
}

/** Adds until the term is over. Resolves then, whatever ended it. */
export async function work(
  client: DynamoDBClient,
  term: WorkerTerm,
  settings: WorkerSettings,
): Promise<void> {
  say({ event: 'elected', ...belief(term) });
  try {
    await addUntilOver(settings.isFenced ? fenced(client, term) : client, term, settings);
  } catch (error) {
    const refused = isTenureError(error, 'STALE_TOKEN');
    say({ event: refused ? 'refused' : 'work-failed', name: (error as Error).name });
  } finally {
    say({ event: 'settled', ...belief(term) });
  }
}

async function addUntilOver(
  rows: DynamoDBClient,
  term: WorkerTerm,
  settings: WorkerSettings,
): Promise<void> {
  const current = await takeOver(rows, CURRENT_PAGE, term, settings);
  let page = Number(current.page?.N ?? 0);
  let elements = await elementsOf(rows, page, term, settings);
  for (let sequence = 1; !term.signal.aborted; sequence += 1) {
    if (elements.length >= PAGE_ELEMENTS) {
      page += 1;
      await set(
        rows,
        { row: CURRENT_PAGE, name: 'page', value: { N: String(page) } },
        term,
        settings,
      );
      elements = await elementsOf(rows, page, term, settings);
    }
    await add(rows, { page, elements, element: `${term.token}/${sequence}` }, term, settings);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_ADDITIONS_MS));
  }
}

async function elementsOf(
  rows: DynamoDBClient,
  page: number,
  term: WorkerTerm,
  settings: WorkerSettings,
): Promise<string[]> {
  const { elements } = await takeOver(rows, pageKeyOf(page), term, settings);
  return [...(elements?.SS ?? [])];
}

async function add(
  rows: DynamoDBClient,
  addition: { page: number; elements: string[]; element: string },
  term: WorkerTerm,
  settings: WorkerSettings,
): Promise<void> {
  const { page, elements, element } = addition;
  elements.push(element);
  term.throwIfOver();
  const row = { row: pageKeyOf(page), name: 'elements', value: { SS: elements } };
  await set(rows, row, term, settings);
  say({ event: 'acknowledged', element, ...belief(term) });
}

/** Reads a row by a fenced write: from now on the row refuses each earlier leader. */
async function takeOver(
  rows: DynamoDBClient,
  row: string,
  term: WorkerTerm,
  settings: WorkerSettings,
) {
  const takenBy = { row, name: 'takenBy', value: { S: term.candidateId } };
  return (await set(rows, takenBy, term, settings)) ?? {};
}

async function set(
  rows: DynamoDBClient,
  { row, name, value }: { row: string; name: string; value: AttributeValue },
  term: WorkerTerm,
  settings: WorkerSettings,
) {
  const update = new UpdateItemCommand({
    ...{
      TableName: settings.tableName,
      Key: { pk: { S: SHARED_KEY }, sk: { S: row } },
      ReturnValues: 'ALL_NEW',
    },
    UpdateExpression: 'SET #name = :value',
    ExpressionAttributeNames: { '#name': name },
    ExpressionAttributeValues: { ':value': value },
  });
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const deadline = { abortSignal: AbortSignal.any([term.signal, timeout]) };
  const { Attributes } = await rows.send(update, settings.isPatient ? {} : deadline);
  return Attributes;
}
