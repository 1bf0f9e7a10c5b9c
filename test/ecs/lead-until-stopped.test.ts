import { expect, test } from 'vitest';
import { leadUntilStopped } from '../../lib/ecs/index.ts';
import { createElection, createGroup, groupOperator, type Term } from '../../lib/index.ts';
import { createMemory, manualClock, memoryGroup, memoryLease } from '../../lib/testing/index.ts';

function service() {
  const clock = manualClock();
  const memory = createMemory();
  const election = createElection({ name: 'e', via: memoryLease(memory), clock });
  return { clock, memory, election };
}

test('SIGTERM tells the work to stop, and the role is released once it has settled', async () => {
  const { clock, memory, election } = service();
  const before = process.listenerCount('SIGTERM');
  let settle = (_: string) => {};
  const terms: Term[] = [];
  const done = leadUntilStopped(election, (term) => {
    terms.push(term);
    return new Promise<string>((resolve) => {
      settle = resolve;
    });
  });
  await clock.advance(10);
  expect(terms[0]?.signal.aborted).toBe(false);
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('SIGTERM', 'SIGTERM');
  await clock.advance(1_000);
  expect(terms[0]?.signal.reason).toMatchObject({ why: 'resigned' });
  expect(memory.records.get('e')).toMatchObject({
    state: 'draining',
    holder: election.candidateId,
  });
  settle('drained');
  await clock.advance(10);
  expect(await done).toBe('drained');
  expect(memory.records.get('e')?.holder).toBeUndefined();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

test('a standby that is told to stop just ends', async () => {
  const { clock, memory, election } = service();
  await createElection({ name: 'e', via: memoryLease(memory), clock }).campaign();
  const done = leadUntilStopped(election, () => expect.unreachable());
  await clock.advance(10);
  process.emit('SIGTERM', 'SIGTERM');
  await clock.advance(10);
  expect(await done).toBeUndefined();
});

test('the stop timeout must hold the drain and the release', async () => {
  const { election } = service();
  const refused = leadUntilStopped(election, () => 1, { stopTimeoutMs: 5_999 });
  await expect(refused).rejects.toThrow(
    'stopTimeoutMs must be at least drainMs + writeTimeoutMs (6000), got 5999',
  );
  await expect(
    leadUntilStopped(election, () => 1, { stopTimeoutMs: Number.NaN }),
  ).rejects.toThrow();
  await expect(leadUntilStopped(election, () => 1, { stopTimeout: 1 } as never)).rejects.toThrow(
    'option stopTimeout is not known',
  );
  const { clock, election: other } = service();
  const done = leadUntilStopped(other, () => 'worked', { stopTimeoutMs: 6_000 });
  await clock.advance(10);
  expect(await done).toBe('worked');
});

test('SIGTERM has a member of a group hand everything over, and be gone', async () => {
  const clock = manualClock();
  const via = memoryGroup();
  await groupOperator({ name: 'g', via, clock }).create({ partitions: 3 });
  const group = createGroup({ name: 'g', partitions: 3, via, clock });
  const done = leadUntilStopped(group, ({ signal }) => {
    return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  });
  await clock.advance(10_000);
  expect(group.leading().size).toBe(3);
  process.emit('SIGTERM', 'SIGTERM');
  await clock.advance(15_000);
  await done;
  expect(group.leading().size).toBe(0);

  const tooShort = leadUntilStopped(group, () => undefined, { stopTimeoutMs: 11_999 });
  await expect(tooShort).rejects.toThrow(
    'stopTimeoutMs must be at least 2 * renewIntervalMs + drainMs + writeTimeoutMs (12000), got 11999',
  );
});
