/**
 * Plays `core/lease/machine.ts` on a lease store: each call with a deadline, each answered with an input.
 *
 * Decides nothing of the protocol. Every answer is stamped after it came, every write before it is sent.
 */
import type { CandidateInput, Effect } from '../../core/lease/effects.ts';
import { leaseMachine } from '../../core/lease/machine.ts';
import type { CandidateWrite } from '../../core/lease/record.ts';
import type { LeaseMechanism, LeaseStore, Part, Player } from '../../ports.ts';
import { asking, type How, renewing } from './asking.ts';
import { drive } from './drive.ts';
import { leaseErrorOf } from './lease-problems.ts';
import { observeLease } from './observing.ts';

/** Elects through records of any store that keeps the contract of `LeaseStore`. */
export function leaseMechanism(over: Omit<LeaseMechanism, 'kind' | 'play'>): LeaseMechanism {
  return { ...over, kind: 'lease', play: playLease };
}

function playLease(store: LeaseStore<CandidateWrite>, part: Part): Player {
  const { election, candidateId, timings, gated, attributes, clock } = part;
  const calls = storeCalls(store, part, (input) => driven.dispatch(input));
  const self = { candidateId, timings, gated, attributes };

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'read':
        return calls.read(effect);
      case 'write':
        return calls.write(effect.write, effect.attempt);
      case 'refuse':
        return part.perform({ ...effect, problem: leaseErrorOf(election, effect.problem) });
      case 'check-health':
      case 'elected':
      case 'not-elected':
      case 'stop':
      case 'over':
      case 'ended':
      case 'announce':
      case 'note':
        return part.perform(effect);
    }
  }

  const driven = drive(leaseMachine, self, part, perform);
  return {
    get state() {
      return driven.state;
    },
    dispatch: driven.dispatch,
    observe: (how) => observeLease(store, timings, clock, how),
    store,
    proclaim: (attributes) => driven.dispatch({ kind: 'proclaim', attributes }),
    async prepareRelease(token) {
      const { phase } = driven.state;
      const attributes = phase.kind === 'leading' ? phase.proclaimed : undefined;
      const revision = part.random.nonce();
      return store.prepareRelease?.({
        kind: 'release',
        ...{ holder: candidateId, token, revision, attributes },
      });
    },
  };
}

function storeCalls(
  store: LeaseStore<CandidateWrite>,
  part: Part,
  dispatch: (input: CandidateInput) => void,
) {
  const ask = asking(part);
  return {
    read({ read, consistency, history }: Extract<Effect, { kind: 'read' }>): void {
      void ask((how) => store.read({ consistency, history, ...how })).then((sighting) =>
        dispatch({ kind: 'sighted', read, sighting }),
      );
    },

    write(write: CandidateWrite, attempt: number): void {
      const { revision: nonce } = write;
      const send = (how: How) => store.write(write, how);
      const call = write.kind === 'renew' ? renewing(part, write.token, send) : send;
      void ask(call).then((outcome) => dispatch({ kind: 'answered', nonce, attempt, outcome }));
    },
  };
}
