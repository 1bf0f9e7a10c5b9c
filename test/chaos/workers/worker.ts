/**
 * A worker for the chaos run: leads, and adds to sets in fenced rows. Says what was acknowledged, and
 * when it believed to lead. Usage: node worker.ts <JSON of WorkerSettings>. SIGTERM resigns; a line `freeze` on
 * standard input makes it freeze by SIGSTOP in the middle of its next write, `spare` takes that back.
 *
 * The elements are kept in pages, so that a long run reaches no limit of a row: a term takes over the
 * row that names the page being filled, then that page, and each time it writes the whole page back.
 */
import { createInterface } from 'node:readline';
import { type AttributeValue, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbLease, fenced } from '../../../lib/dynamodb/index.ts';
import { createElection, formatToken, isTenureError, type Term } from '../../../lib/index.ts';
import { sqsBaton } from '../../../lib/sqs/index.ts';
import { freezeAtSend } from '../../support/network/freeze-at-send.ts';
import {
  CURRENT_PAGE,
  ELECTION,
  pageKeyOf,
  QUEUE,
  SHARED_KEY,
  TIMINGS,
  type WorkerLine,
  type WorkerSettings,
} from './ways.ts';

const PAGE_ELEMENTS = 50;
const BETWEEN_ADDITIONS_MS = 30;
/** A request that a partition swallowed must not keep a healthy leader from its work. */
const REQUEST_TIMEOUT_MS = 1_000;

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const { tableName: TableName, electionEndpoint: endpoint } = settings;
const clientConfig = { endpoint };
const queueUrl = `${endpoint}/000000000000/${QUEUE}`;
const client = new DynamoDBClient({ maxAttempts: 1 });
const freezeNextWrite = freezeAtSend(client);

/** Synchronous on a pipe, so that it is out before anything else happens. */
function say(line: Omit<WorkerLine, 'worker'>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const election = createElection({
  name: ELECTION,
  via:
    settings.via === 'lease'
      ? dynamoDbLease({ tableName: TableName, clientConfig })
      : sqsBaton({ queueUrl, clientConfig }),
  timings: TIMINGS[settings.via],
  journal: {
    record(event) {
      if (event.event === 'lost') say({ event: 'lost', name: event.why });
    },
  },
});

/** The clock is read before the remaining time, so that the remaining time is never overstated. */
function belief({ token, candidateId, remainingMs }: Term) {
  const atMs = Number(process.hrtime.bigint()) / 1e6;
  return { token: formatToken(token), candidateId, atMs, untilMs: atMs + remainingMs() };
}

async function work(term: Term): Promise<void> {
  say({ event: 'elected', ...belief(term) });
  try {
    await addUntilOver(settings.isFenced ? fenced(client, term) : client, term);
  } catch (error) {
    const refused = isTenureError(error, 'STALE_TOKEN');
    say({ event: refused ? 'refused' : 'work-failed', name: (error as Error).name });
  } finally {
    say({ event: 'settled', ...belief(term) });
  }
}

async function addUntilOver(rows: DynamoDBClient, term: Term): Promise<void> {
  const current = await takeOver(rows, CURRENT_PAGE, term);
  let page = Number(current.page?.N ?? 0);
  let elements = await elementsOf(rows, page, term);
  for (let sequence = 1; !term.signal.aborted; sequence += 1) {
    if (elements.length >= PAGE_ELEMENTS) {
      page += 1;
      await set(rows, { row: CURRENT_PAGE, name: 'page', value: { N: String(page) } }, term);
      elements = await elementsOf(rows, page, term);
    }
    await add(rows, { page, elements, element: `${term.token}/${sequence}` }, term);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_ADDITIONS_MS));
  }
}

async function elementsOf(rows: DynamoDBClient, page: number, term: Term): Promise<string[]> {
  const { elements } = await takeOver(rows, pageKeyOf(page), term);
  return [...(elements?.SS ?? [])];
}

async function add(
  rows: DynamoDBClient,
  addition: { page: number; elements: string[]; element: string },
  term: Term,
): Promise<void> {
  const { page, elements, element } = addition;
  elements.push(element);
  term.throwIfOver();
  const row = { row: pageKeyOf(page), name: 'elements', value: { SS: elements } };
  await set(rows, row, term);
  say({ event: 'acknowledged', element, ...belief(term) });
}

/** Reads a row by a fenced write: from now on the row refuses each earlier leader. */
async function takeOver(rows: DynamoDBClient, row: string, term: Term) {
  const takenBy = { row, name: 'takenBy', value: { S: term.candidateId } };
  return (await set(rows, takenBy, term)) ?? {};
}

async function set(
  rows: DynamoDBClient,
  { row, name, value }: { row: string; name: string; value: AttributeValue },
  term: Term,
) {
  const update = new UpdateItemCommand({
    ...{ TableName, Key: { pk: { S: SHARED_KEY }, sk: { S: row } }, ReturnValues: 'ALL_NEW' },
    UpdateExpression: 'SET #name = :value',
    ExpressionAttributeNames: { '#name': name },
    ExpressionAttributeValues: { ':value': value },
  });
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const deadline = { abortSignal: AbortSignal.any([term.signal, timeout]) };
  const { Attributes } = await rows.send(update, settings.isPatient ? {} : deadline);
  return Attributes;
}

const leave = new AbortController();
process.once('SIGTERM', () => leave.abort(new Error('SIGTERM')));
// By lines, which keep their order: of two signals that wait, the lower number is handled first.
const orders = createInterface({ input: process.stdin });
orders.on('line', (order) =>
  freezeNextWrite(order === 'freeze' ? () => say({ event: 'freezing' }) : undefined),
);
// The process that started this worker is gone, so this worker ends too.
orders.once('close', () => process.exit());
while (!leave.signal.aborted) {
  await election.leadWhile(work, { signal: leave.signal }).catch((error: Error) => {
    say({ event: 'campaign-failed', name: error.name });
    // What the error asks for: another process takes this one's place.
    if (isTenureError(error, 'WORK_STUCK')) process.exit(1);
  });
}
process.exit();
