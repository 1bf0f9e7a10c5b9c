/**
 * The last will of a term: the release that a dead leader would have sent, and when a guardian sends it.
 *
 * Decides when the death of the process is proved, when the will is sent, and when it is given up. The
 * rules W1 to W5 are in `docs/last-will.md`. How a guardian learns of a death, and how it sends a
 * request, is left to the guardian. Instants are the guardian's own, in milliseconds.
 */

/** The environment variable of a program below `tenure guard`: where the guard listens. */
export const GUARD_VARIABLE = 'TENURE_GUARD';

/** A signed request, as the SDK would have sent it, so that its sender needs no credentials. */
export interface PreparedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Types of errors that say: the condition failed, and nothing was changed. */
  readonly refusedBy: readonly string[];
  /** A text that a refusal contains where an earlier attempt at this request was applied. */
  readonly appliedMark?: string | undefined;
}

/** The release of one term, prepared by its leader and executed after the leader's death. */
export interface Will {
  readonly election: string;
  readonly candidateId: string;
  /** As decimal digits: it crosses a channel as JSON. */
  readonly token: string;
  /**
   * The release first, then the requests that wake standbys. Those are worth sending only after it.
   */
  readonly requests: readonly PreparedRequest[];
  /** How long to wait after the death: a request of the dead process may still be on its way. */
  readonly settleMs: number;
  /** Milliseconds until the lease lapses by itself, when this was written. */
  readonly lapsesInMs: number;
}

/** What the kernel has said. Silence and a timeout are no evidence. */
export interface Evidence {
  /** The channel to the process is at its end. */
  readonly channelEnded: boolean;
  /** The process is not there any more. */
  readonly processGone: boolean;
  /** Everything that acts for the term is gone: the process's work and all that it started. */
  readonly workGone: boolean;
}

/** How a will ended. The role was freed, another candidate had it, or its lease had run out. */
export type WillOutcome = 'released' | 'refused' | 'lapsed';
export type RequestVerdict = 'granted' | 'refused' | 'unknown';

type Phase =
  | { readonly kind: 'watching' }
  | { readonly kind: 'settling'; readonly until: number }
  | {
      readonly kind: 'sending';
      /** Which request. */
      readonly next: number;
      readonly attempt: number;
      readonly inFlight: boolean;
      readonly notBefore: number;
    }
  | { readonly kind: 'done' };

/** What the guardian knows of one will. */
export interface WillState {
  readonly evidence: Evidence;
  readonly phase: Phase;
  readonly will?: Will | undefined;
  /** When the lease lapses by itself: after that there is nothing left to release. */
  readonly lapsesAt: number;
}

/** What the guardian is told: by the leader, by the kernel, by the store. */
export type WillInput =
  | { readonly kind: 'told'; readonly will: Will }
  /** The term has ended without its will. */
  | { readonly kind: 'withdrawn'; readonly token: string }
  | { readonly kind: 'saw'; readonly evidence: Partial<Evidence> }
  | { readonly kind: 'answered'; readonly verdict: RequestVerdict }
  | { readonly kind: 'tick' };

/** What the guardian does. */
export type WillEffect =
  | { readonly kind: 'send'; readonly request: PreparedRequest }
  | { readonly kind: 'done'; readonly will?: Will | undefined; readonly outcome: WillOutcome };

/** A transition of a will. */
export interface WillStep {
  readonly state: WillState;
  readonly effects: readonly WillEffect[];
}

/** The first resend comes as soon as the network may be back. Each later pause is twice as long. */
const RETRY_MS = 50;
const RETRY_MS_MAX = 1_000;

/** `workGone` at first: whether all work for the term ends with the process itself. */
export function watchedWill({ workGone }: { readonly workGone: boolean }): WillState {
  const evidence = { channelEnded: false, processGone: false, workGone };
  return { evidence, phase: { kind: 'watching' }, lapsesAt: Number.POSITIVE_INFINITY };
}

/** W2: each of the three alone can have a harmless cause. */
export function isProved({ channelEnded, processGone, workGone }: Evidence): boolean {
  return channelEnded && processGone && workGone;
}

/** One transition. A will whose term was ended in another way does nothing any more. */
export function stepWill(state: WillState, input: WillInput, at: number): WillStep {
  switch (input.kind) {
    case 'told': {
      const { will } = input;
      // A renewal replaces the signature, never the wait for what was already proved.
      return proceed({ ...state, will, lapsesAt: at + will.lapsesInMs }, at);
    }
    case 'withdrawn':
      return proceed(state.will?.token === input.token ? without(state) : state, at);
    case 'saw':
      return proceed({ ...state, evidence: { ...state.evidence, ...input.evidence } }, at);
    case 'answered':
      return answered(state, input.verdict, at);
    case 'tick':
      return proceed(state, at);
  }
}

/** Milliseconds until time alone makes something due; `undefined` where it never does. */
export function willWakesInMs({ phase, lapsesAt }: WillState, at: number): number | undefined {
  switch (phase.kind) {
    case 'watching':
    case 'done':
      return undefined;
    case 'settling':
      return Math.max(0, Math.min(phase.until, lapsesAt) - at);
    case 'sending': {
      const due = phase.inFlight ? lapsesAt : Math.min(phase.notBefore, lapsesAt);
      return Math.max(0, due - at);
    }
  }
}

function without(state: WillState): WillState {
  return { ...state, will: undefined, lapsesAt: Number.POSITIVE_INFINITY };
}

/** What has become due: the wait after a death, then the requests in order. */
function proceed(state: WillState, at: number): WillStep {
  const { phase, will } = state;
  switch (phase.kind) {
    case 'done':
      return { state, effects: [] };
    case 'watching':
      if (!isProved(state.evidence)) return { state, effects: [] };
      if (will === undefined) return { state: { ...state, phase: { kind: 'done' } }, effects: [] };
      return proceed({ ...state, phase: { kind: 'settling', until: at + will.settleMs } }, at);
    case 'settling':
      if (will === undefined || at >= state.lapsesAt) return end(state, 'lapsed');
      if (at < phase.until) return { state, effects: [] };
      return send(state, { next: 0, attempt: 1 });
    case 'sending':
      if (will === undefined || at >= state.lapsesAt) {
        return end(state, phase.next > 0 ? 'released' : 'lapsed');
      }
      if (phase.inFlight || at < phase.notBefore) return { state, effects: [] };
      return send(state, phase);
  }
}

/** Sends a request of the will, for the first time or again. */
function send(state: WillState, { next, attempt }: { next: number; attempt: number }): WillStep {
  const request = state.will?.requests[next];
  if (request === undefined) return end(state, 'released');
  const phase = { kind: 'sending', next, attempt, inFlight: true, notBefore: 0 } as const;
  return { state: { ...state, phase }, effects: [{ kind: 'send', request }] };
}

/** Refused means that the role is another's or vacant already; unknown is asked again until the lease is over. */
function answered(state: WillState, verdict: RequestVerdict, at: number): WillStep {
  const { phase } = state;
  if (phase.kind !== 'sending') return { state, effects: [] };
  switch (verdict) {
    case 'granted':
      return send(state, { next: phase.next + 1, attempt: 1 });
    case 'refused':
      return end(state, phase.next > 0 ? 'released' : 'refused');
    case 'unknown': {
      const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** (phase.attempt - 1));
      const attempt = phase.attempt + 1;
      const waiting = { ...phase, attempt, inFlight: false, notBefore: at + delayMs };
      return proceed({ ...state, phase: waiting }, at);
    }
  }
}

/** The will has done what it could; it is told on one line. */
function end(state: WillState, outcome: WillOutcome): WillStep {
  const { will } = state;
  return {
    state: { ...state, phase: { kind: 'done' } },
    effects: [{ kind: 'done', will, outcome }],
  };
}
