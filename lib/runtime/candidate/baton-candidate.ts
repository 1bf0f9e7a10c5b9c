/**
 * Drives `core/baton/machine.ts` on a queue: performs its effects, and feeds it what comes back.
 *
 * Decides nothing of the protocol. Every answer is stamped after it came, every call before it is sent.
 */
import type {
  BatonEffect,
  BatonInput,
  BatonMachine,
  BatonNote,
  BatonSelf,
  BatonState,
} from '../../core/baton/state.ts';
import { remainingMs } from '../../core/term/leading.ts';
import type { Token } from '../../core/token.ts';
import { BusyError } from '../../errors.ts';
import type { BatonQueue, Clock, Journal, Random } from '../../ports.ts';
import { createReporter, type Reporter } from '../journal/report.ts';
import { batonErrorOf } from './baton-problems.ts';
import { type CampaignCall, createCampaignCall } from './campaign-call.ts';
import type { Candidate } from './candidate.ts';
import { drive } from './drive.ts';
import { createQueueCalls } from './queue-calls.ts';
import { createTermHolder } from './term-holder.ts';

export interface BatonCandidateOptions {
  readonly machine: BatonMachine;
  readonly self: BatonSelf;
  readonly queue: BatonQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly healthy?: (() => boolean | Promise<boolean>) | undefined;
}

export function batonCandidate(options: BatonCandidateOptions): Candidate {
  const { self, clock, journal } = options;
  const { timings, candidateId, election } = self;
  const report = createReporter({ election, journal, clock }, candidateId);
  const call = createCampaignCall();
  const dispatch = (input: BatonInput) => driven.dispatch(input);
  const calls = createQueueCalls({ ...options, candidateId, timings, report }, dispatch);
  const terms = createTermHolder({
    facts: { election, candidateId, journal, clock, drainMs: timings.drainMs },
    report,
    // Only a table keeps a history.
    chronicle: () => {},
    driver: (token) => ({
      remainingMs: () => remainingOf(token),
      drain: () => dispatch({ kind: 'resign', why: 'resigned' }),
      settled: () => dispatch({ kind: 'settled' }),
    }),
  });
  const perform = performer({ election, call, calls, terms, report, remainingOf });
  const machine = {
    initial: options.machine.initial(self),
    tick: { kind: 'tick' } as const,
    step: options.machine.step,
    wakeInMs: options.machine.wakeInMs,
  };
  const driven = drive<BatonState, BatonInput, BatonEffect>(machine, options, perform);

  /** Asking is enough to end a term that is over: what this answered once, it answers for ever. */
  function remainingOf(token: Token): number {
    const { phase } = driven.state;
    if (phase.kind !== 'leading' || phase.leading.token !== token) return 0;
    const left = remainingMs(phase.leading, clock.now(), timings);
    if (left > 0) return left;
    dispatch({ kind: 'tick' });
    return 0;
  }

  return {
    candidateId,
    async campaign({ patience, signal }) {
      signal?.throwIfAborted();
      if (driven.state.phase.kind === 'releasing') await terms.whenFree();
      signal?.throwIfAborted();
      assertFree(election, driven.state, call);
      const start = () => dispatch({ kind: 'campaign', patience });
      const abandon = () => dispatch({ kind: 'abandon' });
      return call.wait(signal, start, abandon);
    },
    // A queue is not observed, so nothing is recounted; what fell due meanwhile is done.
    thawed: () => dispatch({ kind: 'tick' }),
  };
}

interface Parts {
  readonly election: string;
  readonly call: CampaignCall;
  readonly calls: ReturnType<typeof createQueueCalls>;
  readonly terms: ReturnType<typeof createTermHolder>;
  readonly report: Reporter;
  readonly remainingOf: (token: Token) => number;
}

function performer(parts: Parts): (effect: BatonEffect) => void {
  const { election, call, calls, terms, report } = parts;
  return (effect) => {
    switch (effect.kind) {
      case 'check-queue':
        return calls.check();
      case 'receive':
        return calls.receive(effect);
      case 'cut-receive':
        return calls.cutReceive();
      case 'send':
        return calls.send(effect);
      case 'extend':
        return calls.extend(effect);
      case 'delete':
        return calls.delete(effect);
      case 'give-back':
        return calls.giveBack(effect.batons);
      case 'count':
        return calls.count();
      case 'seed':
        return calls.seed(effect.deduplicationId);
      case 'check-health':
        return calls.checkHealth();
      case 'elected': {
        const { token } = effect.leading;
        const term = terms.elected(token, undefined);
        report.elected(effect, parts.remainingOf(token));
        return call.resolve(term);
      }
      case 'not-elected':
        return call.resolve(undefined);
      case 'refuse':
        return call.reject(batonErrorOf(election, effect.problem));
      case 'stop':
        return terms.stop(effect.why);
      case 'over':
        return terms.over(effect.token, effect.why);
      case 'ended':
        return terms.ended(effect);
      case 'note':
        return tell(parts, effect.note);
    }
  };
}

function tell({ terms, report }: Parts, note: BatonNote): void {
  if (note.kind === 'stuck') terms.stuck(note.waitedMs);
  if (note.kind === 'requested') terms.requested();
  // Who leads cannot be seen from a queue.
  report.note(note.kind === 'waiting' ? { kind: 'standby', record: undefined } : note);
}

function assertFree(election: string, { phase }: BatonState, call: CampaignCall): void {
  const abandoned = (phase.kind === 'waiting' || phase.kind === 'claiming') && phase.abandoned;
  if (!call.waiting && (phase.kind === 'idle' || abandoned)) return;
  throw new BusyError(
    `this candidate of election ${JSON.stringify(election)} is ${phase.kind}; resign its term or ` +
      `abort its campaign first, or create another election object`,
  );
}
