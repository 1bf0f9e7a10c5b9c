/**
 * Setting the token of one partition, after its record was deleted or restored.
 *
 * Decides the order: a plan that closes the partition, every live member beyond it, the record, and the plan
 * that opens the partition again. A member that has applied such a plan leads the partition no more. No
 * wall clock is trusted: what the newest plan says is asked again before the record is written.
 */
import { type MemberRow, NOBODY } from '../../../core/group/rows.ts';
import { formatToken, type Token } from '../../../core/token.ts';
import { InvalidOptionsError, UnreachableError } from '../../../errors.ts';
import { pause } from '../../../pause.ts';
import { noSuchGroup, unreachableGroup } from '../group-problems.ts';
import { closed, unpinned } from './plan-edits.ts';
import { replan } from './replanning.ts';
import type { Seeder } from './seeding.ts';

const LOOK_INTERVAL_MS = 250;
/** The partition is open again by then, whatever becomes of this program. */
const CLOSED_MS = 600_000;
/** Beyond what a member needs to read the plan, to drain, and to say so. */
const PATIENCE_MS = 15_000;

export async function reseedPartition(
  seeder: Seeder,
  { partition, token }: { readonly partition: number; readonly token: Token },
): Promise<void> {
  const [[, before] = []] = await seeder.reads.records([partition]);
  refuseLow(token, before?.token);
  try {
    await close(seeder, partition);
    await reseedOnceClosed(seeder, partition, token);
  } finally {
    await replan(seeder, (plan) => unpinned(plan, partition));
  }
}

async function close(seeder: Seeder, partition: number): Promise<void> {
  const untilEpochMs = seeder.clock.now().epochMs + CLOSED_MS;
  await replan(seeder, (plan) => closed(plan, { partition, untilEpochMs }));
}

/** The record is read first: a member that takes it after the plan was read is found by the revision. */
async function reseedOnceClosed(seeder: Seeder, partition: number, token: Token): Promise<void> {
  const { group, reads, random, clock } = seeder;
  const beganMs = clock.now().monotonicMs;
  for (;;) {
    const [[, record] = []] = await reads.records([partition]);
    refuseLow(token, record?.token);
    const seen = await closedFor(seeder, partition);
    if (seen.kind === 'closed') {
      const seenRevision = record?.revision;
      const [outcome] = await seeder.writeRecords([
        { kind: 'reseed', partition, seenRevision, revision: random.nonce(), token },
      ]);
      if (outcome?.kind === 'granted') return;
      if (outcome?.kind === 'unknown') throw unreachableGroup(group, outcome.cause);
    }
    // A planner whose clock is ahead took the pin for ended.
    if (seen.kind === 'open') await close(seeder, partition);
    if (clock.now().monotonicMs - beganMs > seen.longestMs) throw notApplied(group, seen.late);
    await pause(clock, LOOK_INTERVAL_MS);
  }
}

interface Closed {
  /** `closed`: the newest plan gives it to nobody, and every live member has applied that plan. */
  readonly kind: 'closed' | 'waiting' | 'open';
  readonly late?: string | undefined;
  readonly longestMs: number;
}

async function closedFor({ group, reads }: Seeder, partition: number): Promise<Closed> {
  const head = await reads.head({ strong: true });
  if (head === undefined) throw noSuchGroup(group);
  const plan = await reads.plan(head);
  const { members } = await reads.roster();
  const live = members.filter(({ state }) => state !== 'gone');
  const longest = longestMs(live);
  const owner = plan?.owners[partition] ?? NOBODY;
  if (plan === undefined || owner !== NOBODY) return { kind: 'open', longestMs: longest };
  const late = live.find(({ appliedPlan }) => appliedPlan < head.version)?.memberId;
  return { kind: late === undefined ? 'closed' : 'waiting', late, longestMs: longest };
}

function notApplied(group: string, late = 'nobody'): UnreachableError {
  return new UnreachableError(
    `member ${late} of group ${JSON.stringify(group)} has not applied the plan that closes the partition; ` +
      `end it with "tenure depose ${group} --member ${late}", then reseed again`,
  );
}

/** A member that died is deposed within a lease; one that lives applies the plan within two intervals. */
function longestMs(live: readonly MemberRow[]): number {
  const waits = live.map((row) => row.leaseDurationMs + 2 * row.renewIntervalMs);
  return Math.max(0, ...waits) + PATIENCE_MS;
}

function refuseLow(token: Token, used: Token | undefined): void {
  if (used === undefined || token >= used) return;
  throw new InvalidOptionsError([
    `token must be at least ${formatToken(used)}, which the record shows to have been used, got ` +
      `${formatToken(token)}; give the highest token of every fence, or more`,
  ]);
}
