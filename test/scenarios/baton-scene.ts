/**
 * A stage for the baton: the real candidates over SQS's delivery rules, on one clock.
 */
import type {
  CountOutcome,
  HoldOutcome,
  ReceiveOutcome,
  SendOutcome,
} from '../../lib/core/baton/queue.ts';
import { createElection, type Election } from '../../lib/index.ts';
import type { BatonQueue } from '../../lib/ports.ts';
import { batonMechanism } from '../../lib/runtime/mechanism/baton.ts';
import { manualClock } from '../../lib/testing/index.ts';
import {
  type Apply,
  createSimulatedQueue,
  type SimulatedQueue,
} from '../simulation/baton/network.ts';
import { watched } from '../support/watched-clock.ts';
import { createTranscript, narrate, type Transcript } from './transcript.ts';

const TIMINGS = { leaseDurationMs: 30_000 };
const LIMITS = { pollWaitMs: 20_000, termMsMax: 11 * 3_600_000, emptyForMs: 90_000 };

export interface BatonActor {
  readonly election: Election;
  /** How many of its timers are still to ring. */
  readonly timers: number;
  /** The candidate stops at once, and does nothing more. */
  crash(): void;
  /** Its next send is applied, and its answer lost. */
  loseAnswer(): void;
}

export interface BatonScene extends Pick<Transcript, 'say'> {
  candidate(name: string): BatonActor;
  /** Sends as SQS accepts it, and writes the number into the transcript. */
  send(who: string, deduplicationId: string): Promise<SendOutcome>;
  pass(ms: number): Promise<void>;
}

const answerOf = <T>(apply: Apply) => new Promise<T>((done) => apply(done as never));

export async function playBaton(act: (scene: BatonScene) => Promise<void>): Promise<string> {
  const clock = manualClock();
  const nowMs = () => clock.now().monotonicMs;
  const transcript = createTranscript(nowMs);
  const { say } = transcript;
  const queue = createSimulatedQueue({
    now: nowMs,
    // A receive returns as many messages as it may.
    unit: () => 0.9,
    at: (ms, run) => void clock.setTimer(ms - nowMs(), run),
  });
  const send: BatonScene['send'] = async (who, deduplicationId) => {
    const outcome = await answerOf<SendOutcome>(queue.send(deduplicationId));
    const number = outcome.kind === 'granted' ? `number ${outcome.token}` : outcome.kind;
    say(who, `sends under the id ${deduplicationId} → ${number}`);
    return outcome;
  };

  function candidate(name: string): BatonActor {
    let alive = true;
    let losing = false;
    let nonces = 0;
    const timers = watched({
      now: clock.now,
      setTimer: (ms, ring) => clock.setTimer(ms, () => alive && ring()),
    });
    const opened: BatonQueue = {
      ...receiving({ queue, say: (what) => say(name, what) }),
      async send({ deduplicationId }) {
        const outcome = await send(name, deduplicationId);
        if (!losing) return outcome;
        losing = false;
        say(name, 'the answer is lost');
        return { kind: 'unknown', cause: new Error('answer-lost'), permanent: false };
      },
    };
    const election = createElection({
      name: 'e',
      via: batonMechanism({ timings: TIMINGS, open: () => opened }),
      candidatePrefix: name,
      clock: timers.clock,
      random: { nonce: () => `${name}${++nonces}`, unit: () => 0.5 },
      journal: { record: (event) => alive && say(name, narrate(event)) },
    });
    return {
      election,
      get timers() {
        return timers.pending;
      },
      crash() {
        alive = false;
        say(name, 'crashes');
      },
      loseAnswer() {
        losing = true;
      },
    };
  }

  await act({ candidate, send, say, pass: (ms) => clock.advance(ms) });
  return transcript.text;
}

/** The queue behind the library's port. It writes each receive into the transcript. */
function receiving({
  queue,
  say,
}: {
  queue: SimulatedQueue;
  say: (what: string) => void;
}): Omit<BatonQueue, 'send'> {
  const { leaseDurationMs } = TIMINGS;
  return {
    limits: LIMITS,
    check: async () => ({ kind: 'granted', problems: [] }),
    async receive({ attemptId, waitMs }, { signal }) {
      const polled = queue.receive(attemptId, waitMs, leaseDurationMs);
      const outcome = await Promise.race([answerOf<ReceiveOutcome>(polled), cut(signal)]);
      const batons = outcome.kind === 'granted' ? outcome.batons : [];
      const numbers = batons.map(({ sequenceNumber }) => sequenceNumber);
      if (numbers.length > 0) say(`receives number ${numbers.join(' and ')}`);
      return outcome;
    },
    extend: (baton) => answerOf<HoldOutcome>(queue.extend(baton, leaseDurationMs)),
    delete: (batons) => answerOf<HoldOutcome>(queue.delete(batons)),
    giveBack: (batons) => answerOf<void>(queue.giveBack(batons)),
    count: () => answerOf<CountOutcome>(queue.count()),
  };
}

/** As a client that cancels its request: the queue's answer is lost. */
function cut(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
