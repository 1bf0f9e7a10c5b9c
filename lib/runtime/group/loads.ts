/**
 * What a member measured of its partitions, told to the planners. It tells them when a weight has
 * changed by more than a tenth, and once a minute at most. Best effort: a load that is not told
 * costs balance only.
 */
import { unanswered } from '../../core/term/attempts.ts';
import type { GroupStore } from '../../group-ports.ts';
import type { Clock } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';

const INTERVAL_MS = 60_000;
const CHANGE_MIN = 0.1;

export interface LoadsOptions {
  readonly store: GroupStore;
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** The member and the partitions that it leads; absent while this process is no member. */
  readonly leading: () =>
    | { readonly memberId: string; readonly partitions: ReadonlySet<number> }
    | undefined;
  readonly failed: (cause: unknown) => void;
}

export function createLoads(options: LoadsOptions) {
  const { clock } = options;
  const measured = new Map<number, number>();
  let told: ReadonlyMap<number, number> = new Map();
  let cancel: (() => void) | undefined;

  function tell(): void {
    const whose = options.leading();
    if (whose === undefined) return;
    const weights = new Map([...measured].filter(([partition]) => whose.partitions.has(partition)));
    if (!hasChanged(told, weights)) return;
    told = weights;
    const write = { kind: 'write-load', memberId: whose.memberId, weights } as const;
    void withDeadline(
      clock,
      options.deadlineMs,
      (signal) => options.store.write(write, { signal }),
      unanswered,
    ).then((outcome) => {
      if (outcome.kind === 'unknown') options.failed(outcome.cause);
    });
  }

  return {
    report(partition: number, load: number): void {
      measured.set(partition, load);
      if (cancel !== undefined) return;
      tell();
      const ring = () => {
        cancel = undefined;
        tell();
      };
      cancel = clock.setTimer(INTERVAL_MS, ring, { background: true });
    },
    stop(): void {
      cancel?.();
      cancel = undefined;
      told = new Map();
    },
  };
}

function hasChanged(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): boolean {
  if (before.size !== after.size) return true;
  return [...after].some(([partition, load]) => {
    const was = before.get(partition);
    return was === undefined || Math.abs(load - was) > CHANGE_MIN * was;
  });
}
