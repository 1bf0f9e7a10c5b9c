/**
 * The baton's state machine, rule by rule of docs/protocol.md, section 9. Each rule that is marked there has a
 * scenario whose last line fails when the rule is left out.
 */
import { describe, expect, it } from 'vitest';
import { batonWakeInMs } from '../../lib/core/baton/machine.ts';
import type { BatonEffect } from '../../lib/core/baton/state.ts';
import {
  baton,
  campaigning,
  confirms,
  createScene,
  extended,
  granted,
  leading,
  receives,
  refused,
  type Scene,
  SELF,
  unknown,
} from './baton-scene.ts';

const kinds = (effects: readonly BatonEffect[]) => effects.map((effect) => effect.kind);
const phase = (scene: Scene) => scene.state().phase.kind;
const { timings } = SELF;
/** From the receive to the instant at which the candidate no longer relies on holding the baton. */
const HELD_MS = timings.leaseDurationMs - timings.marginMs;

describe('a candidate that campaigns', () => {
  it('checks the queue once, and asks no queue that is unfit', () => {
    const scene = createScene();
    expect(kinds(scene.feed({ kind: 'campaign', patience: 'until-elected' }))).toEqual([
      'check-queue',
    ]);

    scene.feed({ kind: 'checked', outcome: { kind: 'granted', problems: ['not FIFO'] } });

    expect(scene.last('refuse').problem).toEqual({ kind: 'unfit-queue', problems: ['not FIFO'] });
    expect(scene.count('receive')).toBe(0);
  });

  it('polls again and again, each time under a new attempt id', () => {
    const scene = createScene();
    campaigning(scene);
    const first = scene.last('receive');
    expect(first.waitMs).toBe(20_000);

    scene.pass(20_000);
    receives(scene);

    expect(scene.last('receive').id).not.toBe(first.id);
    expect(scene.last('receive').attempt).toBe(1);
  });

  it('says once that it waits, not with each poll', () => {
    const scene = createScene();
    campaigning(scene);
    for (let n = 0; n < 3; n += 1) {
      scene.pass(20_000);
      receives(scene);
    }
    expect(scene.count('note')).toBe(1);
  });

  it('asks again under the same attempt id when an answer is lost', () => {
    const scene = createScene();
    campaigning(scene);
    const first = scene.last('receive');

    scene.feed({ ...first, kind: 'received', outcome: unknown });
    scene.pass(100);
    scene.feed({ kind: 'tick' });

    expect(scene.last('receive')).toMatchObject({ id: first.id, attempt: 2, waitMs: 0 });
  });

  it('takes a new attempt id once the old one is refused', () => {
    const scene = createScene();
    campaigning(scene);
    const first = scene.last('receive');

    scene.feed({ ...first, kind: 'received', outcome: refused });
    scene.pass(timings.renewIntervalMs * 1.25);
    scene.feed({ kind: 'tick' });

    expect(scene.last('receive').id).not.toBe(first.id);
  });

  it('takes a new attempt id once the time of the old one has passed', () => {
    const scene = createScene();
    campaigning(scene);
    const first = scene.last('receive');

    scene.feed({ ...first, kind: 'received', outcome: unknown });
    scene.pass(HELD_MS);
    scene.feed({ kind: 'tick' });

    expect(scene.last('receive').id).not.toBe(first.id);
    expect(scene.last('receive').attempt).toBe(1);
  });

  it('makes one attempt where it was asked for one', () => {
    const scene = createScene();
    campaigning(scene, 'once');
    expect(scene.last('receive').waitMs).toBe(1_000);
    expect(kinds(receives(scene))).toContain('not-elected');
    expect(phase(scene)).toBe('idle');
  });

  it('leaves a message of another election alone, and says so', () => {
    const scene = createScene();
    campaigning(scene);

    receives(scene, baton(7n), baton(8n, 'other'));

    expect(scene.last('give-back').batons).toHaveLength(2);
    expect(scene.last('refuse').problem).toEqual({ kind: 'foreign-message', election: 'other' });
    expect(scene.count('send')).toBe(0);
  });

  it('gives back what an abandoned poll may have taken', () => {
    const scene = createScene();
    campaigning(scene);
    const first = scene.last('receive');
    expect(kinds(scene.feed({ kind: 'abandon' }))).toEqual(['cut-receive']);

    scene.feed({ ...first, kind: 'received', outcome: unknown });
    expect(scene.last('receive')).toMatchObject({ id: first.id, attempt: 2, waitMs: 0 });
    receives(scene, baton(7n));

    expect(scene.last('give-back').batons).toEqual([baton(7n)]);
    expect(phase(scene)).toBe('idle');
    expect(scene.count('send')).toBe(0);
  });

  it('releases without leading when no caller waits any more', () => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(7n));
    scene.feed({ kind: 'abandon' });

    confirms(scene, 8n);

    expect(scene.count('elected')).toBe(0);
    expect(scene.last('delete').batons).toEqual([baton(7n)]);
  });
});

describe('a candidate that received a baton', () => {
  it('leads only once its successor is in the queue', () => {
    const scene = createScene();
    campaigning(scene);
    expect(kinds(receives(scene, baton(7n)))).toEqual(['send']);
    expect(phase(scene)).toBe('claiming');

    expect(kinds(confirms(scene, 8n))).toContain('elected');
  });

  it("has the sent message's number as token, not the received one's", () => {
    const scene = leading();
    expect(scene.last('elected').leading.token).toBe(8n);
  });

  it('sends under an id that is fresh for each receive and the same for its retries', () => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(7n));
    const first = scene.last('send');
    scene.feed({ ...first, kind: 'sent', outcome: unknown });
    scene.pass(100);
    scene.feed({ kind: 'tick' });
    expect(scene.last('send')).toEqual({ ...first, attempt: 2 });

    scene.pass(HELD_MS);
    scene.feed({ kind: 'tick' });
    receives(scene, baton(7n));

    expect(scene.last('send').id).not.toBe(first.id);
  });

  it('never leads on a confirmation that comes after its time', () => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(7n));

    scene.pass(HELD_MS);
    confirms(scene, 8n);

    expect(scene.count('elected')).toBe(0);
    expect(phase(scene)).toBe('waiting');
  });

  it('counts its time from before the first attempt of the receive', () => {
    const scene = createScene();
    campaigning(scene);
    const first = scene.last('receive');
    scene.pass(15_000);
    scene.feed({ ...first, kind: 'received', outcome: unknown });
    scene.pass(100);
    scene.feed({ kind: 'tick' });
    receives(scene, baton(7n));

    scene.pass(HELD_MS - 15_100);
    confirms(scene, 8n);

    expect(scene.count('elected')).toBe(0);
  });

  it('counts a frozen machine by the clock that says more', () => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(7n));

    scene.stepWallClock(HELD_MS);
    confirms(scene, 8n);

    expect(scene.count('elected')).toBe(0);
  });

  it('drops out at its time even if no answer comes at all', () => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(7n));
    const wakeMs = batonWakeInMs(scene.state(), { monotonicMs: 1_000, epochMs: 1_700_000_000_000 });
    expect(wakeMs).toBe(HELD_MS - timings.lossGraceMs);

    scene.pass(wakeMs ?? 0);

    expect(kinds(scene.feed({ kind: 'tick' }))).toEqual(['give-back', 'receive']);
  });

  it.each([
    ['the number of a message that it received', 7n],
    ['a number below one that it received', 6n],
  ])('refuses %s as a token', (_, number) => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(7n));

    confirms(scene, number);

    expect(scene.count('elected')).toBe(0);
    expect(scene.last('refuse').problem).toEqual({
      kind: 'number-not-rising',
      known: 7n,
      given: number,
    });
  });

  it('refuses the number of a term that it led before', () => {
    const scene = leading();
    scene.feed({ kind: 'settled' });
    scene.feed({ ...scene.last('delete'), kind: 'deleted', outcome: granted });
    campaigning(scene);
    receives(scene, baton(3n));

    confirms(scene, 8n);

    expect(scene.count('elected')).toBe(1);
    expect(scene.last('refuse').problem).toMatchObject({ known: 8n, given: 8n });
  });
});

describe('a leader', () => {
  it('has deleted all but the newest baton that it holds before its term begins', () => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(5n), baton(7n), baton(6n));
    expect(scene.count('delete')).toBe(0);

    expect(kinds(confirms(scene, 8n))).toEqual(['delete']);
    expect(scene.last('delete').batons).toEqual([baton(5n), baton(6n)]);
    const effects = scene.feed({ ...scene.last('delete'), kind: 'deleted', outcome: granted });

    expect(kinds(effects)).toEqual(['elected']);
    expect(scene.last('elected').leading.token).toBe(8n);
    scene.pass(timings.renewIntervalMs);
    scene.feed({ kind: 'tick' });
    expect(scene.last('extend').baton).toEqual(baton(7n));
  });

  it('renews at once where the poll has used up a renew interval', () => {
    const scene = createScene();
    campaigning(scene);
    scene.pass(timings.renewIntervalMs);
    receives(scene, baton(7n));
    expect(kinds(confirms(scene, 8n))).toEqual(['elected', 'extend']);
  });

  it('counts a renewal from before its first attempt', () => {
    const scene = leading();
    scene.pass(timings.renewIntervalMs);
    scene.feed({ kind: 'tick' });
    extended(scene, unknown);
    scene.pass(5_000);
    scene.feed({ kind: 'tick' });
    expect(scene.last('extend').attempt).toBe(2);
    extended(scene, granted);

    scene.pass(HELD_MS - 5_000);

    expect(kinds(scene.feed({ kind: 'tick' }))).toEqual(['stop', 'over']);
  });

  it('is deposed when the queue says that it holds nothing', () => {
    const scene = leading();
    scene.pass(timings.renewIntervalMs);
    scene.feed({ kind: 'tick' });

    expect(extended(scene, refused)).toMatchObject([
      { kind: 'stop', why: 'deposed' },
      { kind: 'over', why: 'deposed' },
    ]);
  });

  it('survives a renewal that fails once', () => {
    const scene = leading();
    scene.pass(timings.renewIntervalMs);
    scene.feed({ kind: 'tick' });
    extended(scene, unknown);
    scene.pass(100);
    scene.feed({ kind: 'tick' });
    extended(scene, granted);
    expect(phase(scene)).toBe('leading');
    expect(scene.count('stop')).toBe(0);
  });

  it('does not come back by an extension that is confirmed after its time', () => {
    const scene = leading();
    scene.pass(timings.renewIntervalMs);
    scene.feed({ kind: 'tick' });
    scene.pass(HELD_MS - timings.renewIntervalMs);

    extended(scene, granted);

    expect(scene.last('over').why).toBe('lapsed');
    expect(phase(scene)).toBe('joining');
  });

  it('tells work to stop before its time is over', () => {
    const scene = leading();
    scene.pass(HELD_MS - timings.lossGraceMs);
    expect(kinds(scene.feed({ kind: 'tick' }))).toEqual(['stop']);
    scene.pass(timings.lossGraceMs);
    expect(kinds(scene.feed({ kind: 'tick' }))).toEqual(['over']);
  });

  it('hands over gracefully before SQS would refuse to hide its baton any longer', () => {
    const scene = leading({ limits: { ...SELF.limits, termMsMax: 20_000 } });
    scene.pass(9_000);
    scene.feed({ kind: 'tick' });
    extended(scene, granted);
    scene.pass(11_000);

    expect(scene.feed({ kind: 'tick' })).toMatchObject([
      { kind: 'note', note: { kind: 'requested' } },
      { kind: 'note', note: { kind: 'draining' } },
      { kind: 'stop', why: 'resigned' },
    ]);
    expect(kinds(scene.feed({ kind: 'tick' }))).toEqual(['extend']);
  });

  it('is over before it deletes what it holds', () => {
    const scene = leading();
    expect(kinds(scene.feed({ kind: 'settled' }))).toEqual(['stop', 'over', 'delete']);
    expect(scene.last('delete').batons).toEqual([baton(7n)]);
  });

  it('keeps renewing while work drains, and releases only once it has settled', () => {
    const scene = leading({ timings: { ...timings, drainMs: 60_000 } });
    scene.feed({ kind: 'resign', why: 'resigned' });
    expect(scene.count('delete')).toBe(0);
    scene.pass(timings.renewIntervalMs);
    expect(kinds(scene.feed({ kind: 'tick' }))).toEqual(['extend']);
    extended(scene, granted);

    expect(kinds(scene.feed({ kind: 'settled' }))).toEqual(['over', 'delete']);
  });

  it('lets the baton lapse when work does not settle in time', () => {
    const scene = leading();
    scene.feed({ kind: 'resign', why: 'resigned' });
    scene.pass(timings.drainMs);
    expect(scene.feed({ kind: 'tick' })).toMatchObject([{ kind: 'note', note: { kind: 'stuck' } }]);
    scene.pass(HELD_MS);
    scene.feed({ kind: 'tick' });
    expect(scene.count('delete')).toBe(0);
    expect(scene.last('over').why).toBe('resigned');
  });

  it('deletes with its release what it could not delete before', () => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(5n), baton(7n));
    confirms(scene, 8n);
    scene.feed({ ...scene.last('delete'), kind: 'deleted', outcome: unknown });

    scene.feed({ kind: 'settled' });

    expect(scene.last('delete').batons).toEqual([baton(7n), baton(5n)]);
  });

  it('repeats a release whose answer was lost, and gives up when it lapses by itself', () => {
    const scene = leading();
    scene.feed({ kind: 'settled' });
    const first = scene.last('delete');
    scene.feed({ ...first, kind: 'deleted', outcome: unknown });
    scene.pass(100);
    scene.feed({ kind: 'tick' });
    expect(scene.last('delete')).toEqual({ ...first, attempt: 2 });

    scene.pass(timings.leaseDurationMs);
    scene.feed({ kind: 'tick' });

    expect(scene.last('ended')).toMatchObject({ released: false });
    expect(phase(scene)).toBe('idle');
  });

  it('gives up the role when it is not healthy', () => {
    const scene = leading({ gated: true });
    scene.pass(timings.renewIntervalMs);
    expect(kinds(scene.feed({ kind: 'tick' }))).toEqual(['check-health']);
    scene.feed({ kind: 'health', healthy: false });
    expect(scene.last('stop').why).toBe('unhealthy');
  });
});

describe('a queue that was emptied', () => {
  const count = (scene: Scene, messages: number) =>
    scene.feed({ kind: 'counted', outcome: { kind: 'granted', messages } });

  /** One poll that comes back empty, and the count that follows it. */
  function emptyPoll(scene: Scene, messages: number): void {
    scene.pass(20_000);
    receives(scene);
    count(scene, messages);
  }

  it('is given a baton once every count was zero for long enough', () => {
    const scene = createScene();
    campaigning(scene);
    for (let n = 0; n < 5; n += 1) emptyPoll(scene, 0);
    expect(scene.count('seed')).toBe(0);

    emptyPoll(scene, 0);

    expect(scene.last('seed').deduplicationId).toBe(`e-${Math.floor(1_700_000_120 / 300)}`);
  });

  it('is counted again from a message that shows up', () => {
    const scene = createScene();
    campaigning(scene);
    for (let n = 0; n < 5; n += 1) emptyPoll(scene, 0);
    emptyPoll(scene, 1);
    for (let n = 0; n < 5; n += 1) emptyPoll(scene, 0);
    expect(scene.count('seed')).toBe(0);
  });

  it('is seeded again with each count while it stays empty', () => {
    const scene = createScene();
    campaigning(scene);
    for (let n = 0; n < 7; n += 1) emptyPoll(scene, 0);
    expect(scene.count('seed')).toBe(2);
  });

  it('is counted at most once for each twenty seconds', () => {
    const scene = createScene();
    campaigning(scene);
    for (let n = 0; n < 10; n += 1) {
      scene.pass(1_000);
      receives(scene);
      if (n === 0) count(scene, 1);
      scene.feed({ kind: 'tick' });
    }
    expect(scene.count('count')).toBe(1);
  });
});
