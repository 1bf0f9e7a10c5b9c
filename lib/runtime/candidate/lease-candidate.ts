/**
 * Drives `core/lease/machine.ts` on a lease store: performs its effects, and feeds it what comes back.
 *
 * Decides nothing of the protocol. Every answer is stamped after it came, every write before it is sent.
 */

import type { CandidateInput, Effect, Note } from '../../core/lease/effects.ts';
import { initialState, step, wakeInMs } from '../../core/lease/machine.ts';
import type { CandidateState, Self } from '../../core/lease/state.ts';
import { remainingMs } from '../../core/term/leading.ts';
import type { Token } from '../../core/token.ts';
import { BusyError } from '../../errors.ts';
import type { Clock, Hints, Journal, LeaseStore, Random } from '../../ports.ts';
import { createReporter, type Reporter } from '../journal/report.ts';
import { awaitHints } from './await-hints.ts';
import { type CampaignCall, createCampaignCall } from './campaign-call.ts';
import type { Candidate } from './candidate.ts';
import { drive } from './drive.ts';
import { errorOf } from './problems.ts';
import { createStoreCalls } from './store-calls.ts';
import { createTermHolder } from './term-holder.ts';

export interface LeaseCandidateOptions {
  readonly election: string;
  readonly self: Self;
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly hints?: Hints | undefined;
  readonly healthy?: (() => boolean | Promise<boolean>) | undefined;
}

export function leaseCandidate(options: LeaseCandidateOptions): Candidate {
  const { self, store, clock, election, journal, hints } = options;
  const { timings, candidateId } = self;
  const report = createReporter(options, candidateId);
  const call = createCampaignCall();
  const dispatch = (input: CandidateInput) => driven.dispatch(input);
  const calls = createStoreCalls({ ...options, timings, report }, dispatch);
  const { drainMs } = timings;
  const terms = createTermHolder({
    facts: { election, candidateId, lease: store.reference, journal, clock, drainMs },
    report,
    chronicle: calls.chronicle,
    driver: (token) => ({
      remainingMs: () => remainingOf(token),
      drain: () => dispatch({ kind: 'resign', why: 'resigned' }),
      settled: () => dispatch({ kind: 'settled' }),
    }),
  });
  const perform = performer({ election, call, calls, terms, report, remainingOf });
  const machine = { initial: initialState(self), tick: { kind: 'tick' } as const, step, wakeInMs };
  const driven = drive<CandidateState, CandidateInput, Effect>(machine, options, perform);

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
    async campaign({ patience, endsInMs, signal }) {
      signal?.throwIfAborted();
      if (driven.state.phase.kind === 'releasing') await terms.whenFree();
      signal?.throwIfAborted();
      assertFree(election, driven.state, call);
      const listen = hints !== undefined && patience === 'until-elected';
      const hinted = () => dispatch({ kind: 'hint' });
      const stopHints = listen ? awaitHints(hints, clock, timings, hinted) : () => {};
      const start = () => dispatch({ kind: 'campaign', patience, endsInMs });
      const abandon = () => dispatch({ kind: 'abandon' });
      return call.wait(signal, start, abandon).finally(stopHints);
    },
    thawed: ({ clockErrorMsMax }) => dispatch({ kind: 'thawed', clockErrorMsMax }),
  };
}

interface Parts {
  readonly election: string;
  readonly call: CampaignCall;
  readonly calls: ReturnType<typeof createStoreCalls>;
  readonly terms: ReturnType<typeof createTermHolder>;
  readonly report: Reporter;
  readonly remainingOf: (token: Token) => number;
}

function performer(parts: Parts): (effect: Effect) => void {
  const { election, call, calls, terms, report } = parts;
  let announced: Promise<void> | undefined;
  return (effect) => {
    switch (effect.kind) {
      case 'read':
        return calls.read(effect.read, effect.consistency);
      case 'write':
        return calls.write(effect.write, effect.attempt);
      case 'check-health':
        return calls.checkHealth();
      case 'elected': {
        const { token } = effect.leading;
        const term = terms.elected(token, effect.previousToken);
        report.elected(effect, parts.remainingOf(token));
        return call.resolve(term);
      }
      case 'not-elected':
        return call.resolve(undefined);
      case 'refuse':
        return call.reject(errorOf(election, effect.problem));
      case 'stop':
        return terms.stop(effect.why);
      case 'over':
        return terms.over(effect.token, effect.why);
      case 'announce':
        announced = calls.announce();
        return;
      case 'ended': {
        const farewell = announced;
        announced = undefined;
        return terms.ended(effect, farewell);
      }
      case 'note':
        return tell(parts, effect.note);
    }
  };
}

function tell({ terms, report }: Parts, note: Note): void {
  if (note.kind === 'stuck') terms.stuck(note.waitedMs);
  if (note.kind === 'requested') terms.requested();
  report.note(note);
}

function assertFree(election: string, { phase }: CandidateState, call: CampaignCall): void {
  const free = phase.kind === 'idle' || (phase.kind === 'acquiring' && phase.abandoned);
  if (!call.waiting && free) return;
  throw new BusyError(
    `this candidate of election ${JSON.stringify(election)} is ${phase.kind}; resign its term or ` +
      `abort its campaign first, or create another election object`,
  );
}
