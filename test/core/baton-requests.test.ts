/**
 * Requests of an hour with the default timings: the figures that `docs/queue-or-lease.md` reckons with.
 */
import { expect, it } from 'vitest';
import {
  baton,
  campaigning,
  createScene,
  extended,
  granted,
  leading,
  receives,
  SELF,
  unknown,
} from './baton-scene.ts';

const HOUR_MS = 3_600_000;
const REQUESTS = [
  'receive',
  'send',
  'extend',
  'delete',
  'give-back',
  'count',
  'check-queue',
] as const;

it('a leader extends 400 times an hour and asks for nothing else', () => {
  const scene = leading();
  const before = Object.fromEntries(REQUESTS.map((kind) => [kind, scene.count(kind)]));
  for (let passedMs = 0; passedMs < HOUR_MS; passedMs += 9_000) {
    scene.pass(9_000);
    scene.feed({ kind: 'tick' });
    extended(scene, granted);
  }
  const made = REQUESTS.map((kind) => [kind, scene.count(kind) - (before[kind] ?? 0)]);
  expect(made.filter(([, count]) => count !== 0)).toEqual([['extend', 400]]);
});

it('a standby polls 180 times an hour, counts 36 times, and writes nothing', () => {
  const scene = createScene();
  campaigning(scene);
  for (let passedMs = 0; passedMs < HOUR_MS; passedMs += 20_000) {
    scene.pass(20_000);
    const counting = receives(scene).some(({ kind }) => kind === 'count');
    if (counting) scene.feed({ kind: 'counted', outcome: { kind: 'granted', messages: 2 } });
  }
  expect(scene.count('receive')).toBe(181);
  expect(scene.count('count')).toBe(36);
  expect(scene.count('send') + scene.count('extend') + scene.count('delete')).toBe(0);
});

it('a standby asks a queue that is gone no more often than one that answers', () => {
  const scene = createScene();
  campaigning(scene);
  const instants: number[] = [];
  let nowMs = 0;
  for (; nowMs < HOUR_MS; nowMs += 1_000) {
    const { phase } = scene.state();
    const inFlight = phase.kind === 'waiting' && phase.receive?.retryAt === undefined;
    if (inFlight) {
      const { id, attempt } = scene.last('receive');
      instants.push(nowMs);
      scene.feed({ kind: 'received', id, attempt, outcome: unknown });
    }
    scene.pass(1_000);
    scene.feed({ kind: 'tick' });
  }
  // The first receive may have failed by a passing fault, so the candidate repeats it at once.
  const once = SELF.timings.leaseDurationMs;
  const later = instants.filter((atMs) => atMs > once);
  expect(later.length).toBeGreaterThan(100);
  expect(later.length).toBeLessThanOrEqual((HOUR_MS - once) / SELF.limits.pollWaitMs);
});

it('a hand-over takes a deletion, and of the next leader one send', () => {
  const scene = createScene();
  campaigning(scene);
  receives(scene, baton(8n));
  expect(scene.count('send')).toBe(1);
});
