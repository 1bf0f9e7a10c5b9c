/**
 * An operator's plan: the newest one with one thing changed, written as a member writes its own.
 *
 * No plan can break safety, only balance. A member that plans at the same moment wins or loses the same race.
 */
import { EMPTY_PLAN, samePlan } from '../../../core/group/plan/next-plan.ts';
import type { PlanBody, PlanHead } from '../../../core/group/rows.ts';
import { type GroupOutcome, type GroupWrite, resolved } from '../../../core/group/writes.ts';
import { MalformedDataError, UnreachableError } from '../../../errors.ts';
import type { Clock, Random } from '../../../ports.ts';
import { noSuchGroup } from '../group-problems.ts';
import type { GroupReads } from '../group-reads.ts';

export interface Planner {
  readonly group: string;
  readonly reads: GroupReads;
  readonly write: (write: GroupWrite) => Promise<GroupOutcome>;
  readonly clock: Clock;
  readonly random: Random;
}

/** An attempt loses only against a plan that a member wrote meanwhile, which is rare. */
const ATTEMPTS = 8;

export interface Replanned {
  /** Of the newest plan. */
  readonly version: number;
  /** Whether there was anything to change. */
  readonly changed: boolean;
}

/** @throws UnreachableError where members' plans, or errors, come in between each time. */
export async function replan(
  planner: Planner,
  change: (plan: PlanBody, head: PlanHead) => PlanBody,
  { partitions }: { readonly partitions?: number } = {},
): Promise<Replanned> {
  const { group, reads } = planner;
  let cause: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const head = await reads.head({ strong: true });
    if (head === undefined) throw noSuchGroup(group);
    const found = await reads.plan(head);
    // Without the plan every member would be told to give up everything. A member writes a new one
    // soon.
    if (found === undefined && head.body !== undefined) throw unreadableNow(group, head);
    const plan = found ?? EMPTY_PLAN;
    const next = change(plan, head);
    const raised = Math.max(head.partitions, partitions ?? 0);
    if (samePlan(plan, next) && raised === head.partitions) {
      return { version: head.version, changed: false };
    }
    const outcome = await writePlan(planner, head, next, raised);
    if (outcome.kind === 'granted') return { version: head.version + 1, changed: true };
    cause = outcome.kind === 'unknown' ? outcome.cause : undefined;
  }
  throw new UnreachableError(
    `group ${JSON.stringify(group)} was planned by its members each time that this plan was written; ` +
      'try again',
    { cause },
  );
}

function unreadableNow(group: string, { version }: PlanHead): Error {
  return new MalformedDataError(
    `plan ${version} of group ${JSON.stringify(group)} is missing or does not parse, so that nothing can be ` +
      'changed in it; the next member that joins plans again: try then',
  );
}

async function writePlan(
  { write, clock, random }: Planner,
  head: PlanHead,
  plan: PlanBody,
  partitions: number,
): Promise<GroupOutcome> {
  const body = `${random.nonce()}.plan`;
  const written = await write({ kind: 'write-body', body, plan });
  if (written.kind !== 'granted') return written;
  const { epochMs: writtenAtEpochMs } = clock.now();
  const newest = { seenVersion: head.version, body, partitions, writtenAtEpochMs } as const;
  const outcome = resolved(body, await write({ kind: 'write-plan', ...newest }));
  if (outcome.kind === 'granted' && head.body !== undefined) {
    // A courtesy: the row of the plan before may go.
    await write({ kind: 'expire-body', body: head.body });
  }
  return outcome;
}
