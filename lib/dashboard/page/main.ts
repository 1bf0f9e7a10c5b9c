/**
 * The page's beginning: follows the events, draws each frame, and sends what buttons and keys ask for.
 */
import { leaderAt } from '../timeline.ts';
import { follow } from './follow.ts';
import { createView, element } from './view.ts';

const { token = '', actions, range } = document.body.dataset;
const hasActions = actions === 'true';
const CALM_FRAME_MS = 250;
const TOAST_MS = 4_000;

const following = follow((isConnected) => {
  const link = element('link');
  link.textContent = isConnected ? 'live' : 'reconnecting';
  link.dataset.live = String(isConnected);
});
const view = createView({ hasActions, rangeMs: Number(range) });

function draw(): void {
  view.show(following.timeline, following.nowEpochMs());
  schedule();
}

/** A viewer who asks for less motion gets four pictures a second instead of every frame. */
function schedule(): void {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (isCalm) setTimeout(() => requestAnimationFrame(draw), CALM_FRAME_MS);
  else requestAnimationFrame(draw);
}

async function act(action: string, lane?: string): Promise<void> {
  const answer = await fetch('/actions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Tenure-Token': token },
    body: JSON.stringify({ action, ...(lane !== undefined && { lane }) }),
  }).catch(() => undefined);
  if (answer === undefined) toast('the server does not answer');
  else if (!answer.ok) toast(await answer.text());
}

let toastTimer: ReturnType<typeof setTimeout> | undefined;

function toast(text: string): void {
  element('toast').textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    element('toast').textContent = '';
  }, TOAST_MS);
}

document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('button') : null;
  const { range, action } = button?.dataset ?? {};
  if (range !== undefined) setRange(Number(range));
  if (action !== undefined) void act(action, laneOf(button));
});

function laneOf(button: Element | null): string | undefined {
  const row = button?.closest('[data-lane]');
  return row instanceof HTMLElement ? row.dataset.lane : undefined;
}

function setRange(rangeMs: number): void {
  view.setRange(rangeMs);
  for (const button of document.querySelectorAll<HTMLElement>('[data-range]')) {
    button.setAttribute('aria-pressed', String(Number(button.dataset.range) === rangeMs));
  }
}

/** What a key does to the leader. */
const ON_LEADER: Readonly<Record<string, string>> = {
  k: 'kill',
  f: 'freeze',
  s: 'stop',
  c: 'cut-off',
};

document.addEventListener('keydown', (event) => {
  if (!hasActions || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const { timeline } = following;
  if (event.key === 'a') void act('add');
  if (event.key === 't') {
    const frozen = timeline.lanes.filter(({ process }) => process === 'frozen');
    for (const lane of frozen) void act('thaw', lane.id);
  }
  const action = ON_LEADER[event.key];
  if (action === undefined) return;
  const leader = leaderAt(timeline, following.nowEpochMs());
  if (leader === undefined) toast('nobody leads');
  else void act(action, leader.lane.id);
});

draw();
