/**
 * One lane on the page: its name, its buttons, and its bars on a strip that moves.
 *
 * Positions on the strip count from a fixed origin. So the passing of time moves the strip, and
 * changes only the bar that grows.
 */
import { type Bar, barEnd, type Lane, type Mark, openBar } from '../timeline.ts';
import { duration, shortName } from './words.ts';

/** What of time is in sight, and how wide it is. */
export interface Frame {
  readonly nowEpochMs: number;
  readonly originEpochMs: number;
  readonly fromEpochMs: number;
  readonly pxPerMs: number;
}

export interface LaneView {
  readonly element: HTMLElement;
  /** `isNew` where the scale changed, or where elements that left the sight are to be removed. */
  show(lane: Lane, frame: Frame, isNew: boolean): void;
}

const SIGNS: Readonly<Partial<Record<Mark['kind'], string>>> = {
  // Its diamond is a square that is turned, which turns this into a cross.
  refused: '+',
  killed: '†',
  frozen: '❄',
  thawed: '☀',
  stopping: '■',
  'cut-off': '⊘',
  reconnected: '○',
  error: '!',
};

const BUTTONS = [
  ['kill', 'Kill'],
  ['freeze', 'Freeze'],
  ['thaw', 'Thaw'],
  ['stop', 'Stop'],
  ['transfer', 'Lead'],
  ['cut-off', 'Cut off'],
  ['reconnect', 'Reconnect'],
] as const;

export const position = (epochMs: number, frame: Frame): number =>
  (epochMs - frame.originEpochMs) * frame.pxPerMs;

export function place(element: HTMLElement, from: number, to: number, frame: Frame): void {
  const left = position(from, frame).toFixed(1);
  const width = Math.max(0, (to - from) * frame.pxPerMs).toFixed(1);
  const place = `${left} ${width}`;
  if (placed.get(element) === place) return;
  placed.set(element, place);
  element.style.left = `${left}px`;
  element.style.width = `${width}px`;
}

/**
 * Writing a style creates objects even where it changes nothing. Most elements stay where they are.
 */
const placed = new WeakMap<HTMLElement, string>();

export function moveStrip(strip: HTMLElement, frame: Frame): void {
  strip.style.transform = `translateX(${-position(frame.fromEpochMs, frame).toFixed(1)}px)`;
}

export function make(tag: string, className: string, text = ''): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== '') element.textContent = text;
  return element;
}

export function createLaneView(id: string, hasActions: boolean): LaneView {
  const element = make('div', 'row lane');
  element.dataset.lane = id;
  const head = make('div', 'head');
  const name = make('span', 'name', shortName(id));
  name.title = id;
  const state = make('span', 'state');
  const buttons = hasActions ? createButtons(id) : undefined;
  head.append(name, state, ...(buttons ? [buttons.element] : []));
  const track = make('div', 'track');
  const strip = make('div', 'strip');
  const live = make('div', 'bar left');
  const alive = make('div', 'alive');
  track.append(alive, strip);
  element.append(head, track);
  let shown: Lane | undefined;
  let openElement: HTMLElement | undefined;

  return {
    element,
    show(lane, frame, isNew) {
      if (lane !== shown || isNew) {
        shown = lane;
        openElement = fillStrip(strip, lane, frame);
        buttons?.show(lane);
      }
      showState(state, element, lane, frame.nowEpochMs);
      moveStrip(strip, frame);
      showAlive(alive, lane, frame);
      showOpenBar({ lane, frame, openElement, live, strip });
    },
  };
}

/**
 * Stands on the track and not on its strip: it mostly reaches from end to end, and stands still.
 */
function showAlive(alive: HTMLElement, lane: Lane, frame: Frame): void {
  const { fromEpochMs, nowEpochMs } = frame;
  const from = Math.max(lane.joinedAtEpochMs, fromEpochMs);
  const to = Math.max(from, lane.goneAtEpochMs ?? nowEpochMs);
  place(alive, from - fromEpochMs, to - fromEpochMs, { ...frame, originEpochMs: 0 });
}

function createButtons(id: string) {
  const element = make('span', 'buttons');
  const all = BUTTONS.map(([action, label]) => {
    const button = make('button', '', label) as HTMLButtonElement;
    button.type = 'button';
    button.dataset.action = action;
    button.setAttribute('aria-label', `${label} ${shortName(id)}`);
    return { action, button };
  });
  element.append(...all.map(({ button }) => button));
  return {
    element,
    show(lane: Lane) {
      const offered = actionsFor(lane);
      for (const { action, button } of all) button.hidden = !offered.includes(action);
    },
  };
}

function actionsFor(lane: Lane): readonly string[] {
  if (lane.process === 'gone') return [];
  if (lane.process === 'frozen') return ['kill', 'thaw'];
  const transfer = lane.cutOff || openBar(lane) ? [] : ['transfer'];
  return ['kill', 'freeze', 'stop', ...transfer, lane.cutOff ? 'reconnect' : 'cut-off'];
}

/** Everything on the strip that only an event can change. Returns the bar that time changes. */
function fillStrip(strip: HTMLElement, lane: Lane, frame: Frame): HTMLElement | undefined {
  const inSight = (untilEpochMs: number | undefined) =>
    untilEpochMs === undefined || untilEpochMs >= frame.fromEpochMs;
  let open: HTMLElement | undefined;
  const parts: HTMLElement[] = [];
  for (const bar of lane.bars) {
    if (!inSight(bar.endedAtEpochMs)) continue;
    const element = barElement(bar, frame);
    if (bar.endedAtEpochMs === undefined) open = element;
    parts.push(element, ...deadLease(bar, frame), ...draining(bar, frame));
  }
  for (const pause of lane.pauses) {
    if (!inSight(pause.toEpochMs)) continue;
    const element = make('div', 'pause');
    const far = frame.nowEpochMs + 1_000 / frame.pxPerMs;
    place(element, pause.fromEpochMs, pause.toEpochMs ?? far, frame);
    parts.push(element);
  }
  for (const mark of lane.marks) {
    if (inSight(mark.atEpochMs)) parts.push(markElement(mark, frame));
  }
  strip.replaceChildren(...parts);
  return open;
}

function barElement(bar: Bar, frame: Frame): HTMLElement {
  const element = make('div', 'bar leads');
  element.append(make('b', '', bar.token));
  element.dataset.token = bar.token;
  element.dataset.open = String(bar.endedAtEpochMs === undefined);
  const end = barEnd(bar, frame.nowEpochMs);
  element.title = `term ${bar.token}${bar.why ? `, ${bar.why}` : ''}: ${duration(end - bar.fromEpochMs)}`;
  place(element, bar.fromEpochMs, end, frame);
  return element;
}

/** The lease of a dead leader: nothing acts under it, and no other candidate may lead yet. */
function deadLease(bar: Bar, frame: Frame): readonly HTMLElement[] {
  const { killedAtEpochMs } = bar;
  const end = bar.endedAtEpochMs ?? bar.leadUntilEpochMs;
  if (killedAtEpochMs === undefined || end <= killedAtEpochMs) return [];
  const element = make('div', 'bar dead');
  place(element, killedAtEpochMs, end, frame);
  return [element];
}

function draining(bar: Bar, frame: Frame): readonly HTMLElement[] {
  const { drainingSinceEpochMs, endedAtEpochMs } = bar;
  if (drainingSinceEpochMs === undefined || endedAtEpochMs === undefined) return [];
  const element = make('div', 'bar drains');
  place(element, drainingSinceEpochMs, endedAtEpochMs, frame);
  return [element];
}

function markElement(mark: Mark, frame: Frame): HTMLElement {
  const element = make('div', `mark ${mark.kind}`, SIGNS[mark.kind] ?? '');
  element.dataset.mark = mark.kind;
  element.title = mark.says;
  element.style.left = `${position(mark.atEpochMs, frame).toFixed(1)}px`;
  return element;
}

/** The bar that grows, and behind it what is left of the lease. */
function showOpenBar(at: {
  lane: Lane;
  frame: Frame;
  openElement: HTMLElement | undefined;
  live: HTMLElement;
  strip: HTMLElement;
}): void {
  const { lane, frame, openElement, live, strip } = at;
  const bar = lane.bars.at(-1);
  const isOpen =
    openElement !== undefined && bar !== undefined && bar.killedAtEpochMs === undefined;
  if (!isOpen) {
    live.remove();
    return;
  }
  const end = barEnd(bar, frame.nowEpochMs);
  place(openElement, bar.fromEpochMs, end, frame);
  if (live.parentElement !== strip) strip.append(live);
  place(live, end, Math.max(end, bar.leadUntilEpochMs), frame);
}

function showState(state: HTMLElement, row: HTMLElement, lane: Lane, nowEpochMs: number): void {
  const words = stateOf(lane, nowEpochMs);
  if (state.textContent === words) return;
  state.textContent = words;
  row.dataset.state = words;
}

export function stateOf(lane: Lane, nowEpochMs: number): string {
  if (lane.process === 'gone') return 'gone';
  if (lane.process === 'frozen') return 'frozen';
  const bar = lane.bars.at(-1);
  const leads = bar?.endedAtEpochMs === undefined && (bar?.leadUntilEpochMs ?? 0) > nowEpochMs;
  if (leads && bar?.drainingSinceEpochMs !== undefined) return 'hands over';
  if (lane.cutOff) return leads ? 'leads, cut off' : 'cut off';
  return leads ? 'leads' : 'waits';
}
