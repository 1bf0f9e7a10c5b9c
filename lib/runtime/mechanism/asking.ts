/**
 * One call to a store or queue, with the deadline of a write. It never rejects: what was not answered in
 * time, or was answered by an exception, may have been applied or not.
 */
import type { Timings } from '../../core/time/timing.ts';
import type { Clock } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';

export interface How {
  readonly signal: AbortSignal;
}

export const unknown = (cause: unknown) => ({ kind: 'unknown', cause, permanent: false }) as const;

export type Unknown = ReturnType<typeof unknown>;

export function asking({ clock, timings }: { clock: Clock; timings: Timings }) {
  return <T>(call: (how: How) => Promise<T>): Promise<T | Unknown> =>
    withDeadline<T | Unknown>(clock, timings.writeTimeoutMs, (signal) => call({ signal }), unknown);
}
