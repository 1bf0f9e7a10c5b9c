/**
 * How an operator ends a member that does not answer: the one way to take a partition from a live
 * holder.
 */
import type { MemberRow } from '../../../core/group/rows.ts';
import { resolved } from '../../../core/group/writes.ts';
import { unreachableGroup } from '../group-problems.ts';
import type { Planner } from './replanning.ts';

export type Deposed =
  | { readonly kind: 'deposed'; readonly closedMs: number }
  /** It was gone already, or never there. */
  | { readonly kind: 'gone' };

/** An attempt loses only against a heartbeat between its read and its write, which is rare. */
const ATTEMPTS = 8;

export async function deposeMember(
  { group, reads, write, random }: Planner,
  memberId: string,
  { now }: { readonly now: boolean },
): Promise<Deposed> {
  let cause: unknown = 'its heartbeats came in between';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const row = await memberOf(reads, memberId);
    if (row === undefined || row.state === 'gone') return { kind: 'gone' };
    const closedMs = now ? 0 : row.leaseDurationMs;
    const revision = random.nonce();
    const about = { memberId, seenRevision: row.revision, revision, closedMs };
    const outcome = resolved(revision, await write({ kind: 'end-member', ...about }));
    if (outcome.kind === 'granted') return { kind: 'deposed', closedMs };
    if (outcome.kind === 'unknown') cause = outcome.cause;
  }
  throw unreachableGroup(group, cause);
}

async function memberOf(reads: Planner['reads'], memberId: string): Promise<MemberRow | undefined> {
  const { members } = await reads.roster();
  return members.find((row) => row.memberId === memberId);
}
