/**
 * An operator that reseeds a partition in the middle of a run, with its record deleted before or not.
 */
import { closingOf } from '../../../lib/core/group/closing.ts';
import type { PlanBody } from '../../../lib/core/group/rows.ts';
import { closed, unpinned } from '../../../lib/runtime/group/operator/plan-edits.ts';
import { applyRecordWrite } from '../../../lib/testing/memory-group.ts';
import type { Stage } from './stage.ts';

/** How often the operator's tool looks, how far the token goes up, and when its pins end by themselves. */
const LOOK_MS = 250;
const TOKENS_UP = 5n;
const CLOSED_MS = 60_000;
/** Of the simulated processes, whose clocks are minutes around it. */
const EPOCH_MS = 1_767_225_600_000;

/**
 * As `lib/runtime/group/operator/reseeding.ts`: a plan that closes the partition, every live member beyond it,
 * the record, and a plan that opens the partition again. It goes on until it has done so.
 */
export function reseed(stage: Stage, { isLost }: { readonly isLost: boolean }): boolean {
  const { world, pinned } = stage;
  const { rows, random } = world;
  const partition = Math.floor(random.unit() * stage.partitions);
  const token = (rows.records.get(partition)?.token ?? 0n) + TOKENS_UP;
  if (pinned.has(partition) || newestPlan(stage) === undefined) return false;
  pinned.add(partition);
  const again = (what: () => void) => void world.at(world.nowMs + LOOK_MS, what);
  const close = () => {
    const untilEpochMs = EPOCH_MS + world.nowMs + CLOSED_MS;
    replan(stage, (plan) => closed(plan, { partition, untilEpochMs }));
  };
  const open = (): void => {
    const plan = newestPlan(stage);
    const isPinned = plan?.pins.some((pin) => pin.partition === partition) ?? true;
    if (isPinned) replan(stage, (body) => unpinned(body, partition));
    // Until it is seen to be open, the partition is closed by an operator's word.
    if (isPinned) again(open);
    else pinned.delete(partition);
  };
  let helped = false;
  let closedSince: { readonly key: string; readonly atMs: number } | undefined;
  const look = (): void => {
    const record = rows.records.get(partition);
    const plan = newestPlan(stage);
    const version = rows.head?.version ?? 0;
    const members = [...rows.members.values()];
    const closing = closingOf({ partition, record, version, plan, members });
    if (closing.kind === 'open') close();
    // The plan's body is lost, and the tool says what helps: a member that joins plans again.
    if (plan === undefined && !helped) {
      helped = true;
      stage.enlist();
    }
    if (closing.kind !== 'closed') {
      closedSince = undefined;
      return again(look);
    }
    const key = `${record?.revision} ${closing.overInMs}`;
    if (closedSince?.key !== key) closedSince = { key, atMs: world.nowMs };
    if (world.nowMs - closedSince.atMs < closing.overInMs) return again(look);
    const seenRevision = record?.revision;
    const revision = `reseed ${world.nowMs}`;
    const higher = (rows.records.get(partition)?.token ?? 0n) + TOKENS_UP;
    const highest = higher > token ? higher : token;
    const write = { kind: 'reseed', partition, seenRevision, revision, token: highest } as const;
    // The reseed removes a holder. By then no member may lead the partition, and any may take it next.
    for (const one of stage.participants.filter((one) => one.leads(partition))) {
      const detail = `${partition} is reseeded at ${world.nowMs.toFixed(0)} ms while ${one.name} leads it`;
      stage.violations.push({ invariant: 'C1', detail });
    }
    applyRecordWrite(rows, write);
    open();
  };
  close();
  if (isLost) rows.records.delete(partition);
  again(look);
  return true;
}

function newestPlan({ world: { rows } }: Pick<Stage, 'world'>): PlanBody | undefined {
  return rows.bodies.get(rows.head?.body ?? '');
}

/** The newest plan with one thing changed; the version of the new one, or nothing where none can be read. */
function replan({ world }: Stage, change: (plan: PlanBody) => PlanBody): number | undefined {
  const { rows } = world;
  const plan = newestPlan({ world });
  if (plan === undefined || rows.head === undefined) return undefined;
  const body = `operator ${world.nowMs} ${rows.head.version}`;
  rows.bodies.set(body, change(plan));
  // By a clock of the middle: the members' are minutes around it.
  const writtenAtEpochMs = rows.head.writtenAtEpochMs;
  const version = rows.head.version + 1;
  rows.head = { ...rows.head, version, body, writtenAtEpochMs };
  return version;
}
