/**
 * Virtual time, chance, and the group's rows behind a network that loses, delays and doubles.
 *
 * Everything happens at once or later, in one thread and without a promise: one seed, one course. Rows keep
 * a history, because an eventual read may show what was there a second ago.
 */
import type { MemberRow, PlanHead } from '../../../lib/core/group/rows.ts';
import type {
  GroupRead,
  GroupSighting,
  GroupWrite,
  RecordOutcome,
  RecordWrite,
  Unknown,
} from '../../../lib/core/group/writes.ts';
import {
  applyGroupWrite,
  applyRecordWrite,
  createGroupRows,
  type GroupRows,
  sightingOf,
} from '../../../lib/testing/memory-group.ts';
import { type Due, pop, push } from '../shared/heap.ts';
import { type SeededRandom, seeded } from '../shared/random.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';

/** How late a message may be: later than any process still expects it. */
export const LATE_MS_MAX = 9_000;
/** Something between a member and the store repeats a request so often. */
const REPEATED_EVERY_MS = 500;
const STALENESS_MS_MAX = 1_500;
export const RECORD_KEYS = 16;
/** A run has some ten thousand; a group of a hundred members that runs for an hour, some millions. */
const EVENTS_MAX = 50_000_000;

export interface Trouble {
  /** The chance that a request is lost, late or doubled, or its answer lost or late. */
  callFaultRate: number;
  outage: boolean;
  /** Keys of records that throttle. */
  readonly throttled: Set<number>;
  /** Processes that reach nothing, or are not reached by answers. */
  readonly cut: Set<SimulatedProcess>;
  readonly answersCut: Set<SimulatedProcess>;
}

export interface World {
  readonly nowMs: number;
  readonly random: SeededRandom;
  readonly rows: GroupRows;
  readonly trouble: Trouble;
  readonly requests: Map<string, number>;
  at(instantMs: number, event: () => void): () => void;
  runUntil(untilMs: number, done: () => boolean): void;
  /** Called with each record write that is applied, and what was there before. */
  onRecord: (write: RecordWrite, before: GroupRows, outcome: RecordOutcome) => void;
  /** Set where a run tells its timeline; most runs put no line together. */
  say: ((line: string) => void) | undefined;
}

interface Entry extends Due {
  event: (() => void) | undefined;
}

export function createWorld(seed: number): World {
  const heap: Entry[] = [];
  const random = seeded(seed);
  let nowMs = 0;
  let order = 0;
  let events = 0;
  return {
    random,
    rows: createGroupRows(),
    requests: new Map(),
    trouble: {
      callFaultRate: 0,
      outage: false,
      throttled: new Set(),
      cut: new Set(),
      answersCut: new Set(),
    },
    onRecord: () => {},
    say: undefined,
    get nowMs() {
      return nowMs;
    },
    at(instantMs, event) {
      order += 1;
      const entry: Entry = { atMs: Math.max(nowMs, instantMs), order, event };
      push(heap, entry);
      return () => {
        entry.event = undefined;
      };
    },
    runUntil(untilMs, done) {
      while (heap.length > 0 && (heap[0] as Entry).atMs <= untilMs && !done()) {
        events += 1;
        if (events > EVENTS_MAX) throw new Error(`time stands still at ${nowMs} ms`);
        const { atMs, event } = pop(heap);
        nowMs = atMs;
        event?.();
      }
      if (!done()) nowMs = untilMs;
    },
  };
}

export type Call =
  | { readonly kind: 'read'; readonly read: GroupRead }
  | { readonly kind: 'write'; readonly write: GroupWrite }
  | { readonly kind: 'write-records'; readonly writes: readonly RecordWrite[] };

export type Answer = GroupSighting | { readonly kind: string } | readonly RecordOutcome[];

const gone = (cause: string): Unknown => ({ kind: 'unknown', cause, permanent: false });

/** An `unknown` outcome, in the shape that the caller expects. */
export function unknownAnswer(call: Call, cause: string): Answer {
  return call.kind === 'write-records' ? call.writes.map(() => gone(cause)) : gone(cause);
}

/** One request: lost, late, doubled, answered late or never; `answer` is called at most once. */
export function travel(
  world: World,
  process: SimulatedProcess,
  call: Call,
  answer: (answer: Answer) => void,
): void {
  const { random, trouble } = world;
  const faulty = random.chance(trouble.callFaultRate);
  const fate = faulty
    ? random.pick([
        'lost',
        'late',
        'twice',
        'answer-lost',
        'answer-late',
        'failed',
        'stale',
      ] as const)
    : 'fine';
  const latencyMs = () => random.between(2, 10);
  const lateMs = () => random.between(50, LATE_MS_MAX);
  if (fate === 'lost' || trouble.cut.has(process)) return;
  const arrive = () => {
    const result = execute(world, call, fate);
    if (fate === 'answer-lost' || trouble.answersCut.has(process)) return;
    const backMs = fate === 'answer-late' ? lateMs() : latencyMs();
    world.at(world.nowMs + backMs, () => process.enter(() => answer(result)));
  };
  world.at(world.nowMs + (fate === 'late' ? lateMs() : latencyMs()), arrive);
  if (fate !== 'twice') return;
  const again = () => void execute(world, call, 'fine');
  world.at(world.nowMs + lateMs(), again);
  // What waits at a record's condition may come back when the same member leads the partition again.
  if (call.kind !== 'write-records') return;
  for (let ms = REPEATED_EVERY_MS; ms <= LATE_MS_MAX; ms += REPEATED_EVERY_MS) {
    world.at(world.nowMs + ms, again);
  }
}

function execute(world: World, call: Call, fate: string): Answer {
  const { rows, trouble } = world;
  if (trouble.outage) return unknownAnswer(call, 'the store is gone');
  if (fate === 'failed' && world.random.chance(0.5)) return unknownAnswer(call, 'not applied');
  const answer = apply(world, rows, call, fate === 'stale');
  return fate === 'failed' ? unknownAnswer(call, 'applied') : answer;
}

function apply(world: World, rows: GroupRows, call: Call, stale: boolean): Answer {
  switch (call.kind) {
    case 'read': {
      const { read } = call;
      if (stale) return staleSighting(world, read) ?? sightingOf(rows, read);
      const found = sightingOf(rows, read);
      return found.kind === 'records' && read.kind === 'records'
        ? {
            kind: 'records',
            records: found.records.map((one, n) => throttledOr(world, read.partitions[n], one)),
          }
        : found;
    }
    case 'write': {
      const outcome = applyGroupWrite(rows, call.write);
      keep(world, call.write);
      return outcome;
    }
    case 'write-records':
      return call.writes.map((write) => {
        if (isThrottled(world, write.partition)) return gone('throttled');
        const before = {
          ...rows,
          records: new Map([[write.partition, rows.records.get(write.partition)]]),
        };
        const outcome = applyRecordWrite(rows, write);
        world.onRecord(write, before as GroupRows, outcome);
        return outcome;
      });
  }
}

function isThrottled({ trouble }: World, partition: number): boolean {
  return trouble.throttled.has(partition % RECORD_KEYS);
}

function throttledOr<T>(world: World, partition: number | undefined, found: T): T | Unknown {
  return isThrottled(world, partition ?? 0) ? gone('left unread') : found;
}

interface Past {
  readonly heads: { atMs: number; head: PlanHead | undefined }[];
  readonly members: Map<string, { atMs: number; row: MemberRow | undefined }[]>;
}

const pasts = new WeakMap<World, Past>();

function pastOf(world: World): Past {
  const past = pasts.get(world) ?? { heads: [], members: new Map() };
  pasts.set(world, past);
  return past;
}

function keep(world: World, write: GroupWrite): void {
  const { heads, members } = pastOf(world);
  const { rows, nowMs: atMs } = world;
  if ('memberId' in write) {
    const rowsOf = members.get(write.memberId) ?? [];
    rowsOf.push({ atMs, row: rows.members.get(write.memberId) });
    members.set(write.memberId, rowsOf.slice(-4));
  } else {
    heads.push({ atMs, head: rows.head });
    if (heads.length > 8) heads.shift();
  }
}

/** What an eventual read may show; nothing for a read that is strong. */
function staleSighting(world: World, read: GroupRead): GroupSighting | undefined {
  const { heads, members } = pastOf(world);
  const instantMs = world.nowMs - world.random.between(0, STALENESS_MS_MAX);
  if (read.kind === 'head' && !read.strong) {
    const head = heads.findLast(({ atMs }) => atMs <= instantMs)?.head;
    return head && { kind: 'head', head };
  }
  if (read.kind === 'member' && !read.strong) {
    const past = members.get(read.memberId)?.findLast(({ atMs }) => atMs <= instantMs);
    return { kind: 'member', row: past?.row };
  }
  return undefined;
}
