/**
 * pg-boss beside a leader: every process works, and the leader alone puts jobs in, one for each period.
 *
 * A job's id is made of its period, so that a run which a fail-over repeats puts no second job in.
 */
import { createHash } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { leadEvery } from 'tenure';
import { electionOf } from './work.ts';

const QUEUE = 'reports';
const boss = new PgBoss(process.env.DATABASE_URL ?? '');
boss.on('error', console.error);
await boss.start();
await boss.createQueue(QUEUE);
await boss.work<{ period: number }>(QUEUE, { pollingIntervalSeconds: 0.5 }, async (jobs) => {
  for (const { data } of jobs) console.log(`worked ${data.period}`);
});

/** As pg-boss wants ids: the form of a UUID. */
function idOf(period: number): string {
  const hex = createHash('sha256').update(`${QUEUE}/${period}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

async function put(period: number): Promise<void> {
  const added = await boss.send(QUEUE, { period }, { id: idOf(period) });
  console.log(`${added === null ? 'there already' : 'added'} ${period}`);
}

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const periodMs = Number(process.env.PERIOD_MS ?? 60_000);
await leadEvery(
  electionOf('reports'),
  periodMs,
  // The period before is put in again, as after a fail-over.
  async ({ period }) => {
    await put(period - 1);
    await put(period);
  },
  { signal: stop.signal },
);
await boss.stop();
