/**
 * The lock-set workload with processes that are frozen in the middle of a write, past their lease.
 *
 * With the fence no acknowledged element may be lost; without it some must be, else the workload
 * would prove nothing about the fence.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { environmentFor, freshTable } from '../support/dynamodb.ts';
import { type Line, startWorker, type Worker } from '../support/processes.ts';
import { until } from '../support/until.ts';
import type { WorkerSettings } from './lock-set-worker.ts';

const WORKER = new URL('./lock-set-worker.ts', import.meta.url).pathname;
const PROCESSES = 3;

interface Outcome {
  readonly acknowledged: readonly string[];
  readonly lost: readonly string[];
  /** The elements of each list, in the order in which they were added. */
  readonly lists: readonly (readonly string[])[];
  readonly refusals: readonly Line[];
}

async function runWorkload(options: {
  readonly isFenced: boolean;
  readonly additions: number;
  readonly freezeAfter: readonly [number, number];
  readonly freezesMin: number;
}): Promise<Outcome> {
  const table = await freshTable();
  const folder = mkdtempSync(join(tmpdir(), 'tenure-lock-set-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const files = Array.from({ length: PROCESSES }, (_, n) => join(folder, `${n}`));
  const workers = files.map((acknowledgedFile) => {
    // A process that never leads acknowledges nothing.
    writeFileSync(acknowledgedFile, '');
    const { isFenced, freezeAfter } = options;
    const settings: WorkerSettings = {
      tableName: table.tableName,
      isFenced,
      acknowledgedFile,
      freezeAfter,
    };
    const env = environmentFor(table.endpoint);
    return startWorker([WORKER, JSON.stringify(settings)], { env });
  });
  await conduct(workers, options);
  await end(workers);
  const acknowledged = files.flatMap((file) => readFileSync(file, 'utf8').match(/.+/g) ?? []);
  const lists = await listsIn(table);
  table[Symbol.dispose]();
  const present = new Set(lists.flatMap(({ pk, elements }) => elements.map((e) => `${pk} ${e}`)));
  return {
    acknowledged,
    lost: acknowledged.filter((element) => !present.has(element)),
    lists: lists.map(({ elements }) => elements),
    refusals: linesOf(workers, 'refused'),
  };
}

/** Lets each frozen process go on once a newer leader has written the list that it was writing. */
async function conduct(
  workers: readonly Worker[],
  { additions, freezesMin }: { readonly additions: number; readonly freezesMin: number },
): Promise<void> {
  const resumed = new Set<Line>();
  const thaw = () => {
    const wrote = linesOf(workers, 'wrote');
    for (const worker of workers) {
      for (const frozen of linesOf([worker], 'frozen')) {
        const isTaken = wrote.some(
          ({ token, list }) => list === frozen.list && Number(token) > Number(frozen.token),
        );
        if (!isTaken || resumed.has(frozen)) continue;
        resumed.add(frozen);
        worker.signal('SIGCONT');
      }
    }
    const allResumed = linesOf(workers, 'frozen').length === resumed.size;
    return allResumed && resumed.size >= freezesMin && addedBy(workers) >= additions;
  };
  await until(thaw, { withinMs: 280_000, what: `${additions} additions` });
}

/** A worker may freeze once more before it gets SIGTERM, so the test thaws each worker again and again. */
async function end(workers: readonly Worker[]): Promise<void> {
  for (const worker of workers) worker.signal('SIGTERM');
  const thaw = () => {
    for (const worker of workers) worker.signal('SIGCONT');
  };
  const thawing = setInterval(thaw, 100);
  try {
    for (const worker of workers) expect(await worker.ended()).toMatchObject({ code: 0 });
  } finally {
    clearInterval(thawing);
  }
}

function linesOf(workers: readonly Worker[], event: string): readonly Line[] {
  return workers.flatMap(({ lines }) => lines.filter((line) => line.event === event));
}

function addedBy(workers: readonly Worker[]): number {
  const counts = workers.map((worker) => linesOf([worker], 'progress').at(-1)?.added ?? 0);
  return counts.reduce((sum: number, count) => sum + Number(count), 0);
}

async function listsIn({ client, tableName: TableName }: Awaited<ReturnType<typeof freshTable>>) {
  const lists: { pk: string; elements: string[] }[] = [];
  const documents = DynamoDBDocumentClient.from(client);
  for await (const page of paginateScan(
    { client: documents },
    { TableName, ConsistentRead: true },
  )) {
    for (const item of page.Items ?? []) {
      if (item.sk === 'list')
        lists.push({ pk: item.pk, elements: item.elements?.split(' ') ?? [] });
    }
  }
  return lists;
}

test('with the fence, 10,000 additions by leaders frozen in mid-write lose none', async () => {
  const outcome = await runWorkload({
    isFenced: true,
    additions: 10_300,
    freezeAfter: [1_000, 1_800],
    freezesMin: 5,
  });
  expect(outcome.acknowledged.length).toBeGreaterThanOrEqual(10_000);
  expect(outcome.lost).toEqual([]);
  // Not one refusal for each freeze: after a closed connection the SDK retries, and asks the term first.
  expect(outcome.refusals.length).toBeGreaterThan(0);
  // S1: what was accepted at a list never goes back to a lower token.
  for (const elements of outcome.lists) {
    const tokens = elements.map((element) => Number(element.split('/')[0]));
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
  }
});

test('without the fence the same workload loses some', async () => {
  const outcome = await runWorkload({
    isFenced: false,
    additions: 1_000,
    freezeAfter: [200, 400],
    freezesMin: 2,
  });
  expect(outcome.lost.length).toBeGreaterThan(0);
  expect(outcome.refusals).toEqual([]);
});
