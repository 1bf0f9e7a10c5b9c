import { expect, onTestFinished, test } from 'vitest';
import { createHealth, type Health, type HealthOptions } from '../../lib/health/index.ts';
import { createElection } from '../../lib/index.ts';
import { createMemory, manualClock, memoryLease } from '../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

async function container(options: HealthOptions = {}) {
  const clock = manualClock();
  const memory = createMemory();
  const health = createHealth({ clock, ...options });
  const via = memoryLease(memory);
  const election = createElection({ name: 'e', via, timings, clock, journal: health.journal });
  const other = createElection({ name: 'e', via, timings, clock });
  const server = await health.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
  const statuses = async () => {
    const answers = await Promise.all(['/livez', '/readyz', '/leader'].map(get));
    return answers.map(({ status }) => status);
  };
  return { clock, memory, health, election, other, get, statuses };
}

const untilStopped = (term: { signal: AbortSignal }) =>
  new Promise<void>((resolve) => {
    term.signal.addEventListener('abort', () => resolve(), { once: true });
  });

test('is alive but not ready before it has campaigned', async () => {
  const { statuses } = await container();
  expect(await statuses()).toEqual([200, 503, 503]);
});

test('a standby is ready, and no leader', async () => {
  const { clock, election, other, statuses } = await container();
  await other.campaign();
  const abort = new AbortController();
  const campaign = election.campaign({ signal: abort.signal });
  campaign.catch(() => undefined);
  await clock.advance(100);
  expect(await statuses()).toEqual([200, 200, 503]);
  abort.abort();
});

test('the leader alone answers 200 at /leader, and says who it is', async () => {
  const { clock, election, statuses, get } = await container();
  await election.campaign();
  await clock.advance(30_000);
  expect(await statuses()).toEqual([200, 200, 200]);
  expect(await (await get('/leader')).json()).toMatchObject({
    election: 'e',
    candidateId: election.candidateId,
    phase: 'leading',
    token: '1',
    healthy: true,
  });
});

test('a process that was frozen is no leader, before its own timers have told it so', async () => {
  const { clock, election, statuses } = await container();
  await election.campaign();
  clock.jumpWallClock(9_799);
  expect(await statuses()).toEqual([200, 200, 200]);
  clock.jumpWallClock(1);
  expect(await statuses()).toEqual([200, 200, 503]);
});

test('neither a draining nor a resigned leader is ready', async () => {
  const { clock, election, statuses } = await container();
  const abort = new AbortController();
  let settle = () => {};
  const done = election.leadWhile(
    () =>
      new Promise<void>((resolve) => {
        settle = resolve;
      }),
    { signal: abort.signal },
  );
  await clock.advance(100);
  abort.abort();
  await clock.advance(100);
  expect(await statuses()).toEqual([200, 503, 503]);
  settle();
  await clock.advance(100);
  await done;
  expect(await statuses()).toEqual([200, 503, 503]);
});

test('fails liveness when stopped work does not join, after a drain and after a loss', async () => {
  for (const end of ['resign', 'lose'] as const) {
    const { clock, election, statuses } = await container();
    const abort = new AbortController();
    const done = election.leadWhile(() => new Promise(() => {}), { signal: abort.signal });
    done.catch(() => undefined);
    await clock.advance(100);
    expect((await statuses())[0]).toBe(200);
    if (end === 'resign') abort.abort();
    else clock.jumpWallClock(20_000);
    await clock.advance(10_000);
    expect(await statuses()).toEqual([503, 503, 503]);
    await expect(done).rejects.toMatchObject({ code: 'WORK_STUCK' });
  }
});

test('stands by again after a loss, once the work has joined', async () => {
  const { clock, memory, election, statuses } = await container();
  const abort = new AbortController();
  const done = election.leadWhile(untilStopped, { signal: abort.signal });
  await clock.advance(100);
  const record = memory.records.get('e');
  if (record) memory.records.set('e', { ...record, revision: 'another', holder: 'another' });
  await clock.advance(4_000);
  expect(await statuses()).toEqual([200, 200, 503]);
  abort.abort();
  await clock.advance(100);
  await done;
});

test('is not ready while it says that it is not healthy, or does not say', async () => {
  const sayings: HealthOptions['healthy'][] = [
    () => false,
    () => Promise.reject(new Error('the pool is gone')),
    () => new Promise<boolean>(() => {}),
  ];
  for (const healthy of sayings) {
    const { election, statuses } = await container({ healthy });
    await election.campaign();
    expect(await statuses()).toEqual([200, 503, 200]);
  }
});

test('answers 404 elsewhere, and leaves other paths to a server of the user', async () => {
  const { get, health } = await container();
  expect((await get('/')).status).toBe(404);
  expect((await get('/livez?verbose')).status).toBe(200);
  const request = { url: '/metrics' } as Parameters<Health['answer']>[0];
  expect(await health.answer(request, {} as Parameters<Health['answer']>[1])).toBe(false);
});

test('refuses an unknown option', () => {
  expect(() => createHealth({ health: () => true } as never)).toThrow('option health is not known');
});
