/**
 * Plays `core/baton/machine.ts` on a queue: each call with a deadline, each answered with an input.
 *
 * Decides nothing of the protocol. Every answer is stamped after it came, every call before it is sent.
 */
import { batonMachine } from '../../core/baton/machine.ts';
import type { Baton } from '../../core/baton/queue.ts';
import type { Answer, BatonEffect, BatonInput } from '../../core/baton/state.ts';
import { unanswered } from '../../core/term/attempts.ts';
import type { BatonMechanism, BatonQueue, Part, Player } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import { asking, renewing } from './asking.ts';
import { batonErrorOf } from './baton-problems.ts';
import { drive } from './drive.ts';

/** Elects by the messages of a queue. */
export function batonMechanism(over: Omit<BatonMechanism, 'kind' | 'play'>): BatonMechanism {
  return { ...over, kind: 'baton', play: playBaton };
}

function playBaton(queue: BatonQueue, part: Part): Player {
  const { election, candidateId, timings, gated } = part;
  const calls = queueCalls(queue, part, (input) => driven.dispatch(input));
  const self = { candidateId, election, timings, limits: queue.limits, gated };

  function perform(effect: BatonEffect): void {
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
      case 'refuse':
        return part.perform({ ...effect, problem: batonErrorOf(election, effect.problem) });
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

  const driven = drive(batonMachine, self, part, perform);
  return {
    get state() {
      return driven.state;
    },
    dispatch: driven.dispatch,
    async prepareRelease(token) {
      const { phase } = driven.state;
      if (phase.kind !== 'leading' || phase.leading.token !== token) return undefined;
      return queue.prepareDelete?.([phase.baton, ...phase.older]);
    },
  };
}

function queueCalls(queue: BatonQueue, part: Part, dispatch: (input: BatonInput) => void) {
  const { candidateId, clock, timings } = part;
  const ask = asking(part);

  return {
    ...pollOf(queue, part, dispatch),

    check(): void {
      void ask(queue.check).then((outcome) => dispatch({ kind: 'checked', outcome }));
    },

    send({ id, attempt }: Answer): void {
      const message = { deduplicationId: id, sentBy: candidateId };
      void ask((how) => queue.send(message, how)).then((outcome) =>
        dispatch({ kind: 'sent', id, attempt, outcome }),
      );
    },

    extend({ id, attempt, baton }: Answer & { readonly baton: Baton }): void {
      const call = renewing(part, undefined, (how) => queue.extend(baton, how));
      void ask(call).then((outcome) => dispatch({ kind: 'extended', id, attempt, outcome }));
    },

    delete({ id, attempt, batons }: Answer & { readonly batons: readonly Baton[] }): void {
      void ask((how) => queue.delete(batons, how)).then((outcome) =>
        dispatch({ kind: 'deleted', id, attempt, outcome }),
      );
    },

    giveBack(batons: readonly Baton[]): void {
      const call = (signal: AbortSignal) => queue.giveBack(batons, { signal });
      // If this fails, the batons become receivable by themselves, later.
      void withDeadline(clock, timings.writeTimeoutMs, call, part.failed);
    },

    count(): void {
      void ask(queue.count).then((outcome) => dispatch({ kind: 'counted', outcome }));
    },

    seed(deduplicationId: string): void {
      void ask((how) => queue.send({ deduplicationId, sentBy: candidateId }, how));
    },
  };
}

/**
 * A poll waits longer than any other call, and can be cut: a process that ends must not wait for
 * it.
 */
function pollOf(
  queue: BatonQueue,
  { clock, timings }: Part,
  dispatch: (input: BatonInput) => void,
) {
  let cut = () => {};
  return {
    receive({ id, attempt, waitMs }: Answer & { readonly waitMs: number }): void {
      const abort = new AbortController();
      cut = () => abort.abort(new DOMException('nobody waits any more', 'AbortError'));
      const poll = (deadline: AbortSignal) => {
        const signal = AbortSignal.any([deadline, abort.signal]);
        return queue.receive({ attemptId: id, waitMs }, { signal });
      };
      const deadlineMs = waitMs + timings.writeTimeoutMs;
      void withDeadline(clock, deadlineMs, poll, unanswered).then((outcome) =>
        dispatch({ kind: 'received', id, attempt, outcome }),
      );
    },
    cutReceive: () => cut(),
  };
}
