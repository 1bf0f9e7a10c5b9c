/**
 * A candidate for a lease, its clocks and its inputs, for tests that go step by step.
 *
 * Drives `step` of `lib/core/lease/machine.ts` and nothing else: what the store answers is given by the
 * test, so each fact rests on the sentence of `docs/protocol.md` that it cites and on no other code.
 */
import type { CandidateInput, Effect } from '../../../lib/core/lease/effects.ts';
import { initialState, step, wakeInMs } from '../../../lib/core/lease/machine.ts';
import type { LeaseRecord, WriteOutcome } from '../../../lib/core/lease/record.ts';
import type { CandidateState, Self } from '../../../lib/core/lease/state.ts';
import type { Patience } from '../../../lib/core/term/effects.ts';
import { withDefaults } from '../../../lib/core/time/timing.ts';

export const TIMINGS = withDefaults({ leaseDurationMs: 10_000, renewIntervalMs: 3_000 });
/** From the instant before the first attempt to the end of the term. */
export const VALID_MS = TIMINGS.leaseDurationMs - TIMINGS.marginMs;

type Kind = Effect['kind'];
type Of<K extends Kind> = Extract<Effect, { kind: K }>;

export interface Scene {
  readonly state: () => CandidateState;
  readonly phase: () => CandidateState['phase']['kind'];
  /** Feeds one input now; returns its effects. */
  feed(input: CandidateInput): readonly Effect[];
  /** Moves both clocks, and rings the timer. */
  pass(ms: number): readonly Effect[];
  /** Moves both clocks; no input comes. */
  skip(ms: number): void;
  /** Moves the wall clock alone. */
  stepWallClock(ms: number): void;
  /** The newest effect of this kind so far. */
  last<K extends Kind>(kind: K): Of<K>;
  count(kind: Kind): number;
  /** Milliseconds until time alone makes something due. */
  wakeInMs(): number | undefined;
}

export function createScene(self: Partial<Self> = {}): Scene {
  let state = initialState({ candidateId: 'me', timings: TIMINGS, gated: false, ...self });
  let nonces = 0;
  let at = { monotonicMs: 1_000, epochMs: 1_700_000_000_000 };
  const effects: Effect[] = [];
  const scene: Scene = {
    state: () => state,
    phase: () => state.phase.kind,
    feed(input) {
      nonces += 1;
      const result = step(state, { ...input, at, freshNonce: `mine-${nonces}`, jitter: 0.5 });
      state = result.state;
      effects.push(...result.effects);
      return result.effects;
    },
    pass(ms) {
      scene.skip(ms);
      return scene.feed({ kind: 'tick' });
    },
    skip(ms) {
      at = { monotonicMs: at.monotonicMs + ms, epochMs: at.epochMs + ms };
    },
    stepWallClock(ms) {
      at = { ...at, epochMs: at.epochMs + ms };
    },
    last(kind) {
      const found = effects.findLast((effect) => effect.kind === kind);
      if (found === undefined) throw new Error(`no ${kind} among ${effects.map((e) => e.kind)}`);
      return found as never;
    },
    count: (kind) => effects.filter((effect) => effect.kind === kind).length,
    wakeInMs: () => wakeInMs(state, at),
  };
  return scene;
}

export const kindsOf = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);

export const unknown = {
  kind: 'unknown',
  cause: new Error('no answer'),
  permanent: false,
} as const;

/** A record as another candidate holds it. */
export function heldRecord(given: Partial<LeaseRecord> = {}): LeaseRecord {
  return {
    formatVersion: 1,
    token: 7n,
    holder: 'other',
    revision: 'other-1',
    leaseDurationMs: 10_000,
    renewIntervalMs: 3_000,
    renewedAtEpochMs: 1_700_000_000_000,
    state: 'leading',
    writtenBy: 'renew',
    ...given,
  };
}

/** The same record after its holder has left it. */
export function vacantRecord(given: Partial<LeaseRecord> = {}): LeaseRecord {
  return {
    ...heldRecord(),
    holder: undefined,
    revision: 'other-2',
    writtenBy: 'release',
    ...given,
  };
}

/** Begins to campaign; the first read is in flight. */
export function campaigns(scene: Scene, patience: Patience = 'until-elected') {
  return scene.feed({ kind: 'campaign', patience });
}

/** Answers the read in flight with a record, or with none. */
export function sees(scene: Scene, record?: LeaseRecord, lastToken?: bigint) {
  const { read } = scene.last('read');
  const sighting = record
    ? ({ kind: 'present', record, lastToken } as const)
    : ({ kind: 'absent', lastToken } as const);
  return scene.feed({ kind: 'sighted', read, sighting });
}

/** Answers the newest attempt at a write. */
export function answers(scene: Scene, outcome: WriteOutcome) {
  const { write, attempt } = scene.last('write');
  return scene.feed({ kind: 'answered', nonce: write.revision, attempt, outcome });
}

export const grants = (scene: Scene) => answers(scene, { kind: 'granted' });
export const refuses = (scene: Scene, record?: LeaseRecord) =>
  answers(scene, { kind: 'refused', record });

/** A leader of term 8, elected after a vacancy was seen. */
export function leading(self: Partial<Self> = {}): Scene {
  const scene = createScene(self);
  campaigns(scene);
  sees(scene, vacantRecord());
  grants(scene);
  return scene;
}
