/**
 * The calls that a candidate for a baton makes, each with a deadline, each answered with an input. Never
 * rejects.
 */
import type { Baton } from '../../core/baton/queue.ts';
import type { Answer, BatonInput } from '../../core/baton/state.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { BatonQueue, Clock } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Reporter } from '../journal/report.ts';

export interface QueueCallsOptions {
  readonly queue: BatonQueue;
  readonly candidateId: string;
  readonly healthy?: (() => boolean | Promise<boolean>) | undefined;
  readonly clock: Clock;
  readonly timings: Timings;
  readonly report: Reporter;
}

type How = { readonly signal: AbortSignal };

const unknown = (cause: unknown) => ({ kind: 'unknown', cause, permanent: false }) as const;

export function createQueueCalls(
  { queue, candidateId, healthy, clock, timings, report }: QueueCallsOptions,
  dispatch: (input: BatonInput) => void,
) {
  const { writeTimeoutMs, renewIntervalMs } = timings;
  const ask = <T>(call: (how: How) => Promise<T>) =>
    withDeadline<T | ReturnType<typeof unknown>>(
      clock,
      writeTimeoutMs,
      (signal) => call({ signal }),
      unknown,
    );

  return {
    ...createPoll({ queue, clock, timings }, dispatch),

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
      void ask((how) => queue.extend(baton, how)).then((outcome) =>
        dispatch({ kind: 'extended', id, attempt, outcome }),
      );
    },

    delete({ id, attempt, batons }: Answer & { readonly batons: readonly Baton[] }): void {
      void ask((how) => queue.delete(batons, how)).then((outcome) =>
        dispatch({ kind: 'deleted', id, attempt, outcome }),
      );
    },

    giveBack(batons: readonly Baton[]): void {
      const call = (signal: AbortSignal) => queue.giveBack(batons, { signal });
      // Without it they become receivable by themselves, later.
      void withDeadline(clock, writeTimeoutMs, call, report.error);
    },

    count(): void {
      void ask(queue.count).then((outcome) => dispatch({ kind: 'counted', outcome }));
    },

    seed(deduplicationId: string): void {
      void ask((how) => queue.send({ deduplicationId, sentBy: candidateId }, how));
    },

    /** A check that throws, or does not answer before the next renewal is due, is not healthy. */
    checkHealth(): void {
      const check = async () => (await healthy?.()) !== false;
      void withDeadline(clock, renewIntervalMs, check, () => false).then((isHealthy) =>
        dispatch({ kind: 'health', healthy: isHealthy }),
      );
    },
  };
}

/** Waits longer than any other call, and can be cut: nobody should stay up for a poll's end. */
function createPoll(
  { queue, clock, timings }: Pick<QueueCallsOptions, 'queue' | 'clock' | 'timings'>,
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
      void withDeadline(clock, deadlineMs, poll, unknown).then((outcome) =>
        dispatch({ kind: 'received', id, attempt, outcome }),
      );
    },
    cutReceive: () => cut(),
  };
}
