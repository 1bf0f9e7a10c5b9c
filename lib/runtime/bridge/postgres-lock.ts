/**
 * PostgreSQL's advisory lock of a session, as the old lock of a bridge.
 *
 * The lock lives as long as its connection. The holder therefore asks that connection again and again
 * whether it still answers, and counts the lock as lost where it does not.
 */
import { pause } from '../../pause.ts';
import type { Clock } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import { systemClock } from '../clock/system.ts';
import type { HeldLock, OtherLock } from './bridged.ts';

/** The part of a `pg.Client` that a lock needs. A pool does not do: its connections change hands. */
export interface PostgresSession {
  query(text: string, values: string[]): Promise<{ readonly rows: readonly unknown[] }>;
  on(event: 'error' | 'end', listener: () => void): unknown;
  end(): Promise<void>;
}

/** What `postgresLock` takes. */
export interface PostgresLockOptions {
  /** Opens a connection of its own for each attempt to hold the lock. */
  readonly connect: () => Promise<PostgresSession>;
  /** The key that programs of today give to `pg_advisory_lock`. */
  readonly key: bigint;
  /** Between two attempts, and between two questions to a connection that holds the lock. Default 1 s. */
  readonly everyMs?: number | undefined;
  /** Default: the system’s. A test gives its own. */
  readonly clock?: Clock | undefined;
}

/**
 * Holds `pg_advisory_lock(key)`. The server frees the lock as soon as it sees the connection end. A holder that
 * the network cuts off learns of it within two `everyMs`, and the server only by its TCP keepalive: set
 * `tcp_keepalives_idle` there, for the successor's sake.
 */
export function postgresLock(options: PostgresLockOptions): OtherLock {
  const { connect, key, everyMs = 1_000, clock = systemClock } = options;
  const values = [`${key}`];

  async function tryLock(session: PostgresSession): Promise<boolean> {
    const { rows } = await session.query('SELECT pg_try_advisory_lock($1::bigint) AS held', values);
    return (rows[0] as { held?: unknown } | undefined)?.held === true;
  }

  async function wait(session: PostgresSession, lost: AbortSignal, signal: AbortSignal) {
    const either = AbortSignal.any([signal, lost]);
    while (!(await tryLock(session))) {
      await pause(clock, everyMs, either);
      signal.throwIfAborted();
      lost.throwIfAborted();
    }
    signal.throwIfAborted();
  }

  /** Ends once the connection fails to answer in time, or the lock is given up. */
  async function watch(session: PostgresSession, end: AbortController): Promise<void> {
    while (!end.signal.aborted) {
      const answers = await withDeadline(
        clock,
        everyMs,
        async () => session.query('SELECT 1', []).then(() => true),
        () => false,
      );
      if (!answers)
        return end.abort(new Error('the connection that holds the lock does not answer'));
      await pause(clock, everyMs, end.signal);
    }
  }

  return {
    async acquire(signal): Promise<HeldLock> {
      const session = await connect();
      const lost = new AbortController();
      const over = () => lost.abort(new Error('the connection that holds the lock has ended'));
      session.on('error', over);
      session.on('end', over);
      try {
        await wait(session, lost.signal, signal);
      } catch (error) {
        await session.end().catch(() => undefined);
        throw error;
      }
      void watch(session, lost);
      return {
        lost: lost.signal,
        async release() {
          over();
          // The end of the session is the release, whatever that connection still answers.
          await withDeadline(
            clock,
            everyMs,
            async () => session.end(),
            () => undefined,
          );
        },
      };
    },
  };
}
