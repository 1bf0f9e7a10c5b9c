/**
 * The time line of an election: lanes, terms as bars, marks, and gaps without a leader.
 *
 * Pure, and the same code in the server and in the page. Decides what is kept: bars of a quarter of
 * an hour, and never more than a fixed number. So a page that is left open does not grow.
 */
import type { FeedEvent } from './feed.ts';

export interface Bar {
  readonly token: string;
  readonly fromEpochMs: number;
  /** The end of the lease as last confirmed. */
  readonly leadUntilEpochMs: number;
  /** When its process was killed: the lease goes on, but nothing acts under it. */
  readonly killedAtEpochMs?: number | undefined;
  readonly drainingSinceEpochMs?: number | undefined;
  readonly endedAtEpochMs?: number | undefined;
  readonly why?: string | undefined;
}

export interface Mark {
  readonly kind: FeedEvent['event'];
  readonly atEpochMs: number;
  readonly says: string;
}

export interface Span {
  readonly fromEpochMs: number;
  /** Absent while it lasts. */
  readonly toEpochMs?: number | undefined;
}

export interface Lane {
  readonly id: string;
  readonly process: 'up' | 'frozen' | 'stopping' | 'gone';
  readonly cutOff: boolean;
  readonly joinedAtEpochMs: number;
  readonly goneAtEpochMs?: number | undefined;
  readonly bars: readonly Bar[];
  readonly marks: readonly Mark[];
  readonly pauses: readonly Span[];
}

/** Who led and when, as the page draws it. */
export interface Timeline {
  /** One for each candidate. */
  readonly lanes: readonly Lane[];
  /** Counted since the beginning, so also what is no longer kept. */
  readonly terms: number;
  /** How many stale writes were refused. */
  readonly refused: number;
}

/** A timeline in which nothing has happened. */
export const EMPTY_TIMELINE: Timeline = { lanes: [], terms: 0, refused: 0 };

/** As long as the widest view of the page. */
export const KEPT_MS = 900_000;
const BARS_MAX = 120;
const MARKS_MAX = 120;
const LANES_MAX = 40;

/** The time line with what this event adds. Events of one lane must come in their order. */
export function addEvent(timeline: Timeline, event: FeedEvent): Timeline {
  const known = timeline.lanes.find(({ id }) => id === event.lane);
  const lanes = known ? timeline.lanes : withRoom([...timeline.lanes, newLane(event)]);
  return {
    lanes: lanes.map((lane) =>
      lane.id === event.lane
        ? changed(lane, event)
        : event.event === 'elected'
          ? closed(lane, event.atEpochMs)
          : lane,
    ),
    terms: timeline.terms + (event.event === 'elected' ? 1 : 0),
    refused: timeline.refused + (event.event === 'refused' ? 1 : 0),
  };
}

function newLane({ lane: id, atEpochMs: joinedAtEpochMs }: FeedEvent): Lane {
  return { id, joinedAtEpochMs, process: 'up', cutOff: false, bars: [], marks: [], pauses: [] };
}

/** The lanes that have been dead the longest make room. */
function withRoom(lanes: readonly Lane[]): readonly Lane[] {
  if (lanes.length <= LANES_MAX) return lanes;
  const oldest = lanes.find(({ process }) => process === 'gone') ?? lanes[0];
  return lanes.filter((lane) => lane !== oldest);
}

function changed(lane: Lane, event: FeedEvent): Lane {
  const { atEpochMs, says = '' } = event;
  switch (event.event) {
    case 'joined':
      return { ...lane, process: 'up', cutOff: false, goneAtEpochMs: undefined };
    case 'standby':
      return lane;
    case 'elected':
      return elected(closed(lane, atEpochMs), event);
    case 'renewed':
      return withBar(lane, { leadUntilEpochMs: atEpochMs + (event.remainingMs ?? 0) });
    case 'draining':
      return withBar(lane, { drainingSinceEpochMs: atEpochMs });
    case 'resigned':
      return withBar(lane, { endedAtEpochMs: atEpochMs, why: 'resigned' });
    case 'lost':
      return closed(lane, atEpochMs, says);
    case 'refused':
      return marked(lane, event, `stale write with token ${event.token} refused: ${says}`);
    case 'error':
      return marked(lane, event, says);
    case 'killed': {
      const killed = marked(
        { ...lane, process: 'gone', goneAtEpochMs: atEpochMs },
        event,
        'killed',
      );
      return withBar(resumed(killed, atEpochMs), { killedAtEpochMs: atEpochMs });
    }
    case 'frozen': {
      const pauses = [...lane.pauses, { fromEpochMs: atEpochMs }].slice(-MARKS_MAX);
      return marked({ ...lane, process: 'frozen', pauses }, event, 'frozen');
    }
    case 'thawed':
      return marked(resumed({ ...lane, process: 'up' }, atEpochMs), event, 'thawed');
    case 'stopping':
      return marked({ ...lane, process: 'stopping' }, event, 'told to stop');
    case 'cut-off':
      return marked({ ...lane, cutOff: true }, event, 'cut off from the store');
    case 'reconnected':
      return marked({ ...lane, cutOff: false }, event, 'reaches the store again');
    case 'gone':
      return {
        ...resumed(lane, atEpochMs),
        process: 'gone',
        goneAtEpochMs: lane.goneAtEpochMs ?? atEpochMs,
      };
  }
}

function elected(lane: Lane, { token = '', atEpochMs, remainingMs = 0 }: FeedEvent): Lane {
  const bar: Bar = { token, fromEpochMs: atEpochMs, leadUntilEpochMs: atEpochMs + remainingMs };
  const kept = lane.bars.filter((old) => (old.endedAtEpochMs ?? atEpochMs) > atEpochMs - KEPT_MS);
  return { ...lane, bars: [...kept, bar].slice(-BARS_MAX) };
}

/** Ends an open bar: now, or where its lease ran out before. */
function closed(lane: Lane, atEpochMs: number, why = 'lapsed'): Lane {
  const open = openBar(lane);
  if (open === undefined) return lane;
  return withBar(lane, { endedAtEpochMs: Math.min(atEpochMs, open.leadUntilEpochMs), why });
}

/** The bar of the term that this lane leads; absent where it leads none. */
export function openBar(lane: Lane): Bar | undefined {
  const last = lane.bars.at(-1);
  return last?.endedAtEpochMs === undefined ? last : undefined;
}

function withBar(lane: Lane, change: Partial<Bar>): Lane {
  const open = openBar(lane);
  return open ? { ...lane, bars: [...lane.bars.slice(0, -1), { ...open, ...change }] } : lane;
}

function marked(lane: Lane, { event: kind, atEpochMs }: FeedEvent, says: string): Lane {
  const kept = lane.marks.filter((mark) => mark.atEpochMs > atEpochMs - KEPT_MS);
  return { ...lane, marks: [...kept, { kind, atEpochMs, says }].slice(-MARKS_MAX) };
}

/** Ends the pause that lasts. */
function resumed(lane: Lane, toEpochMs: number): Lane {
  const last = lane.pauses.at(-1);
  if (last === undefined || last.toEpochMs !== undefined) return lane;
  return { ...lane, pauses: [...lane.pauses.slice(0, -1), { ...last, toEpochMs }] };
}

/** Until when its leader could act under this bar, seen at `nowEpochMs`. */
export function barEnd(bar: Bar, nowEpochMs: number): number {
  const end = bar.endedAtEpochMs ?? bar.leadUntilEpochMs;
  return Math.min(end, bar.killedAtEpochMs ?? end, nowEpochMs);
}

export interface Leader {
  readonly lane: Lane;
  readonly bar: Bar;
}

/** The leader that can act: neither dead nor frozen. */
export function leaderAt(timeline: Timeline, nowEpochMs: number): Leader | undefined {
  for (const lane of timeline.lanes) {
    const bar = lane.process === 'frozen' ? undefined : openBar(lane);
    if (bar && bar.killedAtEpochMs === undefined && bar.leadUntilEpochMs > nowEpochMs) {
      return { lane, bar };
    }
  }
  return undefined;
}

/** A time in which nobody led. */
export interface Gap {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  /** Whether the gap lasts still. */
  readonly open: boolean;
}

/** When the leader of this lane could act: its bars, less the time that it was frozen. */
function actingSpans(lane: Lane, nowEpochMs: number): readonly Required<Span>[] {
  const bars = lane.bars.map((bar) => ({
    fromEpochMs: bar.fromEpochMs,
    toEpochMs: barEnd(bar, nowEpochMs),
  }));
  return lane.pauses.reduce(
    (spans, pause) => spans.flatMap((span) => without(span, pause, nowEpochMs)),
    bars,
  );
}

function without(
  span: Required<Span>,
  pause: Span,
  nowEpochMs: number,
): { fromEpochMs: number; toEpochMs: number }[] {
  const { fromEpochMs, toEpochMs } = span;
  const pauseEnd = pause.toEpochMs ?? nowEpochMs;
  const before = { fromEpochMs, toEpochMs: Math.min(toEpochMs, pause.fromEpochMs) };
  const after = { fromEpochMs: Math.max(fromEpochMs, pauseEnd), toEpochMs };
  return [before, after].filter((part) => part.toEpochMs > part.fromEpochMs);
}

/** The spans without a leader, between the first term that is kept and now. */
export function gapsOf(timeline: Timeline, nowEpochMs: number): readonly Gap[] {
  const spans = timeline.lanes
    .flatMap((lane) => actingSpans(lane, nowEpochMs))
    .sort((a, b) => a.fromEpochMs - b.fromEpochMs);
  const gaps: Gap[] = [];
  let coveredUntil = spans[0]?.fromEpochMs ?? nowEpochMs;
  for (const { fromEpochMs, toEpochMs } of spans) {
    if (fromEpochMs > coveredUntil) {
      gaps.push({ fromEpochMs: coveredUntil, toEpochMs: fromEpochMs, open: false });
    }
    coveredUntil = Math.max(coveredUntil, toEpochMs);
  }
  if (coveredUntil < nowEpochMs) {
    gaps.push({ fromEpochMs: coveredUntil, toEpochMs: nowEpochMs, open: true });
  }
  return gaps;
}
