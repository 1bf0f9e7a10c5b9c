/**
 * What a leader has learnt of the other candidates by looking at their rows: which are alive, and since
 * when one of them would lead better. Pure: the same looks give the same answer.
 */
import type { Instant } from '../../core/time/instant.ts';
import type { CandidateFacts, CandidateRow } from '../../ports.ts';

/** A candidate as a preference sees it. */
export interface Contender extends CandidateFacts {
  readonly candidateId: string;
}

/**
 * The id of the candidate that should lead in place of `own`, or `undefined` for none. Pure, and it names a
 * candidate only when it is better: two candidates must not each name the other.
 */
export type Rule = (own: Contender, others: readonly Contender[]) => string | undefined;

export interface Patience {
  /** Between two looks. */
  readonly everyMs: number;
  /** How long another candidate must be better, at every look, before the leader hands over. */
  readonly forMs: number;
}

interface Seen {
  readonly registeredAtEpochMs: number;
  /** When a look first showed this writing of the row; absent at the first look, which proves no life. */
  readonly writtenAt?: Instant | undefined;
}

export interface Standing {
  readonly seen: ReadonlyMap<string, Seen>;
  /** The candidate that would lead better now. */
  readonly better?: string | undefined;
  /** Since when each look has shown a better one. */
  readonly betterSince?: Instant | undefined;
}

export const NOTHING_SEEN: Standing = { seen: new Map() };

/** A living candidate writes its row at each interval: it may be late once, and miss one. */
const INTERVALS_ALIVE = 2.5;

/** What one more look shows. `declined` says which candidates are not asked now. */
export function looked(
  before: Standing,
  rows: readonly CandidateRow[],
  by: {
    readonly own: Contender;
    readonly rule: Rule;
    readonly patience: Patience;
    readonly at: Instant;
    readonly declined: (candidateId: string) => boolean;
  },
): Standing {
  const { own, rule, patience, at, declined } = by;
  const seen = new Map(rows.map((row) => [row.candidateId, sight(before, row, at)]));
  const isAlive = ({ candidateId }: Contender) => {
    const { writtenAt } = seen.get(candidateId) ?? {};
    return writtenAt !== undefined && at - writtenAt <= INTERVALS_ALIVE * patience.everyMs;
  };
  const others = rows.filter(
    (row) => isAnother(own, row) && isAlive(row) && !declined(row.candidateId),
  );
  const better = rule(own, others);
  if (!others.some(({ candidateId }) => candidateId === better)) return { seen };
  return { seen, better, betterSince: before.betterSince ?? at };
}

/** A row without an id belongs to no candidate. */
const isAnother = (own: Contender, { candidateId }: Contender) =>
  candidateId !== '' && candidateId !== own.candidateId;

/**
 * The candidate to hand over to: the better one, once some candidate has been better for long
 * enough.
 */
export function dueSuccessor(
  { better, betterSince }: Standing,
  at: Instant,
  { forMs }: Patience,
): string | undefined {
  return betterSince !== undefined && at - betterSince >= forMs ? better : undefined;
}

/**
 * Two wall clocks are never compared. A row that is written again is a sign of life, and the
 * leader's own clock counts from when it saw that.
 */
function sight({ seen }: Standing, row: CandidateRow, at: Instant): Seen {
  const { registeredAtEpochMs } = row;
  const known = seen.get(row.candidateId);
  if (known === undefined) return { registeredAtEpochMs };
  return Object.is(known.registeredAtEpochMs, registeredAtEpochMs)
    ? known
    : { registeredAtEpochMs, writtenAt: at };
}
