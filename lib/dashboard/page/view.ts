/**
 * The whole page: who leads now, the figures, the ruler, the gaps and the lanes.
 *
 * Each frame moves a few strips; elements are made only where something happened.
 */
import { type Gap, gapsOf, leaderAt, type Timeline } from '../timeline.ts';
import {
  createLaneView,
  type Frame,
  type LaneView,
  make,
  moveStrip,
  place,
  position,
} from './lane-view.ts';
import { duration, shortName, timeOfDay } from './words.ts';

export interface View {
  readonly rangeMs: number;
  setRange(rangeMs: number): void;
  show(timeline: Timeline, nowEpochMs: number): void;
}

/** Of the width: room on the right of now for the lease that is left. */
const FUTURE_SHARE = 0.12;
/** How often elements that left the sight are removed, and how often the figures are written. */
const SWEEP_MS = 2_000;
const FIGURES_MS = 100;
/** Less movement than this is not seen, and more than some thirty pictures a second are not needed. */
const STEP_PX_MIN = 0.3;
const FRAME_MS_MIN = 30;

export function createView(options: { hasActions: boolean; rangeMs: number }): View {
  const { hasActions } = options;
  const lanes = new Map<string, LaneView>();
  const board = element('lanes');
  const ruler = withStrip('ruler');
  const gaps = withStrip('gaps');
  const figures = createFigures();
  let rangeMs = options.rangeMs;
  let scaleShown = 0;
  let sweptAtMs = 0;
  let originEpochMs = 0;
  let shownEpochMs = 0;
  let shownAtMs = 0;

  function showLanes(timeline: Timeline, frame: Frame, isNew: boolean): void {
    for (const lane of timeline.lanes) {
      const known = lanes.get(lane.id);
      const view = known ?? createLaneView(lane.id, hasActions);
      if (known === undefined) {
        lanes.set(lane.id, view);
        board.append(view.element);
      }
      view.show(lane, frame, isNew);
    }
    if (lanes.size === timeline.lanes.length) return;
    const ids = new Set(timeline.lanes.map(({ id }) => id));
    for (const [id, view] of lanes) {
      if (ids.has(id)) continue;
      view.element.remove();
      lanes.delete(id);
    }
  }

  return {
    get rangeMs() {
      return rangeMs;
    },
    setRange(wanted) {
      rangeMs = wanted;
    },
    show(timeline, nowEpochMs) {
      const ownMs = performance.now();
      const width = gaps.track.clientWidth;
      const pxPerMs = width / rangeMs;
      // By the page's own clock: each sweep makes new elements, and their positions count from it.
      const isNew = pxPerMs !== scaleShown || ownMs - sweptAtMs > SWEEP_MS;
      const movedPx = Math.abs(nowEpochMs - shownEpochMs) * pxPerMs;
      if (!isNew && (movedPx < STEP_PX_MIN || ownMs - shownAtMs < FRAME_MS_MIN)) return;
      const fromEpochMs = nowEpochMs - rangeMs * (1 - FUTURE_SHARE);
      if (isNew) originEpochMs = fromEpochMs;
      const frame = { nowEpochMs, originEpochMs, fromEpochMs, pxPerMs };
      [shownEpochMs, shownAtMs] = [nowEpochMs, ownMs];
      if (isNew) {
        [scaleShown, sweptAtMs] = [pxPerMs, ownMs];
        fillRuler(ruler.strip, frame, rangeMs);
        board.style.setProperty('--now', `${(1 - FUTURE_SHARE) * 100}%`);
      }
      moveStrip(ruler.strip, frame);
      showLanes(timeline, frame, isNew);
      const found = gapsOf(timeline, nowEpochMs);
      showGaps(gaps.strip, found, frame);
      figures.show(timeline, found, nowEpochMs);
      element('empty').hidden = timeline.lanes.length > 0;
    },
  };
}

export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}

function withStrip(id: string): { track: HTMLElement; strip: HTMLElement } {
  const track = element(id);
  const strip = make('div', 'strip');
  track.append(strip);
  return { track, strip };
}

const TICKS_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 120_000, 300_000];
const TICK_PX_MIN = 90;

function fillRuler(strip: HTMLElement, frame: Frame, rangeMs: number): void {
  const stepMs = TICKS_MS.find((ms) => ms * frame.pxPerMs >= TICK_PX_MIN) ?? 300_000;
  const first = Math.ceil(frame.fromEpochMs / stepMs) * stepMs;
  const ticks: HTMLElement[] = [];
  for (let at = first; at < frame.fromEpochMs + rangeMs + SWEEP_MS; at += stepMs) {
    const tick = make('span', 'tick', timeOfDay(at));
    tick.style.left = `${position(at, frame).toFixed(1)}px`;
    ticks.push(tick);
  }
  strip.replaceChildren(...ticks);
}

/** Where the words do not fit into the gap they stand beside it. */
const NARROW_PX = 76;

/** The few gaps in sight, each with how long it took. Elements are used again, in order. */
function showGaps(strip: HTMLElement, gaps: readonly Gap[], frame: Frame): void {
  moveStrip(strip, frame);
  const seen = gaps.filter(({ toEpochMs }) => toEpochMs > frame.fromEpochMs);
  while (strip.childElementCount > seen.length) strip.lastElementChild?.remove();
  seen.forEach((gap, n) => {
    const shown = (strip.children[n] as HTMLElement | undefined) ?? addGap(strip);
    const words = duration(gap.toEpochMs - gap.fromEpochMs);
    writeInto(shown.firstElementChild, words);
    const widthPx = (gap.toEpochMs - gap.fromEpochMs) * frame.pxPerMs;
    shown.dataset.narrow = String(widthPx < NARROW_PX);
    shown.dataset.open = String(gap.open);
    place(shown, gap.fromEpochMs, gap.toEpochMs, frame);
  });
}

function addGap(strip: HTMLElement): HTMLElement {
  const gap = make('div', 'gap');
  gap.append(make('span', '', ' '));
  strip.append(gap);
  return gap;
}

/**
 * Changes a text in place: a new text node for each tenth of a second would be needless garbage.
 */
function writeInto(target: Element | null, words: string): void {
  const text = target?.firstChild;
  if (text instanceof Text && text.data !== words) text.data = words;
}

function createFigures() {
  const leaderName = element('leader');
  const who = element('who');
  const news = element('news');
  let writtenAt = 0;
  let told: string | undefined;

  function set(id: string, text: string): void {
    writeInto(element(id), text);
  }

  /** Told to viewers who cannot see the page: only a change of leader. */
  function tell(text: string): void {
    if (text === told) return;
    told = text;
    news.textContent = text;
  }

  return {
    show(timeline: Timeline, gaps: readonly Gap[], nowEpochMs: number): void {
      const leader = leaderAt(timeline, nowEpochMs);
      const leftMs = leader ? leader.bar.leadUntilEpochMs - nowEpochMs : 0;
      const wholeMs = leader
        ? leader.bar.leadUntilEpochMs - lastRenewal(leader.bar, nowEpochMs)
        : 1;
      element('lease').style.transform = `scaleX(${Math.max(0, Math.min(1, leftMs / wholeMs))})`;
      if (Math.abs(nowEpochMs - writtenAt) < FIGURES_MS) return;
      writtenAt = nowEpochMs;
      const gap = gaps.at(-1);
      who.dataset.led = String(leader !== undefined);
      leaderName.title = leader?.lane.id ?? '';
      set('leader', leader ? shortName(leader.lane.id) : 'nobody');
      set('token', leader?.bar.token ?? '–');
      set('remaining', leader ? `${duration(leftMs)} of the lease left` : 'the role is vacant');
      set('led', leader ? duration(nowEpochMs - leader.bar.fromEpochMs) : '–');
      set('gap', gap ? duration(gap.toEpochMs - gap.fromEpochMs) : '–');
      set('refused', String(timeline.refused));
      tell(
        leader ? `${shortName(leader.lane.id)} leads, token ${leader.bar.token}` : 'nobody leads',
      );
    },
  };

  /** The lease is as long as it was when it was confirmed: what is left then shrinks to nothing. */
  function lastRenewal(
    bar: { leadUntilEpochMs: number; token: string },
    nowEpochMs: number,
  ): number {
    const key = `${bar.token} ${bar.leadUntilEpochMs}`;
    if (key !== renewalKey) {
      renewalKey = key;
      renewedAt = nowEpochMs;
    }
    return renewedAt;
  }
}

let renewalKey = '';
let renewedAt = 0;
