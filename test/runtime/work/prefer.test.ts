/**
 * `prefer`: the leader hands over to a better candidate that is alive, and the role does not go to and fro.
 */
import { describe, expect, it, test } from 'vitest';
import {
  byRegion,
  byScore,
  byVersion,
  byZone,
  createElection,
  type Preference,
  preferring,
  type Term,
} from '../../../lib/index.ts';
import type { CandidateFacts } from '../../../lib/ports.ts';
import { compareVersions } from '../../../lib/runtime/preference/rules.ts';
import {
  collectingJournal,
  createMemory,
  manualClock,
  memoryLease,
} from '../../../lib/testing/index.ts';
import { seeded } from '../../simulation/shared/random.ts';

const MINUTE_MS = 60_000;
const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

interface Facts extends Omit<CandidateFacts, 'score'> {
  readonly score?: number | (() => number) | undefined;
}

/** Candidates that lead whenever they can, and the list of leaders, in order. */
function setting(prefer: Preference) {
  const clock = manualClock();
  const memory = createMemory();
  const journal = collectingJournal();
  const led: string[] = [];
  const leading = new Set<string>();
  const running = new Map<string, { stop: AbortController; candidateId: string }>();

  async function start(name: string, registration: Facts): Promise<void> {
    const stop = new AbortController();
    const via = memoryLease(memory);
    const how = { name: 'e', via, timings, clock, journal, prefer, registration };
    const election = createElection(how);
    running.set(name, { stop, candidateId: election.candidateId });
    const work = async (term: Term) => {
      led.push(name);
      leading.add(name);
      await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
      leading.delete(name);
    };
    void election.leadWhile(work, { signal: stop.signal });
    await clock.advance(10);
  }

  const stop = async (name: string) => {
    running.get(name)?.stop.abort();
    await clock.advance(10_000);
  };
  const stopAll = async () => {
    for (const { stop: one } of running.values()) one.abort();
    await clock.advance(MINUTE_MS);
  };
  const idOf = (name: string) => running.get(name)?.candidateId ?? '';
  return { clock, memory, journal, led, leading, start, stop, stopAll, idOf };
}

describe('a leader that prefers', () => {
  it('hands over to a higher score once it has been higher for long enough, and not before', async () => {
    const { clock, led, start, stopAll } = setting(byScore({ margin: 0.2 }));
    await start('a', { score: 0.5 });
    await start('b', { score: 0.6 });
    await start('c', { score: 0.8 });

    await clock.advance(3.5 * MINUTE_MS);
    expect(led).toEqual(['a']);
    await clock.advance(2 * MINUTE_MS);

    expect(led).toEqual(['a', 'c']);
    await clock.advance(60 * MINUTE_MS);
    expect(led).toEqual(['a', 'c']);
    await stopAll();
  });

  it('counts the time again where the other was not better in between', async () => {
    let score = 1;
    const { clock, led, start, stopAll } = setting(byScore());
    await start('a', { score: 0.5 });
    await start('b', { score: () => score });

    for (let n = 0; n < 20; n += 1) {
      score = n % 3 === 2 ? 0 : 1;
      await clock.advance(MINUTE_MS);
    }

    expect(led).toEqual(['a']);
    await stopAll();
  });

  it('asks no candidate whose row is not written any more, and none without an id', async () => {
    const { clock, memory, led, start, stopAll } = setting(byScore());
    await start('a', { score: 0 });
    const dead = { candidateId: 'dead', score: 9, startedAtEpochMs: 0 };
    const registeredAtEpochMs = clock.now().epochMs;
    memory.registrations.get('e')?.set('dead', { ...dead, registeredAtEpochMs });

    for (let minute = 0; minute < 30; minute += 1) {
      const nobody = { ...dead, candidateId: '', registeredAtEpochMs: clock.now().epochMs };
      memory.registrations.get('e')?.set('', nobody);
      await clock.advance(MINUTE_MS);
    }

    expect(led).toEqual(['a']);
    await stopAll();
  });

  it('opens the role to all where the better one does not come, and asks it ever more rarely', async () => {
    const { clock, memory, led, start, stopAll } = setting(byScore());
    await start('a', { score: 0 });
    const write = () => {
      const registeredAtEpochMs = clock.now().epochMs;
      const row = { candidateId: 'mute', score: 9, startedAtEpochMs: 0, registeredAtEpochMs };
      memory.registrations.get('e')?.set('mute', row);
    };

    for (let minute = 0; minute < 240; minute += 1) {
      write();
      await clock.advance(MINUTE_MS);
    }

    // After 4 minutes, and then after pauses of 6, 12, 24, 48 and 96 more.
    expect(led.length).toBeGreaterThan(3);
    expect(led.length).toBeLessThan(8);
    expect(new Set(led)).toEqual(new Set(['a']));
    await stopAll();
  });

  it('hands over to the better one when it is told to stop before that is due', async () => {
    const { clock, led, start, stop, stopAll } = setting(byZone('z2'));
    await start('a', { zone: 'z1' });
    for (const name of ['b', 'c', 'd']) await start(name, { zone: 'z1' });
    await start('home', { zone: 'z2' });
    await clock.advance(2.5 * MINUTE_MS);

    await stop('a');

    expect(led).toEqual(['a', 'home']);
    await stopAll();
  });

  it('goes on where the rule or the score throws, and says so', async () => {
    let fails = true;
    const rule = preferring((_own, others) => {
      if (fails) throw new Error('no opinion');
      return others[0]?.candidateId;
    });
    const { clock, led, journal, start, stopAll } = setting(rule);
    await start('a', {});
    await start('b', {});
    await clock.advance(10 * MINUTE_MS);
    expect(led).toEqual(['a']);
    expect(journal.events).toContainEqual(
      expect.objectContaining({ event: 'error', error: new Error('no opinion') }),
    );

    fails = false;
    await clock.advance(6 * MINUTE_MS);

    expect(led.slice(0, 2)).toEqual(['a', 'b']);
    await stopAll();
  });

  it('lets better candidates be elected first where it would be the worst', async () => {
    const { clock, led, start, stop, stopAll } = setting(byScore({ worstWaitsMs: 30_000 }));
    await start('good', { score: 4 });
    await start('better', { score: 5 });
    await start('worst', { score: 1 });

    await stop('good');
    await stop('better');
    expect(led).toEqual(['good', 'better']);
    await clock.advance(20_000);

    expect(led).toEqual(['good', 'better', 'worst']);
    await stopAll();
  });
});

test.each([0, 1, 2, 3, 4, 5, 6, 7])(
  'scores that jump and lie never make two leaders, and let the role pass no more than once in forMs (%i)',
  async (seed) => {
    const random = seeded(seed);
    const forMs = 3 * MINUTE_MS;
    const { clock, led, leading, start, stopAll } = setting(byScore({ margin: 0.1, forMs }));
    for (const name of ['a', 'b', 'c']) await start(name, { score: () => random.unit() });
    await start('liar', { score: () => (leading.has('liar') ? 0 : 10) });

    const seconds = 4 * 3_600;
    let leaderless = 0;
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1_000);
      expect(leading.size).toBeLessThanOrEqual(1);
      if (leading.size === 0) leaderless += 1;
    }

    expect(led.length).toBeGreaterThan(2);
    expect(led.length - 1).toBeLessThanOrEqual((seconds * 1_000) / forMs);
    expect(leaderless).toBeLessThan(seconds / 100);
    await stopAll();
  },
);

test.each([20_000, 100_000, 10 * MINUTE_MS])(
  'three versions rolled over five tasks, one each %i ms: the newest leads, with one hand-over more at most',
  async (paceMs) => {
    const { clock, led, start, stop, stopAll, idOf } = setting(byVersion());
    const versionOf = new Map<string, string>();
    const task = async (n: number, version: string) => {
      const name = `${version}/${n}`;
      versionOf.set(name, version);
      await start(name, { version });
    };
    for (let n = 0; n < 5; n += 1) await task(n, '1.9.0');
    await clock.advance(10 * MINUTE_MS);

    let before = '1.9.0';
    for (const version of ['1.10.0', '2.0.0-rc.1', '2.0.0']) {
      const passed = led.length;
      for (let n = 0; n < 5; n += 1) {
        await task(n, version);
        await clock.advance(paceMs);
        await stop(`${before}/${n}`);
      }
      await clock.advance(10 * MINUTE_MS);
      expect(versionOf.get(led.at(-1) ?? '')).toBe(version);
      // One hand-over is needed, since the old leader leaves.
      expect(led.length - passed).toBeLessThanOrEqual(2);
      before = version;
    }

    expect(idOf(led.at(-1) ?? '')).not.toBe('');
    await stopAll();
  },
);

test('of a group in many Regions the home Region leads while a candidate is there', async () => {
  const { clock, led, start, stop, stopAll } = setting(byRegion('eu-west-1', { forMs: MINUTE_MS }));
  await start('us', { zone: 'us-east-1a' });
  await start('eu', { zone: 'eu-west-1b' });
  await clock.advance(5 * MINUTE_MS);
  expect(led).toEqual(['us', 'eu']);

  await stop('eu');
  expect(led).toEqual(['us', 'eu', 'us']);
  await start('home again', { zone: 'eu-west-1c' });
  await clock.advance(5 * MINUTE_MS);

  expect(led).toEqual(['us', 'eu', 'us', 'home again']);
  await stopAll();
});

test.each([
  ['1.10.0', '1.9.9'],
  ['2.0.0', '2.0.0-rc.2'],
  ['2.0.0-rc.10', '2.0.0-rc.9'],
  ['2026-11-21.3', '2026-11-21.2'],
  ['build 12', 'build 9'],
  ['1.0.0', undefined],
])('%s is newer than %s', (newer, older) => {
  expect(compareVersions(newer, older)).toBeGreaterThan(0);
  expect(compareVersions(older, newer)).toBeLessThan(0);
});

test('what follows a plus sign makes no version newer', () => {
  expect(compareVersions('1.0.0+b', '1.0.0+a')).toBe(0);
});

test('refuses a preference that has nothing to compare, and numbers that are none', () => {
  const via = memoryLease(createMemory());
  expect(() => createElection({ name: 'e', via, prefer: byVersion() })).toThrow(
    /prefer needs .* a registration/,
  );
  expect(() => byScore({ margin: Number.NaN })).toThrow(/margin must be 0 or more, got NaN/);
  expect(() => byZone('z', { forMs: -1 })).toThrow(/forMs must be 0 or more/);
  expect(() => byZone('z', { everyMs: 10 })).toThrow(/everyMs must be 1000 or more/);
});
