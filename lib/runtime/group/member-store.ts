/**
 * The member's calls to its group's store. Each has the deadline that the protocol gives it, and
 * each is answered with exactly one input. None rejects.
 */

import { deadlineMsOf } from '../../core/group/member/timing.ts';
import type { MemberEffect, MemberInput } from '../../core/group/member/traffic.ts';
import { unanswered } from '../../core/term/attempts.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { GroupStore } from '../../group-ports.ts';
import type { Clock } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';

export type StoreEffect = Extract<MemberEffect, { readonly request: number }>;

export interface StoreCalls {
  readonly store: GroupStore;
  readonly clock: Clock;
  readonly timings: Timings;
}

export function callStore(
  { store, clock, timings }: StoreCalls,
  effect: StoreEffect,
  dispatch: (input: MemberInput) => void,
): void {
  const { request } = effect;
  const ask = <T>(call: (signal: AbortSignal) => Promise<T>, late: (cause: unknown) => T) =>
    withDeadline(clock, deadlineMsOf(effect, timings), call, late);
  switch (effect.kind) {
    case 'read':
      void ask((signal) => store.read(effect.read, { signal }), unanswered).then((sighting) =>
        dispatch({ kind: 'sighted', request, sighting }),
      );
      return;
    case 'write':
      void ask((signal) => store.write(effect.write, { signal }), unanswered).then((outcome) =>
        dispatch({ kind: 'written', request, outcome }),
      );
      return;
    case 'write-records': {
      const { writes } = effect;
      const late = (cause: unknown) => writes.map(() => unanswered(cause));
      void ask((signal) => store.writeRecords(writes, { signal }), late).then((outcomes) =>
        dispatch({ kind: 'records-written', request, outcomes }),
      );
    }
  }
}
