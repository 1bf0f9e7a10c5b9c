/**
 * `npm run demo -- --ui`: the same workers on a live page, with buttons for what can go wrong.
 *
 * Decides what of the stage the page is told. Goes on until it is ended.
 */
import { once } from 'node:events';
import { createHub, type FeedEvent, startDashboard } from '../lib/dashboard/index.ts';
import { liveActions } from './live-actions.ts';
import type { Narrator } from './narrate.ts';
import { openStage } from './stage.ts';
import type { StageEvent } from './stage-event.ts';
import { DEMO_TIMINGS, ELECTION } from './timings.ts';

const WORKERS_AT_FIRST = 3;

export async function showPage(options: {
  readonly narrator: Narrator;
  readonly json: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { narrator, json, signal } = options;
  narrator.waitFor('starting DynamoDB Local');
  await using stage = await openStage({ isOpenEnded: true, signal });
  narrator.say(`${stage.store} is ready`);
  const hub = createHub();
  const actions = liveActions(stage);
  stage.listen((event) => {
    const told = feedEventOf(event);
    if (told !== undefined) hub.publish(told);
    narrator.event(event);
  });
  const { leaseDurationMs, renewIntervalMs } = DEMO_TIMINGS;
  const subtitle = `${stage.store}, lease ${leaseDurationMs} ms, renewed every ${renewIntervalMs} ms`;
  await using page = await startDashboard({
    title: ELECTION,
    subtitle,
    hub,
    actions,
    rangeMs: 30_000,
  });
  if (json) process.stdout.write(`${JSON.stringify({ url: page.url })}\n`);
  narrator.say(`open ${narrator.style('bold', page.url)} (Ctrl-C ends it)`);
  for (let n = 0; n < WORKERS_AT_FIRST; n += 1) await actions.add();
  if (!signal.aborted) await once(signal, 'abort');
  actions.close();
  narrator.say('ending every process');
}

/** Admitted writes are left out: there are too many to draw. */
function feedEventOf(event: StageEvent): FeedEvent | undefined {
  const { worker: lane, atEpochMs, token, remainingMs, why } = event;
  const about = { lane, atEpochMs, token };
  switch (event.kind) {
    case 'ready':
      return { ...about, event: 'joined' };
    case 'elected':
    case 'renewed':
      return { ...about, event: event.kind, remainingMs };
    case 'lost':
      return { ...about, event: 'lost', says: why };
    case 'refused':
      return { ...about, event: 'refused', says: `the ledger has admitted ${event.highestToken}` };
    case 'failed':
      return { ...about, event: 'error', says: why };
    case 'exited':
      return { ...about, event: 'gone' };
    case 'standby':
    case 'draining':
    case 'resigned':
    case 'frozen':
    case 'killed':
    case 'thawed':
    case 'stopping':
    case 'cut-off':
    case 'reconnected':
      return { ...about, event: event.kind };
    case 'admitted':
    case 'halted':
    case 'guard-said':
      return undefined;
  }
}
