/**
 * What a candidate for a baton does when the queue fails for good, and how often it asks an empty one.
 */
import { describe, expect, it } from 'vitest';
import {
  baton,
  campaigning,
  confirms,
  createScene,
  receives,
  SELF,
  unknown,
} from './baton-scene.ts';

const forGood = { ...unknown, permanent: true } as const;

describe('a failure that no repetition mends', () => {
  it('ends a campaign at the check of the queue', () => {
    const scene = createScene();
    scene.feed({ kind: 'campaign', patience: 'until-elected' });
    scene.feed({ kind: 'checked', outcome: forGood });
    expect(scene.last('refuse').problem).toEqual({ kind: 'queue', cause: forGood.cause });
    expect(scene.state().phase.kind).toBe('idle');
  });

  it('ends a campaign at a receive', () => {
    const scene = createScene();
    campaigning(scene);
    const { id, attempt } = scene.last('receive');
    scene.feed({ kind: 'received', id, attempt, outcome: forGood });
    expect(scene.last('refuse').problem).toEqual({ kind: 'queue', cause: forGood.cause });
  });

  it('ends a campaign at the send, and gives back what was received', () => {
    const scene = createScene();
    campaigning(scene);
    receives(scene, baton(7n));
    const { id, attempt } = scene.last('send');

    scene.feed({ kind: 'sent', id, attempt, outcome: forGood });

    expect(scene.last('give-back').batons).toEqual([baton(7n)]);
    expect(scene.last('refuse').problem).toEqual({ kind: 'queue', cause: forGood.cause });
    scene.pass(SELF.timings.renewIntervalMs);
    scene.feed({ kind: 'tick' });
    expect(scene.count('send')).toBe(1);
  });
});

describe('an attempt that was asked for once', () => {
  it('gives up after three receives without an answer', () => {
    const scene = createScene();
    campaigning(scene, 'once');
    for (let n = 0; n < 3; n += 1) {
      const { id, attempt } = scene.last('receive');
      scene.feed({ kind: 'received', id, attempt, outcome: unknown });
      scene.pass(1_000);
      scene.feed({ kind: 'tick' });
    }
    expect(scene.count('receive')).toBe(3);
    expect(scene.last('refuse').problem.kind).toBe('queue');
  });

  it('fails where the queue cannot be checked', () => {
    const scene = createScene();
    scene.feed({ kind: 'campaign', patience: 'once' });
    scene.feed({ kind: 'checked', outcome: unknown });
    expect(scene.last('refuse').problem.kind).toBe('queue');
  });
});

describe('an attempt that waits out a dead leader', () => {
  it('polls for a visibility timeout in all, then gives up', () => {
    const scene = createScene();
    campaigning(scene, 'one-lease');
    expect(scene.last('receive').waitMs).toBe(20_000);
    scene.pass(20_000);
    receives(scene);
    expect(scene.last('receive').waitMs).toBe(10_000);
    scene.pass(10_000);
    receives(scene);
    expect(scene.count('not-elected')).toBe(1);
    expect(scene.count('receive')).toBe(2);
  });

  it('gives up then too where the queue does not answer', () => {
    const scene = createScene();
    scene.feed({ kind: 'campaign', patience: 'one-lease' });
    for (let n = 0; n < 10 && scene.state().phase.kind === 'waiting'; n += 1) {
      scene.feed({ kind: 'checked', outcome: unknown });
      scene.pass(SELF.timings.renewIntervalMs * 1.25);
      scene.feed({ kind: 'tick' });
    }
    expect(scene.count('not-elected')).toBe(1);
  });

  it('leads on the baton of the dead leader', () => {
    const scene = createScene();
    campaigning(scene, 'one-lease');
    scene.pass(15_000);
    receives(scene, baton(7n));
    confirms(scene, 8n);
    expect(scene.count('elected')).toBe(1);
  });
});

it('an empty queue is counted once for each long poll at the most', () => {
  const scene = createScene();
  campaigning(scene);
  for (let n = 0; n < 40; n += 1) {
    scene.pass(1_000);
    const counting = receives(scene).some(({ kind }) => kind === 'count');
    if (counting) scene.feed({ kind: 'counted', outcome: { kind: 'granted', messages: 0 } });
    scene.feed({ kind: 'tick' });
  }
  expect(scene.count('count')).toBe(2);
});
