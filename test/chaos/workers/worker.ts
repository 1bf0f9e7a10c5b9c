/**
 * A worker for the chaos run: leads, and does the workload of `workload.ts`.
 * Usage: node worker.ts <JSON of WorkerSettings>. SIGTERM resigns; a line `freeze` on
 * standard input makes it freeze by SIGSTOP in the middle of its next write, `spare` takes that back.
 */
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isTenureError } from '../../../lib/index.ts';
import { freezeAtSend } from '../../support/network/freeze-at-send.ts';
import { leadBy } from './leading.ts';
import type { WorkerSettings } from './ways.ts';
import { say, work } from './workload.ts';

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const client = new DynamoDBClient({ maxAttempts: 1 });
const freezeNextWrite = freezeAtSend(client);

const leave = new AbortController();
process.once('SIGTERM', () => leave.abort(new Error('SIGTERM')));
// By lines, which keep their order: of two signals that wait, the lower number is handled first.
const orders = createInterface({ input: process.stdin });
orders.on('line', (order) =>
  freezeNextWrite(order === 'freeze' ? () => say({ event: 'freezing' }) : undefined),
);
// The process that started this worker is gone, so this worker ends too.
orders.once('close', () => process.exit());
const leadWhile = await leadBy(settings);
while (!leave.signal.aborted) {
  await leadWhile((term) => work(client, term, settings), leave.signal).catch((error: Error) => {
    say({ event: 'campaign-failed', name: error.name });
    // What the error asks for: another process takes this one's place.
    if (isTenureError(error, 'WORK_STUCK')) process.exit(1);
  });
}
process.exit();
