/**
 * A candidate over a queue, as a process of its own. The environment says what it does. It prints what
 * happens on standard output, one JSON object a line. At SIGTERM it resigns.
 *
 * With `STAMPED_TABLE` its work writes to one row, again and again, with the token as the row's stamp,
 * and goes on doing so for a term that is over: such a process is what a fence is for.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { fenced } from '../../../lib/dynamodb/index.ts';
import { createElection, formatToken, isTenureError, type Term } from '../../../lib/index.ts';
import { sqsBaton } from '../../../lib/sqs/index.ts';

const { QUEUE_URL = '', TIMINGS = '{}', STAMPED_TABLE, EMPTY_FOR_MS } = process.env;
const say = (event: string, more: object = {}) =>
  process.stdout.write(`${JSON.stringify({ event, atEpochMs: Date.now(), ...more })}\n`);

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort(new Error('stopped')));

const election = createElection({
  name: 'e',
  via: sqsBaton({
    queueUrl: QUEUE_URL,
    emptyForMs: EMPTY_FOR_MS === undefined ? undefined : Number(EMPTY_FOR_MS),
  }),
  timings: JSON.parse(TIMINGS),
  journal: {
    record(event) {
      const token = 'token' in event && event.token !== undefined ? formatToken(event.token) : null;
      if (event.event !== 'renewed' && event.event !== 'error') say(event.event, { token });
    },
  },
});

/** Writes without asking its term, so that only the fence can refuse a write. */
async function writeForEver(term: Term): Promise<void> {
  const asIfLeading = { ...term, remainingMs: () => 60_000, throwIfOver() {} };
  const client = fenced(new DynamoDBClient({}), asIfLeading);
  for (;;) {
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: STAMPED_TABLE,
          Key: { pk: { S: 'row' }, sk: { S: 'row' } },
          UpdateExpression: 'SET writtenFor = :token',
          ExpressionAttributeValues: { ':token': { S: formatToken(term.token) } },
        }),
      );
    } catch (error) {
      if (!isTenureError(error, 'STALE_TOKEN')) throw error;
      say('fenced', { token: formatToken(error.token) });
      return;
    }
    await delay(50);
  }
}

await election.leadWhile(
  async (term) => {
    term.signal.addEventListener('abort', () => say('stop', { token: formatToken(term.token) }));
    if (STAMPED_TABLE !== undefined) return writeForEver(term);
    await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
  },
  { signal: stop.signal },
);
say('done');
