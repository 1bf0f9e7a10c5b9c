/**
 * One process of the part `partitions`: a member of the group, which says what it leads.
 *
 * Speaks in lines of JSON on standard output; ends when its standard input does, so that it never
 * outlives the benchmark.
 */
import { writeSync } from 'node:fs';
import { dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { createGroup, type JournalEvent, type PartitionTerm } from '../../lib/index.ts';
import { CREDENTIALS, REGION } from '../fail-over/store-names.ts';

export interface MemberOrder {
  readonly endpoint: string;
  readonly tableName: string;
  readonly group: string;
  readonly partitions: number;
  readonly spareMs: number;
}

export interface MemberLine {
  readonly kind: 'joining' | 'elected' | 'over' | 'gone';
  readonly atEpochMs: number;
  readonly partition?: number;
  readonly token?: string;
}

const STDOUT = 1;
const order = JSON.parse(process.argv[2] ?? '{}') as MemberOrder;
const { endpoint, tableName, group: name, partitions, spareMs } = order;

/** Synchronous: the next thing may be that this process ends. */
function say(line: Omit<MemberLine, 'atEpochMs'>): void {
  writeSync(STDOUT, `${JSON.stringify({ atEpochMs: Date.now(), ...line })}\n`);
}

function record({ event, ...about }: JournalEvent): void {
  if (event === 'elected' && 'token' in about) {
    say({ kind: 'elected', partition: about.partition ?? -1, token: String(about.token) });
  }
  if (event === 'gone') say({ kind: 'gone' });
}

const untilStopped = ({ signal, partition, token }: PartitionTerm) =>
  new Promise<void>((resolve) => {
    const stop = () => {
      say({ kind: 'over', partition, token: String(token) });
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

const clientConfig = { endpoint, region: REGION, credentials: CREDENTIALS };
const via = dynamoDbGroup({ tableName, clientConfig });
const group = createGroup({ name, partitions, via, timings: { spareMs }, journal: { record } });
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.stdin.resume().once('close', () => process.exit());
say({ kind: 'joining' });
await group.leadWhile(untilStopped, { signal: stop.signal });
process.exit();
