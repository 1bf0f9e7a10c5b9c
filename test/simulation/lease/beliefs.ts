/**
 * What each candidate takes for the outcome of its writes, as its journal tells; for S4.
 *
 * A journal is told after the deadline, the SDK's error and the old record have all been read. A
 * fault in any of these shows as a belief that the store gave no reason for.
 */

import type { JournalEvent } from '../../../lib/ports.ts';
import type { Belief, Outcome } from '../../judge/invariants.ts';

export interface Beliefs {
  readonly all: readonly Belief[];
  observe(by: string, event: JournalEvent): void;
}

/** `given` grows with what the store does. */
export function createBeliefs(given: readonly Outcome[], isBridge: boolean): Beliefs {
  const all: Belief[] = [];
  /** How many outcomes there were when a candidate was last sure of one: its next write came later. */
  const sureSince = new Map<string, number>();
  return {
    all,
    observe(by, event) {
      const belief = beliefOf(event, isBridge);
      if (belief === undefined) return;
      const until = given.length;
      all.push({ by, ...belief, since: sureSince.get(by) ?? 0, until });
      sureSince.set(by, until);
    },
  };
}

function beliefOf(
  event: JournalEvent,
  isBridge: boolean,
): Pick<Belief, 'write' | 'outcome'> | undefined {
  switch (event.event) {
    case 'elected':
      return { write: 'acquire', outcome: 'granted' };
    case 'outrun':
      return { write: 'acquire', outcome: 'refused' };
    case 'renewed':
      return { write: 'renew', outcome: 'granted' };
    case 'lost':
      // A bridge is deposed by its old lock too, of which the store knows nothing.
      if (event.why !== 'deposed' || isBridge) return undefined;
      return { write: 'renew', outcome: 'refused' };
    case 'resigned':
      return event.released ? { write: 'release', outcome: 'granted' } : undefined;
    case 'standby':
    case 'draining':
    case 'stuck':
    case 'fence-rejected':
    case 'error':
      return undefined;
  }
}
