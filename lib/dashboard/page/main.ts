/**
 * The page's beginning: follows the events, draws each frame, and sends what keys ask for.
 */
import { addEvent, EMPTY_TIMELINE, leaderAt } from '../timeline.ts';
import { act, hasActions, onButton, showLink, toast } from './acting.ts';
import { follow } from './follow.ts';
import { createView } from './view.ts';

const { range } = document.body.dataset;
const CALM_FRAME_MS = 250;

const following = follow({ first: EMPTY_TIMELINE, add: addEvent }, showLink);
const view = createView({ hasActions, rangeMs: Number(range) });

function draw(): void {
  view.show(following.state, following.nowEpochMs());
  schedule();
}

/** A viewer who asks for less motion gets four pictures a second instead of every frame. */
function schedule(): void {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (isCalm) setTimeout(() => requestAnimationFrame(draw), CALM_FRAME_MS);
  else requestAnimationFrame(draw);
}

onButton(({ range }) => {
  if (range !== undefined) setRange(Number(range));
});

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
  const { state: timeline } = following;
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
