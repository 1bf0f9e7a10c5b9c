/**
 * One candidate of one election, whichever mechanism elects: at most one campaign or term at a time.
 *
 * Performs what every protocol asks for (terms, health, hints, the journal), and decides none of
 * it. The mechanism calls the store or queue by itself.
 */

import { isCut } from '../../core/term/course.ts';
import type { Patience, TermEffect, TermNote, TermState } from '../../core/term/effects.ts';
import { remainingMs } from '../../core/term/leading.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { Token } from '../../core/token.ts';
import { BusyError } from '../../errors.ts';
import type { Hints, Journal, Part, Player, Term, TermEntry } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import { createReporter, type Reporter } from '../journal/report.ts';
import { tracing } from '../journal/spans.ts';
import { awaitHints } from './await-hints.ts';
import { type CampaignCall, createCampaignCall } from './campaign-call.ts';
import { createLeadership, type Leadership } from './leadership.ts';
import type { HeldTerm } from './term.ts';
import { createTermHolder } from './term-holder.ts';

export interface Candidate {
  readonly candidateId: string;
  /**
   * `undefined` where one attempt was made and this candidate was not elected.
   * @throws BusyError while this candidate campaigns or leads, or its last term was not resigned.
   */
  campaign(options: CampaignOptions): Promise<HeldTerm | undefined>;
  /** Runs work of a term in a span of the user's tracer, where there is one. */
  traced<T>(term: Term, work: () => T | PromiseLike<T>): Promise<T>;
  /** How long this candidate lets others go first, from now. Negative: not any more. */
  heldOffMs(): number;
  /** Says that this process may have been frozen since it last observed. */
  thawed(options: { clockErrorMsMax?: number | undefined }): void;
}

export interface CampaignOptions {
  readonly patience: Patience;
  /** Milliseconds until this process ends: no lease is written that outlasts it. */
  readonly endsInMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CandidateOptions extends Omit<Part, 'perform' | 'failed' | 'gated'> {
  /** Gives the candidate its part in the mechanism. */
  readonly play: (part: Part) => Player;
  readonly journal: Journal;
  readonly hints?: Hints | undefined;
  readonly healthy?: (() => boolean | Promise<boolean>) | undefined;
  /** What a candidate that resigns has yet to do. Never rejects, and ends by itself. */
  readonly farewell: () => Promise<void> | undefined;
}

export interface PlayedCandidate extends Candidate {
  readonly player: Player;
  readonly leadership: Leadership;
}

export function createCandidate(options: CandidateOptions): PlayedCandidate {
  const { candidateId, election, timings, clock, journal, hints } = options;
  const report = createReporter(options, candidateId);
  const call = createCampaignCall();
  const leadership = createLeadership(election);
  const player = options.play({
    ...options,
    gated: options.healthy !== undefined,
    perform: (effect) => perform(effect),
    failed: report.error,
  });
  const { dispatch } = player;
  const besides = ownCalls(options, player, report);
  const lease = player.store?.reference;
  const terms = createTermHolder({
    facts: {
      election,
      candidateId,
      lease,
      reserves: player.store !== undefined,
      journal,
      clock,
      timings,
    },
    report,
    chronicle: besides.chronicle,
    driver: (token) => ({
      remainingMs: () => remainingOf(token),
      drain: (how) => dispatch({ kind: 'resign', why: 'resigned', ...how }),
      renew: () => askToRenew(player, timings),
      proclaim: player.proclaim,
      settled: ({ failed }) => dispatch({ kind: 'settled', failed }),
    }),
  });
  const perform = performer({ call, besides, terms, report, leadership, remainingOf });

  /** Once 0, always 0: asking is enough to end a term that is over. */
  function remainingOf(token: Token): number {
    const { kind, leading } = player.state.phase;
    if (kind !== 'leading' || leading?.token !== token) return 0;
    const left = remainingMs(leading, clock.now(), timings);
    if (left > 0) return left;
    dispatch({ kind: 'tick' });
    return 0;
  }

  const spans = tracing(options.inSpan, campaign);
  return {
    candidateId,
    player,
    leadership,
    campaign: spans.campaign,
    traced: spans.traced,
    heldOffMs: () => player.state.holdOffUntil - clock.now().monotonicMs,
    thawed: ({ clockErrorMsMax }) => dispatch({ kind: 'thawed', clockErrorMsMax }),
  };

  async function campaign({ patience, endsInMs, signal }: CampaignOptions) {
    signal?.throwIfAborted();
    if (player.state.phase.kind === 'releasing') await terms.whenFree(signal);
    signal?.throwIfAborted();
    assertFree(election, player.state, call);
    const listen = hints !== undefined && patience === 'until-elected';
    const hinted = () => dispatch({ kind: 'hint' });
    const stopHints = listen ? awaitHints(hints, clock, timings, hinted) : () => {};
    const start = () => dispatch({ kind: 'campaign', patience, endsInMs });
    const abandon = () => dispatch({ kind: 'abandon' });
    return call.wait(signal, start, abandon).finally(stopHints);
  }
}

/** Whether a renewal comes of it: the lease may last as long as it can already. */
function askToRenew(player: Player, timings: Timings): boolean {
  player.dispatch({ kind: 'renew' });
  const { leading } = player.state.phase;
  return leading !== undefined && !isCut(leading, timings);
}

/** The calls that are the same for every mechanism, each with a deadline. None rejects. */
function ownCalls(
  { healthy, hints, clock, timings, farewell }: CandidateOptions,
  { store, dispatch }: Player,
  report: Reporter,
) {
  const limited = <T>(call: (signal: AbortSignal) => Promise<T>, late: (cause: unknown) => T) =>
    withDeadline(clock, timings.writeTimeoutMs, call, late);
  return {
    /** A check that throws, or does not answer before the next renewal is due, is not healthy. */
    checkHealth(): void {
      const check = async () => (await healthy?.()) !== false;
      void withDeadline(clock, timings.renewIntervalMs, check, () => false).then((isHealthy) =>
        dispatch({ kind: 'health', healthy: isHealthy }),
      );
    },

    /** Resolves when the hint is sent or given up. Returns nothing where there are no hints. */
    announce(): Promise<void> | undefined {
      return hints && limited((signal) => hints.announce({ signal }), report.error);
    },

    farewell,

    chronicle(entry: TermEntry): void {
      if (store === undefined) return;
      const failed = (cause: unknown) => report.error(cause, entry.token);
      void limited((signal) => store.chronicle(entry, { signal }), failed);
    },
  };
}

interface Parts {
  readonly call: CampaignCall;
  readonly besides: ReturnType<typeof ownCalls>;
  readonly terms: ReturnType<typeof createTermHolder>;
  readonly report: Reporter;
  readonly leadership: Leadership;
  readonly remainingOf: (token: Token) => number;
}

function performer(parts: Parts): (effect: TermEffect<Error>) => void {
  const { call, besides, terms, report } = parts;
  let announced: Promise<void> | undefined;
  return (effect) => {
    switch (effect.kind) {
      case 'check-health':
        return besides.checkHealth();
      case 'elected': {
        const { token } = effect.leading;
        const term = terms.elected(token, predecessorOf(effect));
        report.elected(effect, parts.remainingOf(token));
        if (call.waiting) parts.leadership.began(term);
        // A listener or the journal may have called the campaign off.
        if (!call.resolve(term)) void term.resign();
        return;
      }
      case 'not-elected':
        call.resolve(undefined);
        return;
      case 'refuse':
        return call.reject(effect.problem);
      case 'stop':
        return terms.stop(effect.why);
      case 'over':
        terms.over(effect.token, effect.why);
        return parts.leadership.ended(effect.token, effect.why);
      case 'announce':
        announced = besides.announce();
        return;
      case 'ended': {
        const said = [announced, effect.why === 'resigned' ? besides.farewell() : undefined];
        announced = undefined;
        const isSilent = said.every((each) => each === undefined);
        return terms.ended(effect, isSilent ? undefined : Promise.all(said));
      }
      case 'note':
        return tell(parts, effect.note);
    }
  };
}

function predecessorOf(elected: Extract<TermEffect<Error>, { kind: 'elected' }>) {
  const { previousToken: token, previousHolder: candidateId } = elected;
  const { previousAttributes: attributes = {} } = elected;
  return token === undefined ? undefined : { token, candidateId, attributes };
}

function tell({ terms, report }: Parts, note: TermNote): void {
  if (note.kind === 'stuck') terms.stuck(note.waitedMs);
  if (note.kind === 'requested') terms.requested();
  if (note.kind === 'renewed') terms.renewed();
  report.note(note);
}

function assertFree(election: string, { phase }: TermState, call: CampaignCall): void {
  if (!call.waiting && (phase.kind === 'idle' || phase.abandoned)) return;
  throw new BusyError(
    `this candidate of election ${JSON.stringify(election)} is ${phase.kind}; resign its term or ` +
      `abort its campaign first, or create another election object`,
  );
}
