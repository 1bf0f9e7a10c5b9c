import { expect, it, onTestFinished } from 'vitest';
import { preparedTable } from '../../support/election-table.ts';
import { startTenure } from '../../support/tenure.ts';
import { until } from '../../support/until.ts';

// A candidate writes its row once, so that write must succeed, however busy the machine is.
const TIMINGS = { leaseDurationMs: 60_000, renewIntervalMs: 400, writeTimeoutMs: 20_000 };
type Table = Awaited<ReturnType<typeof preparedTable>>;

/** Stands by until the test ends; tells its id and whether it leads. */
function standsBy(table: Table) {
  const stop = new AbortController();
  const election = table.candidate('x', TIMINGS);
  const led = election.leadWhile(
    (term) => new Promise((resolve) => term.signal.addEventListener('abort', resolve)),
    { signal: stop.signal, stopNow: stop.signal },
  );
  onTestFinished(async () => {
    stop.abort();
    await led;
  });
  return election;
}

async function transfer(table: Table, ...args: string[]) {
  const run = startTenure(['transfer', 'x', '--json', ...args], table);
  const { code } = await run.ended();
  return { code, said: JSON.parse(run.stdout() || run.stderr()) };
}

/** A leader and three standbys that have all registered. */
async function prepare() {
  const table = await preparedTable();
  const term = await table.leads('x', TIMINGS);
  const standbys = [standsBy(table), standsBy(table), standsBy(table)] as const;
  const listed = async () => {
    const run = startTenure(['candidates', 'x', '--json'], table);
    await run.ended();
    return JSON.parse(run.stdout()).candidates.length === 4;
  };
  await until(listed);
  return { table, term, standbys };
}

it('hands the role to the candidate that is named, and waits until it leads', async () => {
  const { table, term, standbys } = await prepare();
  const to = standbys[1].candidateId;

  const { code, said } = await transfer(table, '--to', to, '--wait', '60s');

  expect(said).toEqual({ election: 'x', result: 'handed-over', candidateId: to, token: '2' });
  expect(code).toBe(0);
  expect(term.remainingMs()).toBe(0);
  // The leader that handed over stands by, and can be given the role again.
  const back = await transfer(table, '--to', term.candidateId, '--wait', '60s');
  expect(back.said).toMatchObject({ result: 'handed-over', token: '3' });
});

it('asks for nothing where that candidate leads already, or none has its id', async () => {
  const { table, term } = await prepare();

  const leads = await transfer(table, '--to', term.candidateId);
  const unknown = await transfer(table, '--to', 'worker/nobody');

  expect([leads.code, leads.said.result]).toEqual([0, 'leads']);
  expect([unknown.code, unknown.said.result]).toEqual([1, 'unknown-candidate']);
  expect((await table.record('x')).request).toBeUndefined();
});
