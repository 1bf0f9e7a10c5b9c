/**
 * `bridge`: a candidate that leads only while it holds an old lock too, and a rollout from old to new over it.
 */
import { describe, expect, it, onTestFinished, test } from 'vitest';
import {
  bridge,
  createElection,
  type Election,
  type HeldLock,
  type Mechanism,
  type Term,
} from '../../../lib/index.ts';
import {
  collectingJournal,
  createMemory,
  manualClock,
  memoryLease,
} from '../../../lib/testing/index.ts';
import { seeded } from '../../simulation/shared/random.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };
const LEASE_AND_MORE_MS = 14_000;

/** Two stores, and programs that elect by the one, by the other, or by both. */
function setting() {
  const clock = manualClock();
  const memories = { old: createMemory(), new: createMemory() };
  const journal = collectingJournal();
  const elect = (via: Mechanism) => createElection({ name: 'e', via, timings, clock, journal });
  const kinds = {
    old: () => elect(memoryLease(memories.old)),
    bridge: () => elect(bridge(kinds.old(), memoryLease(memories.new))),
    new: () => elect(memoryLease(memories.new)),
  };
  const holder = (which: 'old' | 'new') => memories[which].records.get('e')?.holder;
  return { clock, memories, journal, kinds, elect, holder };
}

/** Leads whenever it can; `now` is the term whose work runs. */
function run(election: Election) {
  const stop = new AbortController();
  const seen: { now: Term | undefined; terms: number } = { now: undefined, terms: 0 };
  const ended = election.leadWhile(
    async (term) => {
      seen.now = term;
      seen.terms += 1;
      await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
      seen.now = undefined;
    },
    { signal: stop.signal },
  );
  onTestFinished(() => stop.abort());
  return { seen, stop, ended, election };
}

describe('a bridge', () => {
  it('leads only once it holds both, with the token of the new one', async () => {
    const { clock, kinds, holder } = setting();
    const before = run(kinds.old());
    await clock.advance(1_000);
    const bridged = run(kinds.bridge());
    await clock.advance(30_000);
    expect(bridged.seen.now).toBeUndefined();
    expect(holder('new')).toBeUndefined();

    before.stop.abort();
    await clock.advance(LEASE_AND_MORE_MS);

    expect(bridged.seen.now?.token).toBe(1n);
    expect(holder('old')).toBeDefined();
    expect(holder('new')).toBe(bridged.election.candidateId);
  });

  it('tells its work to stop as soon as the old lock is lost, gives both up, and campaigns again', async () => {
    const { clock, kinds, memories, holder } = setting();
    const bridged = run(kinds.bridge());
    await clock.advance(1_000);
    const first = bridged.seen.now;
    const record = memories.old.records.get('e');
    memories.old.records.set('e', {
      ...(record as NonNullable<typeof record>),
      holder: 'an intruder',
      token: 9n,
      revision: 'r',
      leaseDurationMs: 5_000,
    });

    await clock.advance(3_100);

    expect(first?.signal.aborted).toBe(true);
    expect(first?.remainingMs()).toBe(0);
    expect(bridged.seen.now).toBeUndefined();
    expect(holder('new')).toBeUndefined();
    await clock.advance(LEASE_AND_MORE_MS);
    expect(bridged.seen.now?.token).toBe(2n);
  });

  it('releases the old lock when the new role is lost', async () => {
    const { clock, kinds, memories, holder } = setting();
    const bridged = run(kinds.bridge());
    await clock.advance(1_000);
    const held = holder('old');
    const record = memories.new.records.get('e');
    memories.new.records.set('e', {
      ...(record as NonNullable<typeof record>),
      holder: 'a new program',
      token: 9n,
      revision: 'r',
    });

    await clock.advance(3_100);

    expect(bridged.seen.now).toBeUndefined();
    // It holds the old lock again, and waits for the new role.
    expect(memories.old.records.get('e')?.token).toBe(2n);
    expect(holder('old')).toBe(held);
  });

  it('gives both up when it is told to stop, and the old lock alone where it waits for the role', async () => {
    const { clock, kinds, holder } = setting();
    const bridged = run(kinds.bridge());
    await clock.advance(1_000);
    const waiting = run(kinds.bridge());
    await clock.advance(1_000);

    bridged.stop.abort();
    await clock.advance(LEASE_AND_MORE_MS);
    await bridged.ended;
    expect(waiting.seen.now?.token).toBe(2n);
    const next = run(kinds.new());
    await clock.advance(1_000);
    const third = run(kinds.bridge());
    waiting.stop.abort();
    await clock.advance(LEASE_AND_MORE_MS);
    expect(next.seen.now?.token).toBe(3n);
    expect(third.seen.now).toBeUndefined();
    expect(holder('old')).toBeDefined();

    third.stop.abort();
    await clock.advance(LEASE_AND_MORE_MS);

    await expect(third.ended).resolves.toBeUndefined();
    expect(holder('old')).toBeUndefined();
  });

  it('asks again where asking for the lock fails, says so, and leads on where the release of the lock fails', async () => {
    const { clock, memories, journal, elect } = setting();
    let asked = 0;
    const lost = new AbortController();
    const release = () => Promise.reject(new Error('no release'));
    const acquire = async (): Promise<HeldLock> => {
      asked += 1;
      if (asked < 3) throw new Error(`no lock ${asked}`);
      return { lost: asked === 3 ? lost.signal : new AbortController().signal, release };
    };
    const bridged = run(elect(bridge({ acquire }, memoryLease(memories.new))));
    await clock.advance(7_000);
    expect(bridged.seen.now?.token).toBe(1n);

    lost.abort();
    await clock.advance(LEASE_AND_MORE_MS);

    expect(bridged.seen.now?.token).toBe(2n);
    const told = journal.events.flatMap((event) => (event.event === 'error' ? [event.error] : []));
    expect(told).toEqual([new Error('no lock 1'), new Error('no lock 2'), new Error('no release')]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('no release'))],
    [
      'throws at once',
      () => {
        throw new Error('no release');
      },
    ],
    ['never answers', () => new Promise<void>(() => undefined)],
  ])('leads again after a loss where the release of the old lock %s', async (_how, release) => {
    const { clock, memories, elect } = setting();
    const lost = new AbortController();
    let asked = 0;
    const acquire = async (): Promise<HeldLock> => {
      asked += 1;
      return { lost: asked === 1 ? lost.signal : new AbortController().signal, release };
    };
    const bridged = run(elect(bridge({ acquire }, memoryLease(memories.new))));
    await clock.advance(1_000);

    lost.abort();
    await clock.advance(LEASE_AND_MORE_MS + timings.renewIntervalMs);

    expect(bridged.seen.now?.token).toBe(2n);
  });

  it('releases the old lock of a term that a listener resigns as it begins', async () => {
    const { clock, kinds, holder } = setting();
    const election = kinds.bridge();
    const stop = new AbortController();
    election.on('elected', (term) => {
      stop.abort();
      void term.resign();
    });
    const campaign = election.campaign({ signal: stop.signal }).catch(() => undefined);
    await clock.advance(1_000);
    await (await campaign)?.resign();
    await clock.advance(LEASE_AND_MORE_MS);

    expect(holder('new')).toBeUndefined();
    expect(holder('old')).toBeUndefined();
  });

  it('does not keep the old lock back from others after it lost it by a fault', async () => {
    const { clock, memories, elect } = setting();
    const lost = new AbortController();
    const first: HeldLock = { lost: lost.signal, release: async () => undefined };
    const next: HeldLock = { ...first, lost: new AbortController().signal };
    const locks = [first, next];
    const acquire = async () => locks.shift() ?? new Promise<HeldLock>(() => undefined);
    const bridged = run(elect(bridge({ acquire }, memoryLease(memories.new))));
    await clock.advance(1_000);

    lost.abort();
    await clock.advance(timings.renewIntervalMs);

    expect(locks).toEqual([]);
    expect(bridged.seen.now?.token).toBe(2n);
  });

  it('does not hold the old lock while it lets others go first', async () => {
    const { clock, kinds } = setting();
    const first = run(kinds.bridge());
    await clock.advance(1_000);
    const second = run(kinds.bridge());
    await clock.advance(1_000);

    first.seen.now?.handOver({ candidateId: second.election.candidateId });
    await clock.advance(2 * timings.renewIntervalMs);

    expect(second.seen.now?.token).toBe(2n);
  });

  it('gives the old lock back where it is not elected for two leases, so that others may try', async () => {
    const { clock, kinds, memories, elect } = setting();
    const leader = run(kinds.new());
    await clock.advance(1_000);
    const told: string[] = [];
    const acquire = async (): Promise<HeldLock> => {
      told.push('held');
      return {
        lost: new AbortController().signal,
        release: async () => void told.push('released'),
      };
    };
    const bridged = run(elect(bridge({ acquire }, memoryLease(memories.new))));

    await clock.advance(2 * timings.leaseDurationMs + 100);
    expect(told).toEqual(['held', 'released']);
    await clock.advance(timings.renewIntervalMs);
    expect(told).toEqual(['held', 'released', 'held']);

    leader.stop.abort();
    await clock.advance(LEASE_AND_MORE_MS);
    expect(bridged.seen.now?.token).toBe(2n);
  });

  it('does not ask without a pause for a lock that is lost as soon as it is held', async () => {
    const { clock, memories, elect } = setting();
    let asked = 0;
    const acquire = async (): Promise<HeldLock> => {
      asked += 1;
      return { lost: AbortSignal.abort(), release: async () => undefined };
    };
    run(elect(bridge({ acquire }, memoryLease(memories.new))));

    await clock.advance(30_500);

    expect(asked).toBe(11);
  });

  it('is over for the work as soon as the old lock is, by that lock’s own clock', async () => {
    const { clock, memories, elect } = setting();
    let leftMs = 5_000;
    const held = { lost: new AbortController().signal, release: async () => undefined };
    const acquire = async () => ({ ...held, remainingMs: () => leftMs });
    const bridged = run(elect(bridge({ acquire }, memoryLease(memories.new))));
    await clock.advance(1_000);
    const term = bridged.seen.now;
    expect(term?.remainingMs()).toBe(5_000);

    leftMs = 0;

    expect(() => term?.throwIfOver()).toThrow(/over|lost|lapsed/);
    expect(bridged.election.isLeading).toBe(false);
  });

  it('refuses single attempts, which would give both up each time', async () => {
    const { kinds } = setting();
    await expect(kinds.bridge().tryCampaign()).rejects.toThrow(/over a bridge/);
  });
});

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
  'three deployments, old, bridge and new, never have two leaders, and no gap beyond a fail-over (%i)',
  async (seed) => {
    const { clock, kinds } = setting();
    const random = seeded(seed);
    const running: ReturnType<typeof run>[] = [];
    let gapMs = 0;
    let longestMs = 0;
    const live = async (forMs: number) => {
      for (let ms = 0; ms < forMs; ms += 100) {
        await clock.advance(100);
        const leaders = running.filter(({ seen }) => (seen.now?.remainingMs() ?? 0) > 0);
        expect(leaders.length).toBeLessThanOrEqual(1);
        gapMs = leaders.length === 0 ? gapMs + 100 : 0;
        longestMs = Math.max(longestMs, gapMs);
      }
    };

    for (let n = 0; n < 3; n += 1) running.push(run(kinds.old()));
    await live(20_000);
    for (const kind of ['bridge', 'new'] as const) {
      const victims = running.filter(({ stop }) => !stop.signal.aborted);
      for (const victim of victims) {
        running.push(run(kinds[kind]()));
        await live(random.between(100, 9_000));
        victim.stop.abort();
        await live(random.between(100, 9_000));
      }
      await live(20_000);
    }

    expect(running.slice(-3).filter(({ seen }) => seen.now)).toHaveLength(1);
    expect(longestMs).toBeLessThanOrEqual(LEASE_AND_MORE_MS);
  },
);
