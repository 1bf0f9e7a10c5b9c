/**
 * One worker of the demo: campaigns, and while it leads appends to the ledger.
 *
 * An ordinary user of the library, except for one thing: it can freeze itself between a write's
 * last check and its sending. A garbage collection or a suspended machine would hurt most there. It
 * speaks JSON lines, and ends when its standard input closes, so that it cannot outlive the demo.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbLease } from '../lib/dynamodb/index.ts';
import { createElection, isTenureError, type JournalEvent, type Term } from '../lib/index.ts';
import { sqsBaton, sqsHints } from '../lib/sqs/index.ts';
import { appender } from './ledger.ts';
import type { WorkerLine, WorkerOrder } from './stage-event.ts';
import { DEMO_TIMINGS, ELECTION } from './timings.ts';

const WRITE_INTERVAL_MS = 100;
const [name = 'worker', leaseTable = '', ledgerTable = '', queueHolds, queueUrl = ''] =
  process.argv.slice(2);
const STDOUT = 1;

/** A row has at most 400 KB: a demo that runs until it is ended keeps only its last entry. */
const keeps = process.env.DEMO_OPEN_ENDED ? 'last' : 'all';

let freezeAtNextWrite = false;
let entries = 0;

function say(line: Omit<WorkerLine, 'atEpochMs'> & { readonly atEpochMs?: number }): void {
  // Synchronous: the next thing may be that this process stops.
  writeSync(STDOUT, `${JSON.stringify({ atEpochMs: Date.now(), ...line })}\n`);
}

function record(event: JournalEvent): void {
  const { candidateId, atEpochMs } = event;
  const token = 'token' in event && event.token !== undefined ? String(event.token) : undefined;
  switch (event.event) {
    case 'elected':
    case 'renewed': {
      const { remainingMs } = event;
      return say({ kind: event.event, candidateId, atEpochMs, token, remainingMs });
    }
    case 'standby':
    case 'draining':
    case 'resigned':
      return say({ kind: event.event, candidateId, atEpochMs, token });
    case 'lost':
      return say({ kind: 'lost', candidateId, atEpochMs, token, why: event.why });
    case 'outrun':
    case 'stuck':
    case 'error':
    case 'fence-rejected':
      return;
  }
}

/** The client's last step before the network, where the demo freezes a leader on demand. */
function ledgerClient(): DynamoDBClient {
  const client = new DynamoDBClient({});
  const { requestHandler } = client.config;
  const send = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) => {
    if (freezeAtNextWrite) {
      freezeAtNextWrite = false;
      say({ kind: 'frozen' });
      process.kill(process.pid, 'SIGSTOP');
    }
    return send(request, options);
  };
  return client;
}

async function lead(term: Term): Promise<void> {
  const append = appender({ client, tableName: ledgerTable, term, keeps });
  while (!term.signal.aborted) {
    await write(term, append);
    await delay(WRITE_INTERVAL_MS, undefined, { signal: term.signal }).catch(() => undefined);
  }
}

async function write(term: Term, append: (id: string) => Promise<void>): Promise<void> {
  entries += 1;
  const entry = `${name}-${entries}`;
  const token = String(term.token);
  try {
    await append(entry);
    say({ kind: 'admitted', entry, token });
  } catch (error) {
    // Over before it was sent: nothing was written, and the signal says the rest.
    if (isTenureError(error, 'LEADERSHIP_LOST')) return;
    if (!isTenureError(error, 'STALE_TOKEN')) {
      // The write was not acknowledged, so it is not counted. The lease decides whether the term
      // goes on.
      if (neverAnswered(error)) return;
      throw error;
    }
    say({ kind: 'refused', entry, token, highestToken: String(error.highestToken) });
  }
}

/** An answer of the service has a status; a connection that breaks has none. */
function neverAnswered(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata !== undefined && $metadata.httpStatusCode === undefined;
}

const client = ledgerClient();
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => {
  // Ctrl-C goes to every process of the terminal: the demo decides what becomes of its workers.
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line) as WorkerOrder;
    if (order.order === 'freeze') freezeAtNextWrite = true;
    // The term may have ended since the button was pressed.
    else election.term?.handOver({ candidateId: order.candidateId });
  })
  .on('close', () => process.exit(0));

const election = createElection({
  name: ELECTION,
  via:
    queueHolds === 'baton'
      ? sqsBaton({ queueUrl })
      : dynamoDbLease({ tableName: leaseTable, hints: sqsHints({ queueUrl }) }),
  timings: DEMO_TIMINGS,
  candidatePrefix: name,
  journal: { record },
});
say({ kind: 'ready', candidateId: election.candidateId, pid: process.pid });
try {
  await election.leadWhile(lead, { signal: stop.signal });
  process.exit(0);
} catch (error) {
  say({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
