/**
 * What every lock of another system must keep, whoever else holds it: one suite, run on each adapter beside
 * the other system's own client.
 */
import { expect, onTestFinished, test } from 'vitest';
import type { HeldLock, OtherLock } from '../../lib/index.ts';
import { until } from '../support/until.ts';

/** Where this process's calls to the store go wrong. */
export interface Faults {
  /** No call gets through, and none is answered. */
  cutOff: boolean;
  /** So many writes are applied and not answered. */
  answersToLose: number;
}

/** A program that holds the lock by the other system's own client. */
export interface TheirProgram {
  acquire(): Promise<void>;
  release(): Promise<void>;
  /** Ends without a release; its heartbeats end. */
  die(): void | Promise<void>;
}

export interface Place {
  ours(faults?: Faults): OtherLock;
  theirs(): Promise<TheirProgram>;
  /** Takes the lock as an operator would who deletes what the holder wrote. */
  takeAway(): Promise<void>;
}

/** Long enough for a slow machine to send heartbeats in, short enough to await its end. */
export const LEASE_MS = 6_000;
export const EVERY_MS = 500;

export const noFaults = (): Faults => ({ cutOff: false, answersToLose: 0 });

/** Lets calls go wrong as these faults say. */
export async function through<T>(faults: Faults, isWrite: boolean, call: () => Promise<T>) {
  if (faults.cutOff) return new Promise<T>(() => undefined);
  const answer = await call();
  if (!isWrite || faults.answersToLose === 0) return answer;
  faults.answersToLose -= 1;
  throw new Error('the answer was lost');
}

/** Acquires as a bridge does: asks again after an error. */
export async function hold(
  lock: OtherLock,
  signal: AbortSignal = new AbortController().signal,
): Promise<HeldLock> {
  for (;;) {
    try {
      const held = await lock.acquire(signal);
      onTestFinished(() => held.release().catch(() => undefined));
      return held;
    } catch (error) {
      if (signal.aborted) throw error;
    }
  }
}

export function keepsItsRules(place: () => Promise<Place>): void {
  test('waits for their program, holds the lock, and leaves it to their program', async () => {
    const { ours, theirs } = await place();
    const [first, second] = [await theirs(), await theirs()];
    await first.acquire();
    let isHeld = false;
    const holding = hold(ours()).finally(() => {
      isHeld = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 3 * EVERY_MS));
    expect(isHeld).toBe(false);

    await first.release();
    const held = await holding;
    let isTheirs = false;
    const acquired = second.acquire().then(() => {
      isTheirs = true;
    });
    // Longer than a lease: heartbeats keep it.
    await new Promise((resolve) => setTimeout(resolve, 1.3 * LEASE_MS));

    expect(isTheirs).toBe(held.lost.aborted);
    await held.release();
    expect(held.remainingMs?.()).toBe(0);
    await acquired;
  });

  test('takes the lock of their program that died once its lease has run out, and not before', async () => {
    const { ours, theirs } = await place();
    const their = await theirs();
    const beforeMs = performance.now();
    await their.acquire();
    await their.die();

    const held = await hold(ours());

    expect(performance.now() - beforeMs).toBeGreaterThan(LEASE_MS);
    expect(held.remainingMs?.()).toBeGreaterThan(0);
  });

  test('is lost before their program may have it, where no heartbeat is answered any more', async () => {
    const { ours, theirs } = await place();
    const faults = noFaults();
    const held = await hold(ours(faults));
    const their = await theirs();
    faults.cutOff = true;
    const said: string[] = [];
    held.lost.addEventListener('abort', () => said.push('lost'));

    const acquired = their.acquire().then(() => said.push('theirs'));
    await until(() => held.lost.aborted);
    expect(held.remainingMs?.()).toBe(0);
    await acquired;

    expect(said).toEqual(['lost', 'theirs']);
  });

  test('outlives answers that are lost, and does not wait for itself', async () => {
    const { ours } = await place();
    const faults = { cutOff: false, answersToLose: 1 };
    const startedAtMs = performance.now();
    const held = await hold(ours(faults));
    const tookMs = performance.now() - startedAtMs;
    // On a machine that stands still it may take long; by its rules it takes two attempts.
    expect(tookMs).toBeLessThan(LEASE_MS);

    faults.answersToLose = 1;
    await until(() => faults.answersToLose === 0);
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS));

    expect(held.lost.aborted).toBe(false);
  });

  test('is lost as soon as a heartbeat finds that the lock is another’s', async () => {
    const { ours, takeAway } = await place();
    const held = await hold(ours());
    await takeAway();
    await until(() => held.lost.aborted);
    expect(held.remainingMs?.()).toBe(0);
  });

  test('holds nothing once it was told to stop', async () => {
    const { ours, theirs } = await place();
    const stop = new AbortController();
    const first = await hold(ours());
    const waiting = ours().acquire(stop.signal);
    stop.abort(new Error('told to stop'));

    await expect(waiting).rejects.toThrow('told to stop');
    await first.release();
    const their = await theirs();
    await their.acquire();
  });
}
