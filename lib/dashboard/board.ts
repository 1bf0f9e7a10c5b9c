/**
 * Which member leads each partition of a group, and what has moved: pure, and the same in server
 * and page.
 *
 * Decides what a move is, and how long a partition had no leader: from the old term's end to the
 * new one's beginning. Events of two processes may be heard in another order than they happened in.
 * So tokens decide which term is newer, and a gap may become known after the move.
 */
export type MemberState = 'in' | 'frozen' | 'stopping' | 'killed' | 'gone';

/** What happened to a group, as the page is told. */
export type BoardEvent =
  /** A group of so many partitions; first of all. */
  | { readonly kind: 'group'; readonly partitions: number; readonly atEpochMs: number }
  | {
      readonly kind: 'member';
      readonly member: string;
      readonly state: MemberState;
      readonly atEpochMs: number;
    }
  | {
      readonly kind: 'elected' | 'over';
      readonly member: string;
      readonly partition: number;
      readonly token: string;
      readonly atEpochMs: number;
    };

export interface BoardMember {
  readonly id: string;
  readonly state: MemberState;
  /** When it came into this state. */
  readonly sinceEpochMs: number;
}

export interface BoardMove {
  readonly partition: number;
  /** Of the term that began with it. */
  readonly token: string;
  readonly from: string;
  readonly to: string;
  readonly atEpochMs: number;
  /** Absent while the end of the old term is not known. */
  readonly leaderlessMs?: number | undefined;
}

export interface Place {
  readonly member: string;
  readonly token: string;
  readonly sinceEpochMs: number;
  /** Since when it has no leader. */
  readonly overAtEpochMs?: number | undefined;
}

/** A group as the page draws it. */
export interface Board {
  /** How many the group has. */
  readonly partitions: number;
  /** In the order in which they came. */
  readonly members: readonly BoardMember[];
  /** By partition; absent where no member has led it yet. */
  readonly places: Readonly<Record<number, Place>>;
  /** The newest last. */
  readonly moves: readonly BoardMove[];
  /** How many there have been. */
  readonly moved: number;
}

/** A board of a group of which nothing is known. */
export const EMPTY_BOARD: Board = { partitions: 0, members: [], places: {}, moves: [], moved: 0 };

const MOVES_MAX = 200;
const MEMBERS_MAX = 100;

/** The board after this event. Pure. */
export function addBoardEvent(board: Board, event: BoardEvent): Board {
  switch (event.kind) {
    case 'group':
      return { ...board, partitions: event.partitions };
    case 'member':
      return withMember(board, event.member, event.state, event.atEpochMs);
    case 'elected':
      return elected(board, event);
    case 'over':
      return over(board, event);
  }
}

/**
 * A member that was killed or frozen leads no more. One that wakes up in time leads what it led.
 */
function withMember(board: Board, id: string, state: MemberState, atEpochMs: number): Board {
  const member = { id, state, sinceEpochMs: atEpochMs };
  const before = board.members.find((one) => one.id === id);
  const all =
    before === undefined
      ? [...board.members, member]
      : board.members.map((one) => (one.id === id ? member : one));
  const members = all.length > MEMBERS_MAX ? withoutOldest(all) : all;
  const works = state === 'in' || state === 'stopping';
  const frozenAt = before?.state === 'frozen' ? before.sinceEpochMs : undefined;
  const places = Object.entries(board.places).map(([partition, place]): [string, Place] => {
    if (place.member !== id) return [partition, place];
    const { overAtEpochMs, ...leads } = place;
    if (works) return [partition, overAtEpochMs === frozenAt ? leads : place];
    return [partition, { ...place, overAtEpochMs: overAtEpochMs ?? atEpochMs }];
  });
  return { ...board, members, places: Object.fromEntries(places) };
}

function withoutOldest(members: readonly BoardMember[]): readonly BoardMember[] {
  const oldest = members.findIndex(({ state }) => state === 'gone' || state === 'killed');
  return members.filter((_, n) => n !== Math.max(0, oldest));
}

type TermEvent = Extract<BoardEvent, { readonly partition: number }>;

function elected(board: Board, { partition, member, token, atEpochMs }: TermEvent): Board {
  const before = board.places[partition];
  if (before !== undefined && BigInt(before.token) >= BigInt(token)) return board;
  const place = { member, token, sinceEpochMs: atEpochMs };
  const places = { ...board.places, [partition]: place };
  const isKnown = board.members.some(({ id }) => id === member);
  const unseen: BoardMember = { id: member, state: 'in', sinceEpochMs: atEpochMs };
  const members = isKnown ? board.members : [...board.members, unseen];
  if (before === undefined) return { ...board, places, members };
  const { overAtEpochMs } = before;
  const leaderlessMs =
    overAtEpochMs === undefined ? undefined : Math.max(0, atEpochMs - overAtEpochMs);
  const move = { partition, token, from: before.member, to: member, atEpochMs, leaderlessMs };
  const moves = [...board.moves, move].slice(-MOVES_MAX);
  return { ...board, places, members, moves, moved: board.moved + 1 };
}

function over(board: Board, { partition, token, atEpochMs }: TermEvent): Board {
  const place = board.places[partition];
  if (place?.token === token) {
    const overAtEpochMs = place.overAtEpochMs ?? atEpochMs;
    return { ...board, places: { ...board.places, [partition]: { ...place, overAtEpochMs } } };
  }
  const next = String(BigInt(token) + 1n);
  const moves = board.moves.map((move) =>
    move.partition === partition && move.token === next && move.leaderlessMs === undefined
      ? { ...move, leaderlessMs: Math.max(0, move.atEpochMs - atEpochMs) }
      : move,
  );
  return { ...board, moves };
}

export interface Share extends BoardMember {
  /** The partitions that it leads, lowest first. */
  readonly leads: readonly number[];
}

export interface Sharing {
  readonly shares: readonly Share[];
  /** The partitions without a leader, lowest first. */
  readonly vacant: readonly number[];
}

/** How evenly the partitions are shared. */
export function sharingOf({ partitions, members, places }: Board): Sharing {
  const leads = new Map<string, number[]>(members.map(({ id }) => [id, []]));
  const vacant: number[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const place = places[partition];
    const list = place?.overAtEpochMs === undefined ? leads.get(place?.member ?? '') : undefined;
    (list ?? vacant).push(partition);
  }
  const shares = members.map((member) => ({ ...member, leads: leads.get(member.id) ?? [] }));
  return { shares, vacant };
}
