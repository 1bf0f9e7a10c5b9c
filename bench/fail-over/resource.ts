/**
 * What leaders write to: it admits a write whose token is not below the highest seen, and keeps when
 * each candidate wrote. Without a token there is nothing to compare, and every write is admitted.
 */
export interface Write {
  readonly candidate: number;
  readonly token: bigint | undefined;
  /** By the candidate. */
  readonly sentAtMs: number;
  /** By the resource; the same clock. */
  readonly arrivedAtMs: number;
  readonly admitted: boolean;
}

export interface Resource {
  arrive(write: Omit<Write, 'admitted'>): void;
  /** Every write since the last `forget`, in the order of arrival. */
  readonly writes: readonly Write[];
  forget(): void;
  /** The next admitted write for which this holds. */
  next(matches: (write: Write) => boolean): Promise<Write>;
}

export function createResource(): Resource {
  const writes: Write[] = [];
  const listeners = new Set<(write: Write) => void>();
  let highest = -1n;
  return {
    writes,
    arrive(arrived) {
      const { token } = arrived;
      const write = { ...arrived, admitted: token === undefined || token >= highest };
      if (token !== undefined && token > highest) highest = token;
      writes.push(write);
      for (const listener of listeners) listener(write);
    },
    forget() {
      writes.length = 0;
    },
    next(matches) {
      return new Promise((resolve) => {
        const listener = (write: Write) => {
          if (!write.admitted || !matches(write)) return;
          listeners.delete(listener);
          resolve(write);
        };
        listeners.add(listener);
      });
    },
  };
}
