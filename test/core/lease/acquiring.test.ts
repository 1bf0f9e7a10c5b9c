/**
 * How a candidate takes the role: `docs/protocol.md` sections 2, 3, 4 and 5.6. Each title cites its rule.
 */
import { describe, expect, it } from 'vitest';
import {
  answers,
  campaigns,
  createScene,
  grants,
  heldRecord,
  kindsOf,
  refuses,
  sees,
  TIMINGS,
  unknown,
  VALID_MS,
  vacantRecord,
} from './scene.ts';

describe('the first acquire', () => {
  it('2.3 follows a strong read that finds neither record nor history', () => {
    const scene = createScene();
    campaigns(scene);
    expect(scene.last('read').consistency).toBe('strong');

    sees(scene, undefined);

    expect(scene.last('write').write).toMatchObject({ kind: 'first-acquire', token: 1n });
  });

  it('2.3 is not made where history proves that the record existed', () => {
    const scene = createScene();
    campaigns(scene);

    sees(scene, undefined, 41n);

    expect(scene.count('write')).toBe(0);
    expect(scene.last('refuse').problem).toMatchObject({ kind: 'regression', knownToken: 41n });
  });

  it('2.5 judges a token that went back by a strong read made after it learned the higher one', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, heldRecord({ token: 9n }));
    scene.pass(TIMINGS.renewIntervalMs);
    expect(scene.last('read').consistency).toBe('eventual');

    sees(scene, heldRecord({ token: 8n, revision: 'older' }));
    expect(scene.count('refuse')).toBe(0);
    expect(scene.last('read').consistency).toBe('strong');
    sees(scene, heldRecord({ token: 8n, revision: 'older' }));

    expect(scene.last('refuse').problem).toMatchObject({ kind: 'regression', recordToken: 8n });
  });
});

describe('an acquire', () => {
  it('S3 sets token = seen + 1 and demands the revision that was seen', () => {
    const scene = createScene();
    campaigns(scene);

    sees(scene, vacantRecord({ token: 7n, revision: 'r' }));

    expect(scene.last('write').write).toMatchObject({
      kind: 'acquire',
      token: 8n,
      seenRevision: 'r',
      holder: 'me',
    });
  });

  it('5.6 comes once one revision was seen for the whole lease, and not a millisecond before', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, heldRecord());
    for (let waitedMs = 0; waitedMs < 9_000; waitedMs += 1_000) {
      const effects = scene.pass(1_000);
      if (kindsOf(effects).includes('read')) sees(scene, heldRecord());
    }
    scene.pass(999);
    if (kindsOf(scene.feed({ kind: 'tick' })).includes('read')) sees(scene, heldRecord());
    expect(scene.count('write')).toBe(0);
    if (scene.state().phase.kind === 'waiting') sees(scene, heldRecord());

    scene.pass(1);

    expect(scene.last('write').write).toMatchObject({ kind: 'acquire', token: 8n });
  });

  it('5.6 reads first after a pause in observing that is longer than a renew interval', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, heldRecord());

    // The process was paused: its timer rings a minute late.
    scene.pass(60_000);

    expect(scene.count('write')).toBe(0);
    expect(scene.count('read')).toBe(2);
  });

  it('5.6 waits a reserved vacancy out, except for the candidate that it is reserved for', () => {
    const reserved = vacantRecord({ reservedMs: 5_000, reservedFor: 'me' });
    const chosen = createScene();
    campaigns(chosen);
    sees(chosen, reserved);
    expect(chosen.count('write')).toBe(1);

    const other = createScene({ candidateId: 'another' });
    campaigns(other);
    sees(other, reserved);
    expect(other.count('write')).toBe(0);
  });

  it('8.4 that lost a race waits again by what the refusal showed, without another read', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, vacantRecord());

    refuses(scene, heldRecord({ token: 8n, holder: 'faster', revision: 'f' }));

    expect(scene.phase()).toBe('waiting');
    expect([scene.count('read'), scene.count('write')]).toEqual([1, 1]);
    expect(scene.state().seen?.record.holder).toBe('faster');
  });
});

describe('an answer to an acquire', () => {
  it('4.2 is granted where the old record carries the nonce of this write', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, vacantRecord());
    const { revision } = scene.last('write').write;
    answers(scene, unknown);
    scene.pass(100);
    expect(scene.last('write')).toMatchObject({ attempt: 2, write: { revision } });

    refuses(scene, heldRecord({ token: 8n, holder: 'me', revision }));

    expect(scene.phase()).toBe('leading');
    expect(scene.last('elected').leading.token).toBe(8n);
  });

  it('4.3 that is unknown changes nothing: the same write is sent again', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, vacantRecord());
    const { write } = scene.last('write');

    answers(scene, unknown);
    scene.pass(100);

    expect(scene.last('write').write).toEqual(write);
    expect(scene.last('write').attempt).toBe(2);
  });

  it.each([
    ['wrong in itself', 'until-elected', { permanent: true }, 2],
    ['refused by the account', 'once', { denied: true }, 3],
  ] as const)(
    '4.3 whose first answer was lost, and that is then %s, is not left pending: %s',
    (_, patience, then, answersMax) => {
      const scene = createScene();
      campaigns(scene, patience);
      sees(scene, vacantRecord());
      answers(scene, unknown);
      for (let given = 1; given < answersMax; given += 1) {
        expect(scene.count('refuse')).toBe(0);
        scene.pass(400);
        answers(scene, { ...unknown, ...then });
      }

      expect(scene.last('refuse').problem).toMatchObject({ kind: 'store' });
    },
  );

  it('5.1 counts the term from before the first attempt, not from the one that was answered', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, vacantRecord());
    answers(scene, unknown);
    scene.pass(4_000);
    grants(scene);
    expect(scene.phase()).toBe('leading');

    scene.pass(VALID_MS - 4_000 - 1);
    expect(scene.count('over')).toBe(0);
    scene.pass(1);
    expect(scene.last('over').why).toBe('lapsed');
  });

  it('4.4 that comes too late to be of use begins no term: the record is acquired with token + 1', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, vacantRecord());
    const { revision } = scene.last('write').write;
    scene.skip(VALID_MS);

    grants(scene);
    expect(scene.count('elected')).toBe(0);
    sees(scene, heldRecord({ token: 8n, holder: 'me', revision }));

    expect(scene.last('write').write).toMatchObject({ kind: 'acquire', token: 9n });
  });

  it('4.4 never turns a record that names me into a term by renewing it', () => {
    const scene = createScene();
    campaigns(scene);

    sees(scene, heldRecord({ holder: 'me' }));

    expect(scene.last('write').write).toMatchObject({ kind: 'acquire', token: 8n });
    expect(scene.phase()).toBe('acquiring');
  });

  it('4.5 that its caller no longer waits for is released, and no term begins', () => {
    const scene = createScene();
    campaigns(scene);
    sees(scene, vacantRecord());
    scene.feed({ kind: 'abandon' });

    grants(scene);

    expect(scene.count('elected')).toBe(0);
    expect(scene.last('write').write).toMatchObject({ kind: 'release', token: 8n });
  });
});
