/**
 * When a lease-checked transaction may be sent: one at a time, and never in the way of a renewal.
 *
 * Decides no outcome. Every lease check locks the election's one record while its transaction
 * lasts. DynamoDB refuses a renewal that meets the lock, and the leader must try again. Two
 * transactions at once would cancel each other. One directly after the other would leave renewals
 * no chance. So a pause as long as the transaction follows each. While a renewal is overdue, the
 * record is left alone for longer than the longest delay between two attempts at it. Assumes what
 * `core/time/timing.ts` demands: a renew interval of at most a third of the lease.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { FencingTerm } from '../fence/fence.ts';

/** A renewal takes 5 to 10 ms inside a Region: no transaction, however slow, needs a longer pause. */
const PAUSE_MS_MAX = 200;

/**
 * Fractions of the most that was ever left of the lease. A renewal is first sent while two thirds
 * are left, so at 0.6 it has failed or is late. Attempts at it are at most a third of the lease
 * apart, so down to 0.25 at least one finds the record free. If that attempt failed too, holding
 * back does not help.
 */
const OVERDUE_FROM = 0.6;
const OVERDUE_UNTIL = 0.25;

/** How often the term's clock is read meanwhile. */
const LOOK_INTERVAL_MS = 20;

export type InTurn = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
type TermOfTurns = Pick<FencingTerm, 'remainingMs'>;

const turnsByTerm = new WeakMap<object, InTurn>();

/** All fenced clients of one term share these turns: they all lock the one record. */
export function turnsOf(term: TermOfTurns): InTurn {
  const known = turnsByTerm.get(term) ?? turns(term);
  turnsByTerm.set(term, known);
  return known;
}

function turns(term: TermOfTurns): InTurn {
  const renewalOverdue = overdueWatch(term);
  let free: Promise<unknown> = Promise.resolve();
  return (work, signal) => {
    let tookMs = 0;
    const mine = free.then(async () => {
      while (renewalOverdue()) await delay(LOOK_INTERVAL_MS, undefined, { signal });
      signal?.throwIfAborted();
      const startedMs = performance.now();
      try {
        return await work();
      } finally {
        tookMs = performance.now() - startedMs;
      }
    });
    // The pause delays the next transaction, not this one's caller. Its timer keeps the process
    // alive: otherwise a process without other work would end while the next transaction waits.
    const pause = () => delay(Math.min(tookMs, PAUSE_MS_MAX));
    free = mine.then(pause, pause);
    return mine;
  };
}

function overdueWatch(term: TermOfTurns): () => boolean {
  let mostMs = 0;
  return () => {
    const leftMs = term.remainingMs();
    mostMs = Math.max(mostMs, leftMs);
    return leftMs < OVERDUE_FROM * mostMs && leftMs > OVERDUE_UNTIL * mostMs;
  };
}
