/**
 * From elected to over: `docs/protocol.md` sections 3, 5 and 7. Each title cites its rule.
 */
import { describe, expect, it } from 'vitest';
import {
  answers,
  campaigns,
  grants,
  heldRecord,
  kindsOf,
  leading,
  refuses,
  sees,
  TIMINGS,
  unknown,
  VALID_MS,
} from './scene.ts';

describe('a renewal', () => {
  it('3.2 demands holder, token and the last confirmed revision', () => {
    const scene = leading();
    const { revision: confirmedRevision } = scene.last('write').write;

    scene.pass(TIMINGS.renewIntervalMs);

    expect(scene.last('write').write).toMatchObject({
      kind: 'renew',
      holder: 'me',
      token: 8n,
      confirmedRevision,
    });
  });

  it('3.3 is the only unresolved write: nothing else is sent until its outcome is known', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);
    const sent = scene.count('write');

    scene.pass(900);
    scene.feed({ kind: 'resign', why: 'resigned' });
    scene.pass(50);

    expect(scene.count('write')).toBe(sent);
  });

  it('5.1 extends the term from before its first attempt', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);
    answers(scene, unknown);
    scene.pass(100);
    expect(scene.last('write').attempt).toBe(2);
    grants(scene);

    scene.skip(VALID_MS - 100 - 1);
    expect(kindsOf(scene.feed({ kind: 'tick' }))).not.toContain('over');
    scene.skip(1);
    expect(kindsOf(scene.feed({ kind: 'tick' }))).toContain('over');
  });

  it('7.3 that fails once is no loss: it is repeated within a fraction of the renew interval', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);
    const { write } = scene.last('write');

    answers(scene, unknown);
    scene.pass(100);

    expect(scene.last('write')).toMatchObject({ write, attempt: 2 });
    expect(scene.count('stop')).toBe(0);
  });

  it('4.2 that is refused by a record of its own nonce was granted', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);
    const { revision } = scene.last('write').write;
    answers(scene, unknown);
    scene.pass(100);

    refuses(scene, heldRecord({ holder: 'me', token: 8n, revision }));

    expect(scene.phase()).toBe('leading');
    expect(scene.count('over')).toBe(0);
  });

  it('4.2 that is refused by any other record ends the term: it was deposed', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);

    refuses(scene, heldRecord({ token: 9n }));

    expect(scene.last('over').why).toBe('deposed');
    expect(scene.phase()).toBe('joining');
  });
});

describe('the end of a term', () => {
  it('7.1 stops work a loss grace before it is over', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);
    answers(scene, unknown);

    scene.pass(VALID_MS - TIMINGS.lossGraceMs - TIMINGS.renewIntervalMs);
    expect(scene.last('stop').why).toBe('lapsed');
    expect(scene.count('over')).toBe(0);

    scene.pass(TIMINGS.lossGraceMs);
    expect(scene.last('over').why).toBe('lapsed');
  });

  it('7.1 comes before its release is sent, whatever becomes of the release', () => {
    const scene = leading();

    const effects = scene.feed({ kind: 'settled' });

    const order = kindsOf(effects);
    expect(order.indexOf('over')).toBeGreaterThanOrEqual(0);
    expect(order.indexOf('over')).toBeLessThan(order.indexOf('write'));
    answers(scene, unknown);
    expect(scene.phase()).toBe('releasing');
  });

  it('5.3 is found by the wall clock where the monotonic clock stood still', () => {
    const scene = leading();

    scene.stepWallClock(VALID_MS);

    expect(kindsOf(scene.feed({ kind: 'tick' }))).toContain('over');
  });

  it('5.5 is final: a clock that is set back revives nothing', () => {
    const scene = leading();
    scene.stepWallClock(VALID_MS);
    scene.feed({ kind: 'tick' });

    scene.stepWallClock(-VALID_MS);
    scene.feed({ kind: 'tick' });

    expect(scene.phase()).toBe('joining');
  });

  it('5.5 is judged before anything else that comes at that instant', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);
    scene.skip(VALID_MS);

    grants(scene);

    expect(scene.last('over').why).toBe('lapsed');
  });

  it('7.4 is joined before the candidate campaigns again', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);
    refuses(scene, heldRecord({ token: 9n }));
    expect(() => campaigns(scene)).toThrow('joining');

    expect(kindsOf(scene.feed({ kind: 'settled' }))).toContain('ended');

    expect(scene.phase()).toBe('idle');
  });
});

describe('a leader that resigns', () => {
  it('7.4 renews while its work drains, and releases once the work has settled', () => {
    const scene = leading();
    scene.feed({ kind: 'resign', why: 'resigned', atOnce: true });
    expect(scene.last('stop').why).toBe('resigned');

    scene.pass(TIMINGS.renewIntervalMs);
    expect(scene.last('write').write).toMatchObject({ kind: 'renew', state: 'draining' });
    grants(scene);
    scene.feed({ kind: 'settled' });

    expect(scene.last('write').write).toMatchObject({ kind: 'release', holder: 'me', token: 8n });
  });

  it('7.5 past the drain deadline renews no more and releases nothing', () => {
    const scene = leading();
    scene.feed({ kind: 'resign', why: 'resigned', atOnce: true });
    for (let passedMs = 0; passedMs < TIMINGS.drainMs; passedMs += 1_000) {
      if (kindsOf(scene.pass(1_000)).includes('write')) grants(scene);
    }
    const written = scene.count('write');

    scene.pass(VALID_MS);

    expect(scene.count('write')).toBe(written);
    expect(scene.last('over').why).toBe('resigned');
    expect(scene.phase()).toBe('joining');
  });

  it('7.6 does so by itself where health fails, and then lets another candidate go first', () => {
    const scene = leading({ gated: true });
    scene.pass(TIMINGS.renewIntervalMs);
    expect(scene.count('check-health')).toBe(1);

    scene.feed({ kind: 'health', healthy: false });

    expect(scene.last('stop').why).toBe('unhealthy');
    scene.feed({ kind: 'settled' });
    grants(scene);
    expect(scene.state().holdOffUntil).toBeGreaterThan(0);
  });

  it('7.7 after a lapse is back at once from its own revision, with a new token', () => {
    const scene = leading();
    const { revision } = scene.last('write').write;
    scene.pass(TIMINGS.renewIntervalMs);
    answers(scene, unknown);
    scene.pass(VALID_MS);
    scene.feed({ kind: 'settled' });
    campaigns(scene);

    sees(scene, heldRecord({ holder: 'me', token: 8n, revision }));

    expect(scene.last('write').write).toMatchObject({ kind: 'acquire', token: 9n });
  });
});
