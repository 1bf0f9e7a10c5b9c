/**
 * A candidate for a baton, its clock and its inputs, for scenarios that are told step by step.
 */
import { initialBatonState, stepBaton } from '../../lib/core/baton/machine.ts';
import type { Baton } from '../../lib/core/baton/queue.ts';
import type { BatonEffect, BatonInput, BatonSelf, BatonState } from '../../lib/core/baton/state.ts';
import type { Patience } from '../../lib/core/term/effects.ts';
import { withDefaults } from '../../lib/core/time/timing.ts';

export const SELF: BatonSelf = {
  candidateId: 'me',
  election: 'e',
  timings: withDefaults({ leaseDurationMs: 30_000, drainMs: 5_000 }),
  limits: { pollWaitMs: 20_000, termMsMax: 11 * 3_600_000, emptyForMs: 90_000 },
  gated: false,
};

type Kind = BatonEffect['kind'];
type Of<K extends Kind> = Extract<BatonEffect, { kind: K }>;

export interface Scene {
  readonly state: () => BatonState;
  /** Feeds one input now; returns its effects. */
  feed(input: BatonInput): readonly BatonEffect[];
  pass(ms: number): void;
  /** Moves the wall clock alone. */
  stepWallClock(ms: number): void;
  /** The newest effect of this kind so far. */
  last<K extends Kind>(kind: K): Of<K>;
  count(kind: Kind): number;
}

export function createScene(self: Partial<BatonSelf> = {}): Scene {
  let state = initialBatonState({ ...SELF, ...self });
  let nonces = 0;
  let monotonicMs = 1_000;
  let epochMs = 1_700_000_000_000;
  const effects: BatonEffect[] = [];
  return {
    state: () => state,
    feed(input) {
      nonces += 1;
      const at = { monotonicMs, epochMs };
      const result = stepBaton(state, { ...input, at, freshNonce: `n${nonces}`, jitter: 0.5 });
      state = result.state;
      effects.push(...result.effects);
      return result.effects;
    },
    pass(ms) {
      monotonicMs += ms;
      epochMs += ms;
    },
    stepWallClock(ms) {
      epochMs += ms;
    },
    last(kind) {
      const found = effects.findLast((effect) => effect.kind === kind);
      if (found === undefined) throw new Error(`no ${kind} among ${effects.map((e) => e.kind)}`);
      return found as never;
    },
    count: (kind) => effects.filter((effect) => effect.kind === kind).length,
  };
}

export const baton = (sequenceNumber: bigint, election = 'e'): Baton => ({
  handle: `handle-${sequenceNumber}`,
  sequenceNumber,
  election,
});

export const unknown = {
  kind: 'unknown',
  cause: new Error('no answer'),
  permanent: false,
} as const;
export const refused = { kind: 'refused', cause: new Error('expired') } as const;
export const granted = { kind: 'granted' } as const;

/** Campaigns in a queue that is fit; the first receive is in flight. */
export function campaigning(scene: Scene, patience: Patience = 'until-elected') {
  scene.feed({ kind: 'campaign', patience });
  if (!scene.state().checked) {
    scene.feed({ kind: 'checked', outcome: { kind: 'granted', problems: [] } });
  }
}

/** Answers the receive in flight. */
export function receives(scene: Scene, ...batons: Baton[]) {
  const { id, attempt } = scene.last('receive');
  const outcome = { kind: 'granted', batons } as const;
  return scene.feed({ kind: 'received', id, attempt, outcome });
}

/** Confirms the successor in flight. */
export function confirms(scene: Scene, token: bigint) {
  const { id, attempt } = scene.last('send');
  return scene.feed({ kind: 'sent', id, attempt, outcome: { kind: 'granted', token } });
}

/** A leader that received number 7 and sent number 8. */
export function leading(self: Partial<BatonSelf> = {}): Scene {
  const scene = createScene(self);
  campaigning(scene);
  receives(scene, baton(7n));
  confirms(scene, 8n);
  return scene;
}

/** Answers the extension in flight. */
export function extended(scene: Scene, outcome: typeof granted | typeof refused | typeof unknown) {
  const { id, attempt } = scene.last('extend');
  return scene.feed({ kind: 'extended', id, attempt, outcome });
}
