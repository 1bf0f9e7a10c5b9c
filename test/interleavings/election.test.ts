/**
 * Every order in which requests, answers, losses and the caller's own wishes can meet in one process.
 *
 * fast-check's scheduler decides when each request reaches the store and when its answer comes back; a
 * generated script of wishes runs in between; the clock moves only when the script moves it.
 */
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createElection, type Election, isTenureError, type Term } from '../../lib/index.ts';
import type { LeaseMechanism } from '../../lib/ports.ts';
import { leaseMechanism } from '../../lib/runtime/mechanism/lease.ts';
import {
  createMemory,
  createMemoryStore,
  type Memory,
  manualClock,
} from '../../lib/testing/index.ts';
import { watched } from '../support/watched-clock.ts';

type Wish =
  | { readonly kind: 'lead' | 'abort' | 'finish' | 'fail' | 'stop-listening'; readonly who: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'deliver'; readonly count: number }
  | { readonly kind: 'depose' };

const who = fc.nat({ max: 1 });
const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('lead' as const), who }) },
  fc.record({ kind: fc.constantFrom('abort', 'finish', 'fail', 'stop-listening'), who }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(4_000) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('deliver' as const), count: fc.nat(12) }) },
  fc.record({ kind: fc.constant('depose' as const) }),
);

const TIMINGS = { leaseDurationMs: 3_000, renewIntervalMs: 900, drainMs: 1_000 };
/** Enough for every lease, drain and hold-off to run out. */
const LAST_ROUNDS = 400;

const reached = { elected: 0, lost: 0, stuck: 0, busy: 0, resigned: 0, unresolved: 0 };
const unhandled: unknown[] = [];
const listen = (reason: unknown) => unhandled.push(reason);
process.on('unhandledRejection', listen);
afterAll(() => process.off('unhandledRejection', listen));

/** One election object that campaigns again and again. Its work ends when told, unless the script lets it hang. */
function actor(election: Election) {
  let abort = new AbortController();
  let settled: Promise<unknown> | undefined;
  let work: PromiseWithResolvers<void> | undefined;
  let deaf = false;
  let stuck = false;
  let working = 0;

  const doWork = async (term: Term) => {
    reached.elected += 1;
    working += 1;
    expect(working, 'a term’s work began before the last one’s was joined').toBe(1);
    expect(term.remainingMs(), 'work began for a term that was over').toBeGreaterThan(0);
    const own = Promise.withResolvers<void>();
    work = own;
    term.signal.addEventListener('abort', () => deaf || own.resolve(), { once: true });
    if (term.signal.aborted && !deaf) own.resolve();
    try {
      await own.promise;
    } finally {
      working -= 1;
      if (isTenureError(term.signal.reason, 'LEADERSHIP_LOST')) {
        reached[term.signal.reason.why === 'resigned' ? 'resigned' : 'lost'] += 1;
      }
    }
  };

  return {
    lead() {
      if (settled !== undefined) return;
      abort = new AbortController();
      settled = election.leadWhile(doWork, { signal: abort.signal }).then(
        () => undefined,
        (error: unknown) => {
          const wasStuck = stuck;
          stuck = isTenureError(error, 'WORK_STUCK') || (wasStuck && isTenureError(error, 'BUSY'));
          if (isTenureError(error, 'WORK_STUCK')) reached.stuck += 1;
          // The election refuses to lead until stuck work has settled.
          else if (isTenureError(error, 'BUSY') && wasStuck) reached.busy += 1;
          else if (!(error instanceof Error && error.message === 'the work failed')) throw error;
        },
      );
      void settled.finally(() => {
        settled = undefined;
      });
    },
    abort: () => abort.abort(),
    finish: () => work?.resolve(),
    fail: () => work?.reject(new Error('the work failed')),
    deafen: () => {
      deaf = true;
    },
    /** Ends everything. Resolves when all has ended. */
    async end() {
      abort.abort();
      deaf = false;
      work?.resolve();
      await settled;
    },
    get busy() {
      return settled !== undefined || working > 0;
    },
  };
}

interface Line {
  /** Whether the last write's answer came after its sender had stopped waiting: the write is then sent again. */
  unresolved: boolean;
}

/** A store whose requests arrive, and whose answers come back, when the scheduler says. */
function scheduledLease(
  memory: Memory,
  line: Line,
  arrive: (what: string) => Promise<void>,
): LeaseMechanism {
  return leaseMechanism({
    // A channel that is always silent: the election must still stop listening.
    hints: () => ({
      announce: async () => {},
      wait: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    }),
    open: ({ name }) => {
      const store = createMemoryStore(memory, name);
      let sent = 0;
      return {
        ...store,
        async read(how) {
          await arrive('read');
          const sighting = await store.read(how);
          await arrive('sighting');
          return sighting;
        },
        async write(write, how) {
          sent += 1;
          const own = sent;
          await arrive(write.kind);
          const outcome = await store.write(write, how);
          await arrive(`${write.kind} answered`);
          // A renewal is not sent again once its term has ended.
          if (own === sent) line.unresolved = how.signal.aborted && write.kind !== 'renew';
          return outcome;
        },
      };
    },
  });
}

function depose({ records }: Memory): void {
  const record = records.get('e');
  if (record) records.set('e', { ...record, holder: undefined, revision: crypto.randomUUID() });
}

test('no work is left unjoined, no rejection unhandled, no timer behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(wish, { minLength: 10, maxLength: 80, size: 'max' }),
      async (s, wishes) => {
        const clock = manualClock();
        const memory = createMemory();
        const make = () => {
          const timers = watched(clock);
          const line = { unresolved: false };
          const arrive = (what: string) => s.schedule(Promise.resolve(), what);
          const via = scheduledLease(memory, line, arrive);
          const { clock: own } = timers;
          const journal = { record() {} };
          const options = {
            name: 'e',
            via,
            timings: TIMINGS,
            clock: own,
            journal,
            registration: {},
          };
          return Object.assign(actor(createElection(options)), { timers, line });
        };
        const actors = [make(), make()];
        const deliver = async (count: number) => {
          for (let left = count; left > 0 && s.count() > 0; left -= 1) await s.waitOne();
        };
        const fulfil = async (next: Wish) => {
          switch (next.kind) {
            case 'lead':
              return actors[next.who]?.lead();
            case 'abort':
              return actors[next.who]?.abort();
            case 'finish':
              return actors[next.who]?.finish();
            case 'fail':
              return actors[next.who]?.fail();
            case 'stop-listening':
              return actors[next.who]?.deafen();
            case 'advance':
              return clock.advance(next.ms);
            case 'deliver':
              return deliver(next.count);
            case 'depose':
              return depose(memory);
          }
        };

        for (const next of wishes) await fulfil(next);

        const ends = Promise.all(actors.map((one) => one.end()));
        for (let round = 0; round < LAST_ROUNDS && actors.some(({ busy }) => busy); round += 1) {
          await deliver(Infinity);
          await clock.advance(100);
        }
        await deliver(Infinity);
        await ends;
        const settle = async () => {
          do {
            await deliver(Infinity);
            await clock.advance(0);
          } while (s.count() > 0);
        };
        await settle();
        expect(actors.map(({ busy }) => busy)).toEqual([false, false]);
        for (const { timers, line } of actors) {
          // Before the clock moves: the only timers left may be those that send again and those that give up.
          while (timers.pending > 0) {
            expect(timers.pending, 'timers left behind').toBe(line.unresolved ? 1 : 0);
            if (line.unresolved) reached.unresolved += 1;
            await clock.advance(Math.ceil(timers.nextInMs()));
            await settle();
          }
        }
        expect(unhandled).toEqual([]);
      },
    ),
    { numRuns: 2_000 },
  );
  // If the generator reached a case no more, the test would prove nothing about that case.
  for (const [what, count] of Object.entries(reached)) expect(count, what).toBeGreaterThan(20);
});
