/**
 * Defects of other libraries, each as a test of this one. The numbers are those of the list of defects that
 * this project must avoid. `test/scenarios` has the same stories as transcripts.
 */
import { describe, expect, test } from 'vitest';
import { createElection, type ElectionOptions, type Term } from '../../lib/index.ts';
import { leaseMechanism } from '../../lib/runtime/mechanism/lease.ts';
import {
  collectingJournal,
  createMemory,
  createMemoryStore,
  type FaultScript,
  faultyLease,
  manualClock,
  memoryLease,
  withFaults,
} from '../../lib/testing/index.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000 };

function world(script: FaultScript = () => undefined) {
  const clock = manualClock();
  const memory = createMemory();
  const journal = collectingJournal();
  const make = (options: Partial<ElectionOptions> = {}) =>
    createElection({
      name: 'e',
      via: faultyLease(memoryLease(memory), script),
      timings,
      clock,
      journal,
      ...options,
    });
  const record = () => {
    const found = memory.records.get('e');
    if (found === undefined) throw new Error('no record');
    return found;
  };
  return { clock, memory, journal, make, record };
}

/** A fault for the nth call of a kind, and for no other call. */
function once(
  kind: 'acquire' | 'first-acquire' | 'renew' | 'release',
  fault: ReturnType<FaultScript>,
) {
  let done = false;
  const script: FaultScript = (call) => {
    if (done || call.kind !== 'write' || call.write.kind !== kind) return undefined;
    done = true;
    return fault;
  };
  return script;
}

describe('a lost answer', () => {
  test('(1) to a renewal costs the leader nothing', async () => {
    const { clock, make, journal, record } = world(once('renew', 'answer-lost'));
    const term = await make().campaign();
    await clock.advance(60_000);
    expect(term.signal.aborted).toBe(false);
    expect(record().token).toBe(1n);
    expect(journal.events.filter(({ event }) => event === 'lost')).toEqual([]);
  });

  test('(2) to an acquire neither makes a candidate wait for itself nor skips a token', async () => {
    const { clock, make } = world(once('first-acquire', 'answer-lost'));
    const started = clock.now().monotonicMs;
    const elected = make().campaign();
    await clock.advance(200);
    expect((await elected).token).toBe(1n);
    expect(clock.now().monotonicMs - started).toBeLessThan(300);
  });

  test('to a release is asked for again, and does not keep the role closed', async () => {
    const { clock, make, record } = world(once('release', 'answer-lost'));
    const term = await make().campaign();
    const resigned = term.resign();
    await clock.advance(100);
    await resigned;
    expect(record().writtenBy).toBe('release');
    expect(record().holder).toBeUndefined();
  });

  test('to a release that never lands does not make the same candidate wait a lease', async () => {
    const { clock, make } = world((call) =>
      call.kind === 'write' && call.write.kind === 'release' ? 'request-lost' : undefined,
    );
    const election = make();
    const resigned = (await election.campaign()).resign();
    // The release is given up once the lease has ended by itself.
    await clock.advance(10_000);
    await resigned;
    const again = election.campaign();
    await clock.advance(10);
    expect((await again).token).toBe(2n);
  });
});

test('(3) errors that pass end no term, and nobody has to listen to them', async () => {
  // Guarantee 5: lease − margin − loss grace − renew interval − 2 × write timeout − 500 ms.
  const outageMs = 10_000 - 200 - 1_000 - 3_000 - 2 * 1_000 - 500;
  let broken = false;
  const { clock, make } = world(() => (broken ? 'request-lost' : undefined));
  const term = await make({ journal: undefined }).campaign();
  for (let outage = 0; outage < 5; outage += 1) {
    await clock.advance(3_100);
    broken = true;
    await clock.advance(outageMs);
    broken = false;
  }
  expect(term.signal.aborted).toBe(false);
});

test('(4) the holder is told before its lease ends, not after', async () => {
  let cut = false;
  const { clock, make, record } = world(() => (cut ? 'hang' : undefined));
  const term = await make().campaign();
  let stoppedAt = 0;
  term.signal.addEventListener('abort', () => {
    stoppedAt = clock.now().epochMs;
  });
  cut = true;
  await clock.advance(20_000);
  expect(record().renewedAtEpochMs + 10_000 - stoppedAt).toBeCloseTo(200 + 1_000, 1);
});

test('(5) the lease counts from before the first attempt, not from the answer', async () => {
  const { clock, make } = world(once('renew', 'answer-lost'));
  const term = await make().campaign();
  // The renewal is sent at 3,000; its answer is lost, and the retry is what confirms it.
  await clock.advance(3_000);
  await clock.advance(100);
  expect(term.remainingMs()).toBeCloseTo(10_000 - 200 - 100);
});

describe('(6) timings', () => {
  test('keep their fractions of a second', async () => {
    const { clock, make, memory } = world();
    const short = { leaseDurationMs: 1_500.5, renewIntervalMs: 400.25 };
    await make({ timings: short }).campaign();
    expect(memory.records.get('e')).toMatchObject(short);
    const rival = make({ timings: short }).tryCampaign();
    await clock.advance(0);
    expect(await rival).toBeUndefined();
  });

  test('that contradict each other are refused by name and value', () => {
    const { make } = world();
    expect(() => make({ timings: { leaseDurationMs: 9_000, renewIntervalMs: 4_000 } })).toThrow(
      'leaseDurationMs must be at least 3 times renewIntervalMs (12000), got 9000; ' +
        'raise leaseDurationMs or lower renewIntervalMs',
    );
  });

  test('identity alone is not leadership: a second candidate under one id takes a new term', async () => {
    const fixed = { nonce: () => 'the same', unit: () => 0.5 };
    const { clock, make } = world();
    const first = await make({ random: uniqueAfter(fixed.nonce()) }).campaign();
    const second = make({ random: uniqueAfter(fixed.nonce()) }).campaign();
    await clock.advance(3_100);
    expect((await second).token).toBe(2n);
    expect(first.signal.reason).toMatchObject({ why: 'deposed' });
  });
});

/** The first nonce names the candidate; the later ones are unique. */
function uniqueAfter(first: string) {
  let given = false;
  const nonce = () => {
    if (given) return crypto.randomUUID();
    given = true;
    return first;
  };
  return { nonce, unit: () => 0.5 };
}

test('(7) the role is released only after the work has settled', async () => {
  const { clock, make, record } = world();
  const abort = new AbortController();
  let finish = () => {};
  const work = () => new Promise<void>((resolve) => (finish = resolve));
  const led = make().lead(work, { signal: abort.signal });
  await clock.advance(10);
  abort.abort();
  await clock.advance(3_000);
  expect(record().holder).toBeDefined();
  finish();
  await led;
  expect(record().holder).toBeUndefined();
});

test('(8) a release that comes late frees no other leader’s role', async () => {
  const { clock, memory, make, record } = world();
  const store = withFaults(createMemoryStore(memory, 'e'), once('release', 'hang'));
  const late = make({ via: leaseMechanism({ open: () => store }) });
  const term = await late.campaign();
  const resigned = term.resign();
  await clock.advance(12_000);
  await resigned;
  const next = make().campaign();
  await clock.advance(11_000);
  const { token } = await next;
  await store.applyLate();
  expect(record()).toMatchObject({ token, holder: expect.any(String) });
});

test('(10) a release and a renewal in flight never undo each other', async () => {
  const { clock, memory, make, record } = world();
  const store = withFaults(createMemoryStore(memory, 'e'), once('renew', 'hang'));
  const term = await make({ via: leaseMechanism({ open: () => store }) }).campaign();
  await clock.advance(3_000);
  await term.resign();
  await store.applyLate();
  expect(record().holder).toBeUndefined();
});

test('(11) standbys make no write while a leader renews', async () => {
  const { clock, memory, make } = world();
  await make().campaign();
  const store = withFaults(createMemoryStore(memory, 'e'), () => undefined);
  const standby = make({ via: leaseMechanism({ open: () => store }) });
  void standby.campaign();
  await clock.advance(300_000);
  expect(store.calls.filter(({ kind }) => kind === 'write')).toEqual([]);
  const reads = store.calls.length;
  expect(reads / (300_000 / 3_000)).toBeLessThanOrEqual(1.1);
});

describe('(12) a leader that renews but cannot work', () => {
  test('gives the role up, and lets a healthy standby go first', async () => {
    let healthy = true;
    const { clock, make } = world();
    const sick = make({ healthy: () => healthy });
    const lost = sick.lead(
      (term) =>
        new Promise<void>((resolve) => term.signal.addEventListener('abort', () => resolve())),
    );
    const outcome = expect(lost).rejects.toMatchObject({ why: 'unhealthy' });
    await clock.advance(10);
    const standby = make().campaign();
    await clock.advance(2_000);
    healthy = false;
    await clock.advance(7_000);
    await outcome;
    expect((await standby).token).toBe(2n);
  });

  test('is unhealthy too when its check hangs', async () => {
    const { clock, make } = world();
    const term = await make({ healthy: () => new Promise<boolean>(() => {}) }).campaign();
    await clock.advance(6_100);
    expect(term.signal.reason).toMatchObject({ why: 'unhealthy' });
  });
});

describe('(13) a campaign', () => {
  test('can be cancelled, and leaves nothing behind', async () => {
    const { clock, make, record } = world();
    const leader = await make().campaign();
    const abort = new AbortController();
    const campaign = make().campaign({ signal: abort.signal });
    const outcome = expect(campaign).rejects.toBe('enough');
    await clock.advance(5_000);
    abort.abort('enough');
    await outcome;
    await leader.resign();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    expect(record().holder).toBeUndefined();
  });

  test('that is cancelled while its acquire is unanswered gives the role back', async () => {
    const { clock, make, record } = world(once('first-acquire', 'answer-lost'));
    const abort = new AbortController();
    const campaign = make().campaign({ signal: abort.signal });
    const outcome = expect(campaign).rejects.toBe('enough');
    await clock.advance(1);
    abort.abort('enough');
    await outcome;
    expect(record().holder).toBeDefined();
    await clock.advance(200);
    expect(record()).toMatchObject({ token: 1n, writtenBy: 'release' });
    expect(record().holder).toBeUndefined();
  });

  test('that ends says why', async () => {
    const { clock, make, memory, record } = world();
    const term: Term = await make().campaign();
    memory.records.set('e', {
      ...record(),
      revision: 'x',
      holder: undefined,
      writtenBy: 'operator',
    });
    await clock.advance(3_100);
    expect(() => term.throwIfOver()).toThrow('term 1 of election "e" is over: deposed');
  });
});

describe('(14) a record that is gone or went back', () => {
  test('refuses a candidate that led before, and is left as it is', async () => {
    const { clock, make, memory } = world();
    const election = make();
    await (await election.campaign()).resign();
    const old = memory.records.get('e');
    await (await election.campaign()).resign();
    memory.records.set('e', { ...(old as NonNullable<typeof old>), revision: 'restored' });
    const refused = expect(election.campaign()).rejects.toMatchObject({
      code: 'TOKEN_REGRESSION',
      knownToken: 2n,
      recordToken: 1n,
    });
    await clock.advance(100);
    await refused;
    expect(memory.records.get('e')?.revision).toBe('restored');
  });

  test('refuses a candidate that never led, by the history that is left', async () => {
    const { clock, make, memory } = world();
    await (await make().campaign()).resign();
    memory.records.delete('e');
    const refused = expect(make().campaign()).rejects.toMatchObject({
      code: 'TOKEN_REGRESSION',
      knownToken: 1n,
      recordToken: undefined,
    });
    await clock.advance(100);
    await refused;
    expect(memory.records.has('e')).toBe(false);
  });
});
