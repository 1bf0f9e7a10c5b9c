/**
 * Whether this candidate leads, as a question and as events.
 *
 * Decides nothing of a term: the term itself says how long it lasts.
 */

import type { Token } from '../../core/token.ts';
import { LeadershipLostError, type LossCause } from '../../errors.ts';
import type { Term } from '../../ports.ts';
import { toldSafely } from '../journal/report.ts';

/** What `election.on` takes, by event. */
export interface LeadershipListeners {
  /** A term has begun. Called before `campaign` resolves and before work starts. */
  readonly elected: (term: Term) => unknown;
  /**
   * The term is over, in whichever way: `why` says which. Called once for each `elected`. A process
   * that was frozen hears of it only when it runs again. Code that must stop in time listens to
   * `term.signal`.
   */
  readonly lost: (reason: LeadershipLostError) => unknown;
}

export interface Leadership {
  /** The term that is led at this instant, by the clocks. */
  readonly term: Term | undefined;
  on<E extends keyof LeadershipListeners>(event: E, listener: LeadershipListeners[E]): () => void;
  began(term: Term): void;
  ended(token: Token, why: LossCause): void;
}

export function createLeadership(election: string): Leadership {
  const listeners = { elected: new Set<Listener>(), lost: new Set<Listener>() };
  let current: Term | undefined;
  const tell = (event: keyof LeadershipListeners, what: unknown) => {
    for (const listener of listeners[event]) toldSafely('a listener', () => listener(what));
  };
  return {
    get term() {
      // Asking the term ends one that is over, and tells the listeners.
      return (current?.remainingMs() ?? 0) > 0 ? current : undefined;
    },
    on(event, listener) {
      const told = listener as Listener;
      listeners[event].add(told);
      return () => listeners[event].delete(told);
    },
    began(term) {
      current = term;
      tell('elected', term);
    },
    ended(token, why) {
      if (current?.token !== token) return;
      current = undefined;
      tell('lost', new LeadershipLostError({ election, token, why }));
    },
  };
}

type Listener = (what: unknown) => unknown;
