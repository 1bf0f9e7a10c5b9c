/**
 * One run of one seed: a process that leads, its command, its guardian, and the store, in virtual time.
 *
 * The guardian decides by `core/will/will.ts`, as every real guardian does. This file has the
 * kernel, the channel and the network, which tell the guardian the truth late, in pieces, or never.
 * Everything random comes from the seed, everything timed from the schedule: a seed is a replay.
 */
import {
  type Evidence,
  type RequestVerdict,
  stepWill,
  type WillInput,
  type WillOutcome,
  watchedWill,
  willWakesInMs,
} from '../../../lib/core/will/will.ts';
import type { Violation } from '../../judge/invariants.ts';
import { type SeededRandom, seeded } from '../shared/random.ts';
import { createSchedule, type Schedule } from '../shared/schedule.ts';

const RUN_MS = 40_000;
const LEASE_MS = 3_000;
const RENEW_MS = 900;

/** What becomes of the guardian, and what it is told. */
export const FATES = [
  'lives',
  'dies-before',
  'dies-with',
  'dies-after',
  'is-frozen',
  'is-told-late',
  'channel-closed-early',
  'channel-held-by-child',
] as const;
type Fate = (typeof FATES)[number];

export interface WillRun {
  readonly violations: readonly Violation[];
  readonly fate: Fate;
  readonly outcome: WillOutcome | undefined;
}

/** What is true, whatever the guardian has been told. */
interface Truth {
  readonly random: SeededRandom;
  readonly schedule: Schedule;
  readonly fate: Fate;
  /** Whether the network loses requests and answers. */
  readonly lossy: boolean;
  readonly settleMs: number;
  readonly hasCommand: boolean;
  readonly diesAtMs: number;
  readonly violations: Violation[];
  token: number;
  holder: 'process' | undefined;
  processThere: boolean;
  commandThere: boolean;
  confirmedAtMs: number;
  outcome: WillOutcome | undefined;
}

export async function simulateWill({ seed }: { readonly seed: number }): Promise<WillRun> {
  const random = seeded(seed * 2_654_435_761 + 7);
  const hasCommand = random.chance(0.5);
  const truth: Truth = {
    ...{ random, hasCommand, schedule: createSchedule(), violations: [] },
    fate: random.pick(FATES),
    lossy: random.chance(0.5),
    settleMs: random.pick([0, 0, 300]),
    diesAtMs: random.between(1_000, 25_000),
    ...{ token: 1, holder: 'process', processThere: true, commandThere: hasCommand },
    ...{ confirmedAtMs: 0, outcome: undefined },
  };
  const guardian = createGuardian(truth);
  lead(truth, guardian);
  decideFates(truth, guardian);
  await truth.schedule.run(RUN_MS);
  const { violations, fate, outcome } = truth;
  return { violations, fate, outcome };
}

function later({ schedule, random }: Truth, fromMs: number, toMs: number, what: () => void): void {
  schedule.at(schedule.nowMs + random.between(fromMs, toMs), what);
}

/** A release at the store, under its own condition. */
function apply(truth: Truth, released: string): RequestVerdict {
  const { holder, token, processThere, commandThere, violations } = truth;
  if (holder !== 'process' || released !== String(token)) return 'refused';
  const detail = (who: string) => `term ${token} was released while its ${who} was there`;
  if (processThere) violations.push({ invariant: 'C1', detail: detail('process') });
  if (commandThere) violations.push({ invariant: 'C1', detail: detail('command') });
  truth.holder = undefined;
  return 'granted';
}

type Guardian = ReturnType<typeof createGuardian>;

/** The machine of every real guardian, in a process that may freeze or die. */
function createGuardian(truth: Truth) {
  const { schedule, random, lossy } = truth;
  let state = watchedWill({ workGone: !truth.hasCommand });
  let alive = true;
  let frozenUntilMs = 0;
  let cancel = () => {};

  function input(what: WillInput): void {
    if (!alive) return;
    if (schedule.nowMs < frozenUntilMs) {
      schedule.at(frozenUntilMs, () => input(what));
      return;
    }
    cancel();
    const step = stepWill(state, what, schedule.nowMs);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === 'send') send(effect.request.body);
      else if (effect.will !== undefined) truth.outcome = effect.outcome;
    }
    const wakesInMs = willWakesInMs(state, schedule.nowMs);
    if (wakesInMs === undefined) return;
    cancel = schedule.at(schedule.nowMs + wakesInMs + 1e-6, () => input({ kind: 'tick' }));
  }

  function send(body: string): void {
    const lost = lossy && random.chance(0.4);
    const before = lost && random.chance(0.5);
    later(truth, 1, 12, () => {
      const verdict = before ? 'unknown' : apply(truth, body);
      const answer = { kind: 'answered', verdict: lost ? 'unknown' : verdict } as const;
      later(truth, 1, 12, () => input(answer));
    });
  }

  return {
    input,
    saw: (evidence: Partial<Evidence>) => input({ kind: 'saw', evidence }),
    die: () => {
      alive = false;
    },
    freeze: (ms: number) => {
      frozenUntilMs = schedule.nowMs + ms;
    },
  };
}

/** The leader tells of each confirmation; now and then it resigns and leads the next term but one. */
function lead(truth: Truth, guardian: Guardian): void {
  const { random, schedule, settleMs } = truth;

  function confirm(): void {
    if (!truth.processThere) return;
    if (random.chance(0.1)) return changeTerm();
    truth.confirmedAtMs = schedule.nowMs;
    const token = String(truth.token);
    const will = {
      ...{ election: 'e', candidateId: 'process', token, settleMs, lapsesInMs: LEASE_MS },
      requests: [{ method: 'POST', url: '', headers: {}, body: token, refusedBy: [] }],
    };
    guardian.input({ kind: 'told', will });
    later(truth, 0.7 * RENEW_MS, 1.2 * RENEW_MS, confirm);
  }

  function changeTerm(): void {
    const over = String(truth.token);
    truth.holder = undefined;
    if (random.chance(0.7)) guardian.input({ kind: 'withdrawn', token: over });
    later(truth, 10, 500, () => {
      if (!truth.processThere) return;
      truth.token += 2;
      truth.holder = 'process';
      confirm();
    });
  }

  confirm();
}

function closeChannel(truth: Truth, guardian: Guardian): void {
  guardian.saw({ channelEnded: true });
  if (!truth.hasCommand) return;
  // What the guardian of a command does first.
  later(truth, 1, 1_500, () => {
    truth.commandThere = false;
    guardian.saw({ workGone: true });
  });
}

function decideFates(truth: Truth, guardian: Guardian): void {
  const { random, schedule, fate, diesAtMs } = truth;
  const close = () => closeChannel(truth, guardian);
  const before = () => random.between(0.2, 0.9) * diesAtMs;
  schedule.at(diesAtMs, () => die(truth, guardian));
  if (fate === 'dies-before') schedule.at(before(), guardian.die);
  if (fate === 'channel-closed-early') schedule.at(before(), close);
  if (fate === 'is-frozen') {
    const freeze = () => guardian.freeze(random.between(100, 5_000));
    schedule.at(diesAtMs - random.between(0, 500), freeze);
  }
}

function die(truth: Truth, guardian: Guardian): void {
  const { random, fate } = truth;
  truth.processThere = false;
  const close = () => closeChannel(truth, guardian);
  if (fate === 'dies-with') guardian.die();
  if (fate === 'dies-after') later(truth, 0, 400, guardian.die);
  if (fate === 'channel-held-by-child') later(truth, 500, 20_000, close);
  else if (fate !== 'channel-closed-early') later(truth, 0, 3, close);
  const tellsInMs = fate === 'is-told-late' ? random.between(100, 2 * LEASE_MS) : 2;
  later(truth, tellsInMs, tellsInMs + 5, () => guardian.saw({ processGone: true }));
  later(truth, LEASE_MS, LEASE_MS + 1, () => expectRelease(truth));
}

/** L2: with a guardian that lives and is told, and a network that works, the role is free at once. */
function expectRelease(truth: Truth): void {
  const { fate, lossy, hasCommand, holder, diesAtMs, confirmedAtMs, settleMs, token } = truth;
  if (fate !== 'lives' || lossy || hasCommand || holder === undefined) return;
  if (diesAtMs - confirmedAtMs > LEASE_MS - settleMs - 100) return;
  const detail = `term ${token} was not released by its last will`;
  truth.violations.push({ invariant: 'L2', detail });
}
