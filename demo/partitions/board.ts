/**
 * Who leads what, from what the workers say: pure.
 *
 * A gap is counted from the instant at which the old leader's work ended, or was killed or frozen, to the
 * instant at which the next leader was elected. Lines of two processes may be heard in another order than they
 * were written in, so a gap may become known after the move.
 */
export interface WorkerLine {
  readonly kind: 'elected' | 'over' | 'gone';
  readonly partition?: number;
  readonly token?: string;
  readonly why?: string;
  readonly atEpochMs: number;
}

export interface Move {
  readonly partition: number;
  readonly from: string | undefined;
  readonly to: string;
  /** Absent where no worker had led it before. */
  readonly leaderlessMs: number | undefined;
}

interface Place {
  readonly worker: string;
  readonly token: bigint;
  /** Since when no worker leads it. */
  readonly overAtEpochMs?: number | undefined;
}

export interface Board {
  heard(worker: string, line: WorkerLine): void;
  /** It was killed or frozen: it leads no more, even if it believes so. */
  silenced(worker: string, atEpochMs: number): void;
  /** The partitions that each of these leads, lowest first. */
  shares(workers: readonly string[]): readonly (readonly number[])[];
  /** What has moved since the last call. */
  takeMoves(): readonly Move[];
  /** Whether two led one partition at once, as far as the workers said so. */
  readonly overlaps: number;
}

interface Pending {
  readonly token: bigint;
  readonly electedAtEpochMs: number;
  readonly move: { leaderlessMs: number | undefined };
}

export function createBoard(): Board {
  const places = new Map<number, Place>();
  /** Moves of which the end of the old term has not been heard yet. */
  const pending = new Map<number, Pending>();
  let moves: Move[] = [];
  let overlaps = 0;

  function elected(worker: string, { partition = 0, token = '0', atEpochMs }: WorkerLine): void {
    const before = places.get(partition);
    if (before !== undefined && before.token >= BigInt(token)) return;
    places.set(partition, { worker, token: BigInt(token) });
    const since = before?.overAtEpochMs;
    const leaderlessMs = since === undefined ? undefined : Math.max(0, atEpochMs - since);
    const move = { partition, from: before?.worker, to: worker, leaderlessMs };
    if (before !== undefined && since === undefined) {
      pending.set(partition, { token: before.token, electedAtEpochMs: atEpochMs, move });
    }
    moves.push(move);
  }

  function over(partition: number, token: bigint, atEpochMs: number): void {
    const place = places.get(partition);
    if (place?.token === token) {
      places.set(partition, { ...place, overAtEpochMs: place.overAtEpochMs ?? atEpochMs });
      return;
    }
    const late = pending.get(partition);
    if (late?.token !== token) return;
    pending.delete(partition);
    if (atEpochMs > late.electedAtEpochMs) overlaps += 1;
    late.move.leaderlessMs = Math.max(0, late.electedAtEpochMs - atEpochMs);
  }

  return {
    heard(worker, line) {
      const { kind, partition = -1, token = '0', atEpochMs } = line;
      if (kind === 'elected') elected(worker, line);
      if (kind === 'over') over(partition, BigInt(token), atEpochMs);
    },
    silenced(worker, atEpochMs) {
      for (const [partition, place] of places) {
        if (place.worker === worker) over(partition, place.token, atEpochMs);
      }
    },
    shares(workers) {
      const led = [...places].filter(([, place]) => place.overAtEpochMs === undefined);
      return workers.map((worker) =>
        led
          .filter(([, place]) => place.worker === worker)
          .map(([partition]) => partition)
          .sort((a, b) => a - b),
      );
    },
    takeMoves() {
      const taken = moves;
      moves = [];
      return taken;
    },
    get overlaps() {
      return overlaps + pending.size;
    },
  };
}
