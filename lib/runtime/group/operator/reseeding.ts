/**
 * Setting the token of one partition, after its record was deleted or restored.
 *
 * Decides the order: a plan that closes the partition, every live member beyond it, the record, and the plan
 * that opens the partition again. A member that has applied such a plan leads the partition no more.
 */
import type { MemberRow } from '../../../core/group/rows.ts';
import { formatToken, type Token } from '../../../core/token.ts';
import { InvalidOptionsError, UnreachableError } from '../../../errors.ts';
import { pause } from '../../../pause.ts';
import { unreachableGroup } from '../group-problems.ts';
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
  const untilEpochMs = seeder.clock.now().epochMs + CLOSED_MS;
  const { version } = await replan(seeder, (plan) => closed(plan, { partition, untilEpochMs }));
  try {
    await appliedByAll(seeder, version);
    await writeToken(seeder, partition, token);
  } finally {
    await replan(seeder, (plan) => unpinned(plan, partition));
  }
}

async function appliedByAll({ group, reads, clock }: Seeder, version: number): Promise<void> {
  const beganMs = clock.now().monotonicMs;
  for (;;) {
    const { members } = await reads.roster();
    const live = members.filter(({ state }) => state !== 'gone');
    const late = live.find(({ appliedPlan }) => appliedPlan < version);
    if (late === undefined) return;
    if (clock.now().monotonicMs - beganMs > longestMs(live)) {
      throw new UnreachableError(
        `member ${late.memberId} of group ${JSON.stringify(group)} has not applied plan ${version}; end ` +
          `it with "tenure depose ${group} --member ${late.memberId}", then reseed again`,
      );
    }
    await pause(clock, LOOK_INTERVAL_MS);
  }
}

/** A member that died is deposed within a lease; one that lives applies the plan within two intervals. */
function longestMs(live: readonly MemberRow[]): number {
  const waits = live.map((row) => row.leaseDurationMs + 2 * row.renewIntervalMs);
  return Math.max(...waits) + PATIENCE_MS;
}

async function writeToken(seeder: Seeder, partition: number, token: Token): Promise<void> {
  const { group, reads, random } = seeder;
  const [[, record] = []] = await reads.records([partition]);
  refuseLow(token, record?.token);
  // Whom it names leads it no more: it has applied the plan, or is gone.
  const seenRevision = record?.revision;
  const [outcome] = await seeder.writeRecords([
    { kind: 'reseed', partition, seenRevision, revision: random.nonce(), token },
  ]);
  if (outcome?.kind === 'granted') return;
  const cause = outcome?.kind === 'unknown' ? outcome.cause : 'the record has changed meanwhile';
  throw unreachableGroup(group, cause);
}

function refuseLow(token: Token, used: Token | undefined): void {
  if (used === undefined || token >= used) return;
  throw new InvalidOptionsError([
    `token must be at least ${formatToken(used)}, which the record shows to have been used, got ` +
      `${formatToken(token)}; give the highest token of every fence, or more`,
  ]);
}
