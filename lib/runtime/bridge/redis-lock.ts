/**
 * The Redlock algorithm on one or several Redis servers, as the npm package `redlock` and its kin play it.
 */
import { pause } from '../../pause.ts';
import { withDeadline } from '../clock/deadline.ts';
import { systemRandom } from '../clock/system.ts';
import type { OtherLock } from './bridged.ts';
import { type Beat, keepLease, type LeaseOptions, remainingMsOf, rhythmOf } from './kept-lease.ts';

/** The part of an `ioredis` client that a lock needs. */
export interface RedisServer {
  eval(script: string, keys: number, ...keyAndValues: string[]): Promise<unknown>;
}

/** What `redisLock` takes. */
export interface RedisLockOptions extends LeaseOptions {
  /** The same servers that the programs of today give to their client; more than half must agree. */
  readonly servers: readonly RedisServer[];
  /** The key that the programs of today lock. */
  readonly key: string;
}

/** Only a holder's own value may be prolonged or removed. */
const ACQUIRE = "return redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') and 1 or 0";
const EXTEND = `if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('pexpire', KEYS[1], ARGV[2])`;
const RELEASE = `if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`;

interface Votes {
  readonly yes: number;
  readonly no: number;
}

/**
 * Holds a key as `redlock` does, by the same three steps. It does not use the package: release 4 of
 * that removes its own key where an extension was not answered, before its caller can know.
 *
 * Not guaranteed, as with any holder of such a lock: a server that restarts without its data, fails over to a
 * replica, or has its clock moved, forgets the lock. Only the fence of the new role protects then.
 */
export function redisLock(options: RedisLockOptions): OtherLock {
  const { servers, key } = options;
  const rhythm = rhythmOf(options);
  const { clock, everyMs, leaseDurationMs } = rhythm;
  const ttl = `${Math.floor(leaseDurationMs)}`;
  const majority = Math.floor(servers.length / 2) + 1;

  /** Asks all servers at once. A server that does not answer in time has no vote. */
  async function ask(script: string, ...values: string[]): Promise<Votes> {
    const answers = await Promise.all(
      servers.map((server) =>
        withDeadline<unknown>(
          clock,
          everyMs / 3,
          () => server.eval(script, 1, key, ...values),
          () => undefined,
        ),
      ),
    );
    const count = (wanted: number) => answers.filter((answer) => answer === wanted).length;
    return { yes: count(1), no: count(0) };
  }

  const release = async (value: string): Promise<void> => void (await ask(RELEASE, value));

  async function beat(value: string): Promise<Beat> {
    const { yes, no } = await ask(EXTEND, value, ttl);
    if (yes >= majority) return 'held';
    return no > servers.length - majority ? 'gone' : 'unknown';
  }

  return {
    async acquire(signal) {
      for (;;) {
        signal.throwIfAborted();
        const value = systemRandom.nonce();
        const since = clock.now();
        const { yes } = await ask(ACQUIRE, value, ttl);
        const lease = { since, beat: () => beat(value), release: () => release(value) };
        if (yes >= majority && remainingMsOf(rhythm, since) > 0 && !signal.aborted) {
          return keepLease(rhythm, lease);
        }
        await release(value);
        // Not in step with others, so that two do not halve the servers again and again.
        await pause(clock, everyMs * (0.5 + systemRandom.unit()), signal);
      }
    },
  };
}
