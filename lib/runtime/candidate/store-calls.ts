/**
 * The calls that a candidate makes, each with a deadline, each answered with an input. Never rejects.
 */
import type { CandidateInput } from '../../core/lease/effects.ts';
import type { Consistency, LeaseWrite } from '../../core/lease/record.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { Clock, Hints, LeaseStore, TermEntry } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Reporter } from '../journal/report.ts';

export interface StoreCallsOptions {
  readonly store: LeaseStore;
  readonly hints?: Hints | undefined;
  readonly healthy?: (() => boolean | Promise<boolean>) | undefined;
  readonly clock: Clock;
  readonly timings: Timings;
  readonly report: Reporter;
}

const unknown = (cause: unknown) => ({ kind: 'unknown', cause, permanent: false }) as const;

export function createStoreCalls(
  { store, hints, healthy, clock, timings, report }: StoreCallsOptions,
  dispatch: (input: CandidateInput) => void,
) {
  const limited = <T>(call: (signal: AbortSignal) => Promise<T>, late: (cause: unknown) => T) =>
    withDeadline(clock, timings.writeTimeoutMs, call, late);

  return {
    read(read: number, consistency: Consistency): void {
      void limited((signal) => store.read({ consistency, signal }), unknown).then((sighting) =>
        dispatch({ kind: 'sighted', read, sighting }),
      );
    },

    write(write: LeaseWrite, attempt: number): void {
      const { revision: nonce } = write;
      void limited((signal) => store.write(write, { signal }), unknown).then((outcome) =>
        dispatch({ kind: 'answered', nonce, attempt, outcome }),
      );
    },

    /** A check that throws, or does not answer before the next renewal is due, is not healthy. */
    checkHealth(): void {
      const check = async () => (await healthy?.()) !== false;
      void withDeadline(clock, timings.renewIntervalMs, check, () => false).then((isHealthy) =>
        dispatch({ kind: 'health', healthy: isHealthy }),
      );
    },

    /** Resolves when the hint is sent, or given up; nothing where there are no hints. */
    announce(): Promise<void> | undefined {
      return hints && limited((signal) => hints.announce({ signal }), report.error);
    },

    chronicle(entry: TermEntry): void {
      const failed = (cause: unknown) => report.error(cause, entry.token);
      void limited((signal) => store.chronicle(entry, { signal }), failed);
    },
  };
}
