/**
 * What must hold of a history. The simulator and the chaos run ask the same questions.
 *
 * Decides nothing about a running election. Each predicate takes what happened, in the order in which
 * it happened, and returns what is wrong with it; an empty list means that the invariant held.
 */
import type { LeaseRecord } from '../../lib/core/lease/record.ts';
import type { Token } from '../../lib/core/token.ts';

export type InvariantName =
  | 'S1'
  | 'S2'
  | 'S3'
  | 'S4'
  | 'S5'
  | 'S6'
  | 'S7'
  | 'C1'
  | 'C2'
  | 'L1'
  | 'L2'
  | 'L3'
  | 'L4'
  | 'L6'
  | 'L7'
  /**
   * A call does what it promises: a campaign that is called off ends at once and leaves no term behind.
   * A fault that passes by itself ends no campaign.
   */
  | 'L8';

export interface Violation {
  readonly invariant: InvariantName;
  readonly detail: string;
}

/** A write that a fenced resource admitted. */
export interface Admission {
  readonly token: Token;
  readonly by: string;
}

/** The beginning of a term, as its leading process reported it. */
export interface Election {
  readonly token: Token;
  readonly candidateId: string;
  /** The process: two may share a candidateId only by mistake. */
  readonly by: string;
  /**
   * The newest history row when its candidate asked for it, where the record was deleted or restored: a
   * token that no row shows may be used again then, and no other.
   */
  readonly proof?: Token | undefined;
}

/** S1: the tokens that one resource admits never fall. */
export function tokensNeverFall(admissions: readonly Admission[]): readonly Violation[] {
  return pairs(admissions)
    .filter(([before, after]) => after.token < before.token)
    .map(([before, after]) => ({
      invariant: 'S1',
      detail: `token ${after.token} of ${after.by} admitted after ${before.token} of ${before.by}`,
    }));
}

/** S2: a token names one term of one process, and never another. */
export function oneTermPerToken(elections: readonly Election[]): readonly Violation[] {
  const first = new Map<Token, Election>();
  const violations: Violation[] = [];
  for (const election of elections) {
    const earlier = first.get(election.token);
    if (earlier === undefined) first.set(election.token, election);
    else if (election.proof === undefined || election.proof >= election.token) {
      const detail = `token ${election.token} led by ${earlier.by} and again by ${election.by}`;
      violations.push({ invariant: 'S2', detail });
    }
  }
  return violations;
}

/** S3: each take-over sets the token that it found plus one, and nothing else moves the token. */
export function takeOversCount(chain: readonly LeaseRecord[]): readonly Violation[] {
  return pairs(chain)
    .filter(
      ([before, after]) => after.token !== before.token + (takesOver(before, after) ? 1n : 0n),
    )
    .map(([before, after]) => ({
      invariant: 'S3',
      detail: `${after.writtenBy} of ${after.holder ?? 'nobody'} took the token from ${before.token} to ${after.token}`,
    }));
}

/** S3, its other half: a revision never comes back, so a compare-and-set on it means what it says. */
export function revisionsNeverReturn(chain: readonly LeaseRecord[]): readonly Violation[] {
  const seen = new Set<string>();
  const violations: Violation[] = [];
  for (const [before, after] of pairs(chain)) {
    seen.add(before.revision);
    if (after.revision !== before.revision && seen.has(after.revision)) {
      violations.push({ invariant: 'S3', detail: `revision ${after.revision} came back` });
    }
  }
  return violations;
}

/** What became of one conditional write of one process. */
export interface Outcome {
  readonly by: string;
  readonly write: LeaseRecord['writtenBy'];
  readonly outcome: 'granted' | 'refused';
}

/** What a candidate believed to be its write's outcome, and which outcomes the store gave meanwhile. */
export interface Belief extends Outcome {
  /** How many outcomes the store had given before the write was sent, and when the belief was formed. */
  readonly since: number;
  readonly until: number;
}

/** S4: only the store grants or refuses a write; a write without an answer is neither granted nor refused. */
export function outcomesAreTheStores(
  beliefs: readonly Belief[],
  given: readonly Outcome[],
): readonly Violation[] {
  return beliefs
    .filter(
      ({ by, write, outcome, since, until }) =>
        !given
          .slice(since, until)
          .some((one) => one.by === by && one.write === write && one.outcome === outcome),
    )
    .map(({ by, write, outcome }) => ({
      invariant: 'S4',
      detail: `${by} took its ${write} for ${outcome}, which the store had not said of any`,
    }));
}

/** A take-over as the store applied it. */
export interface Acquisition {
  readonly token: Token;
  readonly by: string;
}

/** S7: each leader has acquired the role itself. A term of an earlier process with its name is not its own. */
export function noTermIsInherited(
  elections: readonly Election[],
  acquisitions: readonly Acquisition[],
): readonly Violation[] {
  return elections
    .filter(({ token, by }) => !acquisitions.some((one) => one.token === token && one.by === by))
    .map(({ token, by, candidateId }) => {
      const takenBy = acquisitions.find((one) => one.token === token)?.by ?? 'nobody';
      const detail = `${by} leads token ${token} as ${candidateId}, taken by ${takenBy}`;
      return { invariant: 'S7', detail };
    });
}

/** A release as the store applied it, and what it found there. */
export interface AppliedRelease {
  readonly holder: string;
  readonly token: Token;
  readonly found: LeaseRecord | undefined;
}

/** S6: a release ends only the term of its sender. */
export function releasesEndTheirOwnTerm(releases: readonly AppliedRelease[]): readonly Violation[] {
  return releases
    .filter(({ holder, token, found }) => found?.holder !== holder || found.token !== token)
    .map(({ holder, token, found }) => ({
      invariant: 'S6',
      detail:
        `the release of token ${token} by ${holder} ended token ${found?.token} of ` +
        `${found?.holder ?? 'nobody'}`,
    }));
}

/** S5: what was acknowledged is still there at the end. */
export function nothingAcknowledgedIsLost(
  acknowledged: ReadonlySet<string>,
  found: ReadonlySet<string>,
): readonly Violation[] {
  const lost = [...acknowledged].filter((element) => !found.has(element));
  if (lost.length === 0) return [];
  const some = lost.slice(0, 3).join(', ');
  return [{ invariant: 'S5', detail: `${lost.length} acknowledged updates lost: ${some}` }];
}

function takesOver(before: LeaseRecord, after: LeaseRecord): boolean {
  return after.writtenBy === 'acquire' && changed(before, after);
}

function changed(before: LeaseRecord, after: LeaseRecord): boolean {
  return before.revision !== after.revision;
}

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.slice(1).map((after, index) => [items[index] as T, after] as const);
}
