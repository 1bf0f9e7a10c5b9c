/**
 * A fenced resource that holds a set: the lock-set workload's shared state.
 *
 * A leader takes the set over by a fenced read, adds an element of its own, and writes it back. Writes
 * arrive late and out of order; one leader's own are told apart by their sequence.
 */
import type { Admission } from '../../lib/core/invariants.ts';

/** A set that is never changed, only added to: the newest element and what was there before. */
export type Elements = { readonly element: string; readonly rest: Elements } | undefined;

export function setOf(elements: Elements): ReadonlySet<string> {
  const set = new Set<string>();
  for (let next = elements; next !== undefined; next = next.rest) set.add(next.element);
  return set;
}

export interface ResourceWrite {
  readonly token: bigint;
  readonly by: string;
  readonly sequence: number;
  readonly set: Elements;
  /** Also demands that the record still shows this term, in one transaction with the write. */
  readonly leaseChecked: boolean;
}

export type Admitted =
  | { readonly kind: 'admitted'; readonly set: Elements }
  | { readonly kind: 'stale'; readonly highestToken: bigint };

export interface Resource {
  readonly admissions: readonly Admission[];
  readonly set: Elements;
  takeOver(token: bigint, by: string): Admitted;
  write(write: ResourceWrite): Admitted;
  /** Under a lease check; a tombstone with the stamp stays. */
  remove(token: bigint, by: string): Admitted;
}

export function createResource(leaseHolds: (token: bigint) => boolean): Resource {
  const admissions: Admission[] = [];
  let set: Elements;
  let fence = 0n;
  let sequence = 0;

  const stale = () => ({ kind: 'stale', highestToken: fence }) as const;

  function admits(token: bigint): boolean {
    return token >= fence;
  }

  function admit(token: bigint, by: string): Admitted {
    admissions.push({ token, by });
    return { kind: 'admitted', set };
  }

  return {
    admissions,
    get set() {
      return set;
    },
    takeOver(token, by) {
      if (!admits(token)) return stale();
      fence = token;
      sequence = 0;
      return admit(token, by);
    },
    write(write) {
      const { token, by, leaseChecked } = write;
      if (leaseChecked && !leaseHolds(token)) return stale();
      if (!admits(token)) return stale();
      // A late repetition of what this leader has since written over.
      if (token === fence && write.sequence <= sequence) return { kind: 'admitted', set };
      fence = token;
      sequence = write.sequence;
      set = write.set;
      return admit(token, by);
    },
    remove(token, by) {
      if (!leaseHolds(token) || !admits(token)) return stale();
      set = undefined;
      fence = token;
      return admit(token, by);
    },
  };
}
