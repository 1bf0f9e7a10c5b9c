/**
 * `term.handOver`: the role goes to one candidate, or to any other if that one does not come.
 */
import { expect, test } from 'vitest';
import { createElection, type Term } from '../../../lib/index.ts';
import { createMemory, manualClock, memoryLease } from '../../../lib/testing/index.ts';

/** Candidates that lead in turn, and the list of leaders, in order. */
function setting(...names: readonly string[]) {
  const clock = manualClock();
  const memory = createMemory();
  const led: string[] = [];
  const terms = new Map<string, Term>();
  const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
  const leave = new AbortController();
  const ids = new Map<string, string>();
  const start = async (name: string) => {
    const election = createElection({ name: 'e', via: memoryLease(memory), timings, clock });
    ids.set(name, election.candidateId);
    const work = async (term: Term) => {
      led.push(name);
      terms.set(name, term);
      await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
    };
    void election.leadWhile(work, { signal: leave.signal, stopNow: leave.signal });
    await clock.advance(1);
  };
  const started = async () => {
    for (const name of names) await start(name);
    await clock.advance(5_000);
  };
  const idOf = (name: string) => ids.get(name) ?? 'nobody';
  return { clock, led, terms, started, idOf, leave };
}

test('hands the role to the candidate that is named, and no other takes it first', async () => {
  const { clock, led, terms, started, idOf, leave } = setting('a', 'b', 'c', 'd');
  await started();

  terms.get('a')?.handOver({ candidateId: idOf('c') });
  await clock.advance(3_200);

  expect(led).toEqual(['a', 'c']);
  terms.get('c')?.handOver({ candidateId: idOf('a') });
  await clock.advance(3_200);
  expect(led).toEqual(['a', 'c', 'a']);
  leave.abort();
  await clock.advance(1_000);
});

test('opens the role to all where that candidate does not come', async () => {
  const { clock, led, terms, started, leave } = setting('a', 'b');
  await started();

  terms.get('a')?.handOver({ candidateId: 'gone' });
  await clock.advance(3_000 + 40 + 3_000 + 1_000 + 3_000);

  expect(led).toEqual(['a', 'b']);
  leave.abort();
  await clock.advance(1_000);
});

test('refuses the candidate itself, with what to give instead', async () => {
  const { terms, started, idOf, leave, clock } = setting('a');
  await started();

  expect(() => terms.get('a')?.handOver({ candidateId: idOf('a') })).toThrow(
    'candidateId must be the id of another candidate',
  );
  leave.abort();
  await clock.advance(1_000);
});
