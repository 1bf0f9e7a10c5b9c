/**
 * One process of the lock-set workload: while leading, it reads a list, adds an element that no other
 * process adds, and writes the list back. It stops itself by SIGSTOP in the middle of some writes, after
 * every check that a careful program makes and before the request leaves.
 *
 * Usage: node lock-set-worker.ts <JSON of WorkerSettings>. Acknowledged elements go to a file, one a
 * line, written before anything else is done; what else happens goes to standard output as JSON.
 */
import { appendFileSync, writeSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { dynamoDbLease, fenced } from '../../lib/dynamodb/index.ts';
import { createElection, isTenureError, type Term } from '../../lib/index.ts';
import { freezeAtSend } from '../support/network/freeze-at-send.ts';

export interface WorkerSettings {
  readonly tableName: string;
  readonly isFenced: boolean;
  readonly acknowledgedFile: string;
  /** How many additions of one term come before the freeze: at least the first, at most the second. */
  readonly freezeAfter: readonly [number, number];
}

/** Lists written at once; each is written by one lane alone, so one leader never races itself. */
const LANES = 8;
const LISTS_PER_LANE = 6;

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const { tableName: TableName, isFenced, acknowledgedFile } = settings;
const client = new DynamoDBClient();
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

/** One text, not a list: marshalling thousands of lists would measure the SDK. */
function elementsIn(row: Record<string, unknown> | undefined): string[] {
  return typeof row?.elements === 'string' ? row.elements.split(' ') : [];
}

/** Synchronous, so that the line is written before the process stops. */
function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const freezeNextWrite = freezeAtSend(client);
let added = 0;

async function work(term: Term): Promise<void> {
  const plain = DynamoDBDocumentClient.from(client);
  const documents = isFenced ? fenced(plain, term) : plain;
  const [from, to] = settings.freezeAfter;
  const freezeAt = added + from + Math.floor(Math.random() * (to - from));
  let isFrozen = false;

  async function takeOver(list: string): Promise<string[]> {
    const Key = { pk: list, sk: 'list' };
    if (!isFenced) {
      const { Item } = await documents.send(
        new GetCommand({ TableName, Key, ConsistentRead: true }),
      );
      return elementsIn(Item);
    }
    const raise = new UpdateCommand({ TableName, Key, ReturnValues: 'ALL_NEW' });
    return elementsIn((await documents.send(raise)).Attributes);
  }

  async function add(list: string, elements: string[]): Promise<void> {
    term.throwIfOver();
    const element = `${term.token}/${process.pid}/${added}`;
    added += 1;
    const willFreeze = !isFrozen && added >= freezeAt;
    if (willFreeze) {
      isFrozen = true;
      freezeNextWrite(() => say({ event: 'frozen', token: `${term.token}`, list }));
    }
    const Item = { pk: list, sk: 'list', elements: [...elements, element].join(' ') };
    await documents.send(new PutCommand({ TableName, Item }));
    appendFileSync(acknowledgedFile, `${list} ${element}\n`);
    elements.push(element);
    if (added % 100 === 0) say({ event: 'progress', added });
  }

  async function lane(lane: number): Promise<void> {
    const lists = Array.from({ length: LISTS_PER_LANE }, (_, n) => `list-${lane}-${n}`);
    const states = new Map<string, string[]>();
    for (let turn = 0; !term.signal.aborted; turn += 1) {
      const list = lists[turn % lists.length] ?? '';
      const known = states.get(list);
      const elements = known ?? (await takeOver(list));
      states.set(list, elements);
      await add(list, elements);
      if (known === undefined) say({ event: 'wrote', token: `${term.token}`, list });
    }
  }

  const lanes = Array.from({ length: LANES }, (_, n) => lane(n));
  const ends = await Promise.allSettled(lanes);
  for (const end of ends) if (end.status === 'rejected') report(end.reason);
}

function report(error: unknown): void {
  if (isTenureError(error, 'STALE_TOKEN')) {
    say({ event: 'refused', token: `${error.token}`, highestToken: `${error.highestToken}` });
  } else if (!isTenureError(error, 'LEADERSHIP_LOST')) {
    throw error;
  }
}

const election = createElection({
  name: 'lock-set',
  via: dynamoDbLease({ tableName: TableName }),
  timings: { leaseDurationMs: 1_200, renewIntervalMs: 300 },
});
// Work that was refused returns before its term ends, and a new term begins.
while (!stopping.signal.aborted) {
  await election.leadWhile(work, { signal: stopping.signal }).catch((error: unknown) => {
    if (!isTenureError(error) && !stopping.signal.aborted) throw error;
  });
}
say({ event: 'done', added });
process.exit(0);
