/**
 * A candidate that waits: `docs/protocol.md` sections 5 and 8. Each title cites its rule.
 */
import { describe, expect, it } from 'vitest';
import { READ_GUARD_MS, withDefaults } from '../../../lib/core/time/timing.ts';
import {
  campaigns,
  createScene,
  heldRecord,
  kindsOf,
  type Scene,
  sees,
  TIMINGS,
  unknown,
  vacantRecord,
} from './scene.ts';

/** For `forMs`, answers each read with the record of a leader that renews on time. */
function watches(scene: Scene, forMs: number) {
  let revision = 1;
  let renewedAtEpochMs = 1_700_000_000_000;
  for (let passedMs = 0; passedMs < forMs; passedMs += 10) {
    if (passedMs > 0 && passedMs % TIMINGS.renewIntervalMs === 0) {
      revision += 1;
      renewedAtEpochMs = 1_700_000_000_000 + passedMs;
    }
    const effects = passedMs === 0 ? scene.feed({ kind: 'tick' }) : scene.pass(10);
    if (passedMs === 0 || kindsOf(effects).includes('read')) {
      sees(scene, heldRecord({ revision: `other-${revision}`, renewedAtEpochMs }));
    }
  }
}

describe('a standby', () => {
  it('8.1 writes nothing while another candidate leads', () => {
    const scene = createScene();
    campaigns(scene);

    watches(scene, 60_000);

    expect(scene.count('write')).toBe(0);
  });

  it('5.8 reads about once a renew interval, just after the expected renewal', () => {
    const scene = createScene();
    campaigns(scene);

    watches(scene, 60_000);

    const intervals = 60_000 / TIMINGS.renewIntervalMs;
    expect(scene.count('read')).toBeGreaterThanOrEqual(intervals - 1);
    expect(scene.count('read')).toBeLessThanOrEqual(1.2 * intervals + 1);
    expect(scene.wakeInMs()).toBeLessThanOrEqual(TIMINGS.renewIntervalMs + READ_GUARD_MS);
  });

  it('5.7 reads eventually consistently while another candidate leads', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, heldRecord());

    scene.pass(TIMINGS.renewIntervalMs + READ_GUARD_MS);

    expect(scene.last('read').consistency).toBe('eventual');
  });

  it('5.4 is not moved by a wall clock that jumps: it counts by the monotonic clock', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, heldRecord());

    scene.stepWallClock(3_600_000);
    scene.pass(TIMINGS.renewIntervalMs);

    expect(scene.count('write')).toBe(0);
  });

  it('5.9 takes over by the wall clock where a bound on its error was stated', () => {
    const timings = withDefaults({ ...TIMINGS, clockErrorMsMax: 500 });
    const scene = createScene({ timings });
    campaigns(scene);
    const silentMs = TIMINGS.leaseDurationMs + 500;

    sees(scene, heldRecord({ renewedAtEpochMs: 1_700_000_000_000 - silentMs }));
    expect(scene.count('write')).toBe(0);
    const other = createScene({ timings });
    campaigns(other);
    sees(other, heldRecord({ renewedAtEpochMs: 1_700_000_000_000 - silentMs - 1 }));

    expect(other.last('write').write).toMatchObject({ kind: 'acquire', token: 8n });
  });

  it('8.2 that sees a draining leader reads at short intervals', () => {
    const scene = createScene();
    campaigns(scene);

    sees(scene, heldRecord({ state: 'draining' }));

    expect(scene.wakeInMs()).toBeLessThanOrEqual(2 * READ_GUARD_MS);
  });

  it('8.3 that gets a hint reads before it acts', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, heldRecord());

    scene.feed({ kind: 'hint' });
    expect(scene.count('write')).toBe(0);
    expect(scene.last('read').consistency).toBe('strong');
    sees(scene, vacantRecord());

    expect(scene.count('write')).toBe(1);
  });

  it('8.5 of a higher rank takes a vacancy rank × stagger later', () => {
    const timings = withDefaults({ ...TIMINGS, rank: 2, staggerMs: 400 });
    const scene = createScene({ timings });
    campaigns(scene);

    sees(scene, vacantRecord());
    expect(scene.count('write')).toBe(0);
    scene.skip(800);
    const effects = scene.feed({ kind: 'tick' });

    expect(kindsOf(effects)).toContain('write');
  });

  it('8.6 asks a store that fails no more often than a store that answers', () => {
    const scene = createScene();
    campaigns(scene);
    for (let passedMs = 0; passedMs < 30_000; passedMs += 10) {
      if (passedMs === 0 || kindsOf(scene.pass(10)).includes('read')) {
        const { read } = scene.last('read');
        scene.feed({ kind: 'sighted', read, sighting: unknown });
      }
    }

    expect(scene.count('read')).toBeLessThanOrEqual(30_000 / TIMINGS.renewIntervalMs + 1);
  });
});

describe('a candidate that has never looked before', () => {
  it('2.4 asks history beside its first strong read, and never again', () => {
    const scene = createScene();
    campaigns(scene);
    expect(scene.last('read')).toMatchObject({ consistency: 'strong', history: true });
    sees(scene, heldRecord(), 7n);

    scene.feed({ kind: 'hint' });

    expect(scene.last('read')).toMatchObject({ consistency: 'strong', history: false });
  });

  it('2.4 refuses a record that was restored to an older one than history proves', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, vacantRecord({ token: 7n }), 9n);
    expect(scene.count('write')).toBe(0);

    sees(scene, vacantRecord({ token: 7n }));

    expect(scene.last('refuse').problem).toMatchObject({ kind: 'regression', knownToken: 9n });
    expect(scene.count('write')).toBe(0);
  });

  it('2.4 takes no role before history was asked, though its first read had no answer', () => {
    const scene = createScene();
    campaigns(scene);
    const { read } = scene.last('read');
    scene.feed({ kind: 'sighted', read, sighting: unknown });

    scene.pass(2 * TIMINGS.renewIntervalMs);

    expect(scene.last('read')).toMatchObject({ consistency: 'strong', history: true });
  });

  it.each([
    ['deposed', { writtenBy: 'operator' as const }],
    ['reseeded', { writtenBy: 'operator' as const, token: 99n }],
  ])('5.9 takes a record that was %s once the stated clock bound is past', (_, given) => {
    const timings = withDefaults({ ...TIMINGS, clockErrorMsMax: 500 });
    const { leaseDurationMs } = timings;
    const record = vacantRecord({
      ...given,
      reservedMs: leaseDurationMs,
      renewedAtEpochMs: 1_700_000_000_000 - leaseDurationMs,
    });
    const early = createScene({ timings });
    campaigns(early, 'once');
    sees(early, record);
    expect(early.count('write')).toBe(0);

    const cold = createScene({ timings });
    cold.skip(501);
    campaigns(cold, 'once');
    sees(cold, record);

    expect(cold.last('write').write).toMatchObject({ kind: 'acquire', seenRevision: 'other-2' });
  });
});
