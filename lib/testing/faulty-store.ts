/**
 * A lease store with scripted faults around a real one: what a network does to requests and answers.
 */
import type { LeaseWrite, Sighting, WriteOutcome } from '../core/lease/record.ts';
import type { LeaseMechanism, LeaseStore } from '../ports.ts';

/**
 * `request-lost`: never applied, `unknown`. `answer-lost`: applied, `unknown`. `applied-twice`: applied
 * again right after. `throttled`: refused by the service before it was applied, `unknown`. `hang`: no
 * answer before the deadline, not applied; `apply-later()` applies it whenever the test says.
 */
export type Fault = 'request-lost' | 'answer-lost' | 'applied-twice' | 'throttled' | 'hang';

/** Says which fault a call meets; `undefined` for none. Called once for each attempt. */
export type FaultScript = (call: StoreCall) => Fault | undefined;

/** A call to the store. */
export type StoreCall =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly write: LeaseWrite };

/** A store whose calls fail by a script, and are remembered. */
export interface FaultyStore<Write extends LeaseWrite = LeaseWrite> extends LeaseStore<Write> {
  /** Every call that was made, in order. */
  readonly calls: readonly StoreCall[];
  /** Applies the writes that hang, as late arrivals. No caller gets their answers. */
  applyLate(): Promise<void>;
}

/** A store of which single calls fail as the script says, and which remembers its calls. */
export function withFaults<Write extends LeaseWrite>(
  store: LeaseStore<Write>,
  script: FaultScript,
): FaultyStore<Write> {
  const calls: StoreCall[] = [];
  const late: Write[] = [];
  const { signal: never } = new AbortController();

  async function write(
    leaseWrite: Write,
    options: { signal: AbortSignal },
    fault: Fault | undefined,
  ): Promise<WriteOutcome> {
    switch (fault) {
      case undefined:
        return store.write(leaseWrite, options);
      case 'request-lost':
      case 'throttled':
        return lost(fault);
      case 'answer-lost':
        await store.write(leaseWrite, options);
        return lost(fault);
      case 'applied-twice': {
        const outcome = await store.write(leaseWrite, options);
        await store.write(leaseWrite, options);
        return outcome;
      }
      case 'hang':
        late.push(leaseWrite);
        return aborted(options.signal);
    }
  }

  return {
    ...store,
    calls,
    async read(options): Promise<Sighting> {
      const call = { kind: 'read' } as const;
      calls.push(call);
      const fault = script(call);
      if (fault === undefined) return store.read(options);
      return fault === 'hang' ? aborted(options.signal) : lost(fault);
    },
    write(leaseWrite, options) {
      const call = { kind: 'write', write: leaseWrite } as const;
      calls.push(call);
      return write(leaseWrite, options, script(call));
    },
    async applyLate() {
      for (const arrival of late.splice(0)) await store.write(arrival, { signal: never });
    },
  };
}

/** A mechanism whose stores all follow one script. */
export function faultyLease(inner: LeaseMechanism, script: FaultScript): LeaseMechanism {
  return { ...inner, open: (election) => withFaults(inner.open(election), script) };
}

function lost(fault: Fault) {
  return { kind: 'unknown', cause: new Error(fault), permanent: false } as const;
}

function aborted(signal: AbortSignal): Promise<ReturnType<typeof lost>> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(lost('hang')), { once: true });
  });
}
