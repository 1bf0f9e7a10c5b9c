/**
 * A hand-over that is announced: `docs/protocol.md` section 8. Each title cites its rule.
 */
import { describe, expect, it } from 'vitest';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import { answers, grants, heldRecord, leading, TIMINGS, unknown, vacantRecord } from './scene.ts';

/** From a renewal to the next read of every standby, and its answer. */
const READ_MS = TIMINGS.renewIntervalMs + 40;
const RESIGN = { kind: 'resign', why: 'resigned' } as const;

describe('a leader that resigns', () => {
  it('8.2 says draining at once, and works on until the standbys have read it', () => {
    const scene = leading();
    scene.skip(1_000);

    scene.feed(RESIGN);

    expect(scene.last('write').write).toMatchObject({ kind: 'renew', state: 'draining' });
    expect(scene.last('note').note).toMatchObject({ kind: 'draining', why: 'resigned' });
    grants(scene);
    scene.pass(READ_MS - 1_000 - 1);
    expect(scene.count('stop')).toBe(0);
    expect(scene.wakeInMs()).toBe(1);
    scene.pass(1);
    expect(scene.last('stop').why).toBe('resigned');
    scene.feed({ kind: 'settled' });
    expect(scene.last('write').write).toMatchObject({ kind: 'release', token: 8n });
  });

  it('8.2 writes nothing more for it: the drain is known already', () => {
    const scene = leading();
    scene.skip(1_000);
    scene.feed(RESIGN);
    grants(scene);
    scene.pass(READ_MS - 1_000);
    expect(scene.count('stop')).toBe(1);
    const written = scene.count('write');

    scene.pass(100);

    expect(scene.count('write')).toBe(written);
  });

  it('8.2 says so with the next renewal where one is under way, and counts from that', () => {
    const scene = leading();
    scene.pass(TIMINGS.renewIntervalMs);
    const sent = scene.count('write');
    scene.feed(RESIGN);
    expect(scene.count('write')).toBe(sent);

    scene.skip(50);
    grants(scene);
    // The standbys must read the announcement first.
    expect(scene.count('write')).toBe(sent);
    scene.pass(10);

    expect(scene.last('write').write).toMatchObject({ kind: 'renew', state: 'draining' });
    grants(scene);
    scene.pass(READ_MS - 60 - 1);
    expect(scene.count('stop')).toBe(0);
    scene.pass(1);
    expect(scene.count('stop')).toBe(1);
  });

  it('8.2 stops at once where that is asked of it', () => {
    const scene = leading();
    scene.feed(RESIGN);
    grants(scene);
    scene.pass(20);

    scene.feed({ ...RESIGN, atOnce: true });

    expect(scene.last('stop').why).toBe('resigned');
  });

  it('8.2 goes on announcing where the record shows an operator’s wish again', () => {
    const scene = leading();
    const wish = { holder: 'me', token: 8n, request: 'resign', requestedFor: 'other' } as const;
    const record = heldRecord(wish);
    scene.pass(TIMINGS.renewIntervalMs);
    answers(scene, { kind: 'granted', record });
    scene.pass(60);
    expect(scene.last('write').write).toMatchObject({ state: 'draining' });

    answers(scene, { kind: 'granted', record });
    scene.feed(RESIGN);

    expect(scene.count('stop')).toBe(0);
    scene.pass(READ_MS - 60);
    expect(scene.count('stop')).toBe(1);
  });

  it('8.2 stops in time where no store answers', () => {
    const scene = leading();
    scene.feed(RESIGN);
    answers(scene, unknown);
    for (let passedMs = 0; passedMs < READ_MS; passedMs += 500) {
      scene.pass(500);
      if (scene.count('stop') === 0) answers(scene, unknown);
    }

    expect(scene.last('stop').why).toBe('resigned');
  });

  it('8.2 sends one renewal, though its health answers meanwhile', () => {
    const scene = leading({ gated: true });
    scene.pass(TIMINGS.renewIntervalMs);
    scene.feed(RESIGN);
    const sent = scene.count('write');

    scene.feed({ kind: 'health', healthy: true });

    expect(scene.count('write')).toBe(sent);
  });

  it.each([
    ['its health fails', { kind: 'resign', why: 'unhealthy' }],
    ['it is asked to stop at once', { ...RESIGN, atOnce: true }],
  ] as const)('8.2 announces nothing where %s', (_, wish) => {
    const scene = leading();

    scene.feed(wish);

    expect(scene.count('stop')).toBe(1);
  });

  it('8.2 announces nothing where its timings say so', () => {
    const timings = withDefaults({ leaseDurationMs: 10_000, announceMs: 0 });
    const scene = leading({ timings });

    scene.feed(RESIGN);

    expect(scene.count('stop')).toBe(1);
  });

  it('8.5 releases the role for the candidate that it hands over to, once that has read of it', () => {
    const timings = withDefaults({ leaseDurationMs: 10_000, announceMs: 0 });
    const scene = leading({ timings });

    scene.feed({ ...RESIGN, handOverTo: 'other' });

    expect(scene.count('stop')).toBe(0);
    grants(scene);
    scene.pass(TIMINGS.renewIntervalMs);
    grants(scene);
    scene.pass(READ_MS - TIMINGS.renewIntervalMs);
    expect(scene.count('stop')).toBe(1);
    scene.feed({ kind: 'settled' });
    const reservation = { reservedFor: 'other', reservedMs: 3_000 + timings.writeTimeoutMs };
    expect(scene.last('write').write).toMatchObject({ kind: 'release', reservation });
  });

  it('8.5 hands over to the candidate that an operator names, and not to itself', () => {
    const scene = leading();
    const asked = { holder: 'me', token: 8n, request: 'resign' } as const;
    scene.pass(TIMINGS.renewIntervalMs);
    answers(scene, {
      kind: 'granted',
      record: heldRecord({ ...asked, requestedFor: 'me' }),
    });
    expect(scene.last('note').note.kind).toBe('renewed');

    scene.pass(TIMINGS.renewIntervalMs);
    answers(scene, {
      kind: 'granted',
      record: heldRecord({ ...asked, requestedFor: 'other' }),
    });
    grants(scene);
    scene.pass(READ_MS);
    scene.feed({ kind: 'settled' });

    expect(scene.last('write').write).toMatchObject({ reservation: { reservedFor: 'other' } });
  });

  it('8.2 leaves the drain and the release their time before the process ends', () => {
    const scene = leading();
    scene.feed({ kind: 'settled' });
    grants(scene);
    const endsInMs = TIMINGS.drainMs + TIMINGS.writeTimeoutMs + 500;
    scene.feed({ kind: 'campaign', patience: 'until-elected', endsInMs });
    const { read } = scene.last('read');
    scene.feed({ kind: 'sighted', read, sighting: vacant() });
    grants(scene);

    scene.feed(RESIGN);

    expect(scene.count('stop')).toBe(1);
    scene.pass(500);
    expect(scene.count('stop')).toBe(2);
  });
});

function vacant() {
  const record = vacantRecord({ token: 8n, revision: 'mine-again' });
  return { kind: 'present', record } as const;
}
