/** The shapes of a bridge: a lock of another kind, and a mechanism that leads only while it is held. */
import type { Timings } from '../../core/time/timing.ts';
import type { Clock, Journal, Mechanism } from '../../ports.ts';
import type { Leadership } from '../candidate/leadership.ts';
import type { RegisteredCandidate } from '../candidate/registering.ts';

/** A lock of another kind: what programs of yours hold today while they lead. */
export interface OtherLock {
  /**
   * Waits until the lock is held, or rejects with the signal's reason once `signal` aborts, and then holds
   * nothing. Another rejection is told in the journal, and the bridge asks again after a renew interval.
   */
  acquire(signal: AbortSignal): Promise<HeldLock>;
}

/** The lock of another system, while it is held. */
export interface HeldLock {
  /** Aborts before anyone else can hold the lock, as far as that lock can promise it. */
  readonly lost: AbortSignal;
  /** How long the lock is surely held, where that is known. Asked at each effect; must not throw. */
  remainingMs?(): number;
  /** Gives the lock up. The next campaign waits for it, up to a renew interval. */
  release(): Promise<void>;
}

export interface BridgeWiring {
  readonly election: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly timings: Pick<Timings, 'leaseDurationMs' | 'renewIntervalMs' | 'rank' | 'staggerMs'>;
  readonly on: Leadership['on'];
}

/** A mechanism that wraps its candidates. */
export type BridgedMechanism = Mechanism & {
  readonly over?: (candidate: RegisteredCandidate, wiring: BridgeWiring) => RegisteredCandidate;
};
