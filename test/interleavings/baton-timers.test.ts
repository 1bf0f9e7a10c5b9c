/** However a baton's campaign or term ends, none of its timers is left to ring. */
import { expect, test } from 'vitest';
import { type BatonActor, type BatonScene, playBaton } from '../scenarios/baton-scene.ts';

/** A queue with one baton, and a candidate that leads by it. */
async function leading({ candidate, send, pass }: BatonScene) {
  await send('', 'seed');
  const actor = candidate('a');
  const campaign = actor.election.campaign();
  await pass(0);
  return { actor, term: await campaign };
}

/** Lets the open requests be answered, while the clock stands still. */
async function leavesNothing({ pass }: BatonScene, actor: BatonActor) {
  await pass(0);
  expect(actor.timers).toBe(0);
}

test('a term that resigns', () =>
  playBaton(async (scene) => {
    const { actor, term } = await leading(scene);
    expect(actor.timers).toBeGreaterThan(0);
    await term.resign();
    await leavesNothing(scene, actor);
  }));

test('a term that was renewed, and then resigns', () =>
  playBaton(async (scene) => {
    const { actor, term } = await leading(scene);
    await scene.pass(60_000);
    await term.resign();
    await leavesNothing(scene, actor);
  }));

test('work that returns, and work that throws', () =>
  playBaton(async (scene) => {
    const { candidate, send, pass } = scene;
    await send('', 'seed');
    const actor = candidate('a');
    const returned = actor.election.lead(() => 'done');
    await pass(0);
    expect(await returned).toBe('done');
    await leavesNothing(scene, actor);
    const threw = actor.election.lead(() => Promise.reject(new Error('the work failed')));
    const outcome = expect(threw).rejects.toThrow('the work failed');
    await pass(0);
    await outcome;
    await leavesNothing(scene, actor);
  }));

test('a campaign that is called off in its poll', () =>
  playBaton(async (scene) => {
    const { actor: leader } = await leading(scene);
    const waiting = scene.candidate('b');
    const leave = new AbortController();
    const outcome = expect(waiting.election.campaign({ signal: leave.signal })).rejects.toBe(
      'enough',
    );
    await scene.pass(5_000);
    expect(waiting.timers).toBeGreaterThan(0);
    leave.abort('enough');
    await outcome;
    await leavesNothing(scene, waiting);
    expect(leader.timers).toBeGreaterThan(0);
  }));

test('an attempt that finds nothing to receive', () =>
  playBaton(async (scene) => {
    const actor = scene.candidate('a');
    const attempt = actor.election.tryCampaign();
    await scene.pass(2_000);
    expect(await attempt).toBeUndefined();
    await leavesNothing(scene, actor);
  }));
