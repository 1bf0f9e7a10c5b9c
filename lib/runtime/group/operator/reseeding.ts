/**
 * Setting the token of one partition, after its record was deleted or restored.
 *
 * Decides the order: a plan that closes the partition, every live member beyond it, the record, and the plan
 * that opens the partition again. A member that has applied such a plan leads the partition no more; for one
 * whose row is absent, or that an operator deposed, its lease is waited for. No wall clock is trusted: what
 * the newest plan says is asked again before the record is written.
 */
import { type Closing, closingOf } from '../../../core/group/closing.ts';
import type { MemberRow, PartitionRecord } from '../../../core/group/rows.ts';
import { observedElapsedMs, type Reading } from '../../../core/time/instant.ts';
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
  const began = clock.now();
  let closedSince: ClosedSince | undefined;
  for (;;) {
    const [[, record] = []] = await reads.records([partition]);
    refuseLow(token, record?.token);
    const seen = await lookAt(seeder, partition, record);
    closedSince = sinceWhen(closedSince, seen, clock.now());
    if (closedSince !== undefined && leftMs(closedSince, clock.now()) <= 0) {
      const seenRevision = record?.revision;
      const [outcome] = await seeder.writeRecords([
        { kind: 'reseed', partition, seenRevision, revision: random.nonce(), token },
      ]);
      if (outcome?.kind === 'granted') return;
      if (outcome?.kind === 'unknown') throw unreachableGroup(group, outcome.cause);
    }
    // A planner whose clock is ahead took the pin for ended.
    if (seen.kind === 'open') await close(seeder, partition);
    const waitedMs = observedElapsedMs(began, clock.now()) - (closedSince?.overInMs ?? 0);
    if (waitedMs > seen.longestMs) throw notApplied(group, seen);
    await pause(clock, LOOK_INTERVAL_MS);
  }
}

type Look = Closing & {
  readonly revision: string | undefined;
  /** How long members may take to apply the plan. */
  readonly longestMs: number;
};

/** From when on looks have shown the partition closed, with the same record and the same holder. */
interface ClosedSince {
  readonly revision: string | undefined;
  readonly overInMs: number;
  readonly at: Reading;
}

function sinceWhen(
  before: ClosedSince | undefined,
  look: Look,
  at: Reading,
): ClosedSince | undefined {
  if (look.kind !== 'closed') return undefined;
  const { revision, overInMs } = look;
  const same = before?.revision === revision && before?.overInMs === overInMs;
  return same ? before : { revision, overInMs, at };
}

function leftMs({ overInMs, at }: ClosedSince, now: Reading): number {
  return overInMs - observedElapsedMs(at, now);
}

async function lookAt(
  { group, reads }: Seeder,
  partition: number,
  record: PartitionRecord | undefined,
): Promise<Look> {
  const head = await reads.head({ strong: true });
  if (head === undefined) throw noSuchGroup(group);
  const plan = await reads.plan(head);
  const { members } = await reads.roster();
  const closing = closingOf({ partition, record, version: head.version, plan, members });
  const live = members.filter(({ state }) => state !== 'gone');
  return { ...closing, revision: record?.revision, longestMs: longestMs(live) };
}

function notApplied(group: string, look: Look): UnreachableError {
  const of = `of group ${JSON.stringify(group)}`;
  if (look.kind === 'waiting') {
    return new UnreachableError(
      `member ${look.late} ${of} has not applied the plan that closes the partition; end it with ` +
        `"tenure depose ${group} --member ${look.late}", then reseed again`,
    );
  }
  return new UnreachableError(
    `the partition ${of} did not stay closed: a member with a clock that is ahead plans it open again; ` +
      'set the clocks of the members, then reseed again',
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
