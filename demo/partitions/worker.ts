/**
 * One worker of the partitions' demo: a member of the group, which says what it leads.
 *
 * An ordinary user of the library. Speaks JSON lines; ends when its standard input closes, so that it cannot
 * outlive the demo.
 */
import { writeSync } from 'node:fs';
import { dynamoDbGroup } from '../../lib/dynamodb/index.ts';
import { createGroup, type JournalEvent, type PartitionTerm } from '../../lib/index.ts';
import type { WorkerLine } from './board.ts';
import { GROUP, PARTITIONS, TIMINGS } from './settings.ts';

const STDOUT = 1;
const [name = 'worker', tableName = ''] = process.argv.slice(2);

function say(line: Omit<WorkerLine, 'atEpochMs'> & { readonly atEpochMs?: number }): void {
  // Synchronous: the next thing may be that this process stops.
  writeSync(STDOUT, `${JSON.stringify({ atEpochMs: Date.now(), ...line })}\n`);
}

function record(event: JournalEvent): void {
  const { partition } = event;
  if (partition === undefined) {
    if (event.event === 'gone') say({ kind: 'gone', why: event.why });
    return;
  }
  if (event.event === 'elected') say({ kind: 'elected', partition, token: String(event.token) });
}

/** Your work goes here, for partition number `term.partition`. */
async function work(term: PartitionTerm): Promise<void> {
  let workedAtEpochMs = Date.now();
  while (!term.signal.aborted) {
    const now = Date.now();
    // Asked before each step: a process that got no time in between may find its term over.
    if (term.remainingMs() > 0) workedAtEpochMs = now;
    await term.sleep(100).catch(() => undefined);
  }
  const now = Date.now();
  const atEpochMs = term.remainingMs() > 0 ? now : workedAtEpochMs;
  say({ kind: 'over', partition: term.partition, token: String(term.token), atEpochMs });
}

const group = createGroup({
  name: GROUP,
  partitions: PARTITIONS,
  via: dynamoDbGroup({ tableName }),
  timings: TIMINGS,
  memberPrefix: name,
  journal: { record },
});
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.stdin.resume().once('close', () => process.exit());

await group.leadWhile(work, { signal: stop.signal });
process.exit();
