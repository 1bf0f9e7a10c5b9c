/**
 * The plan that this member would write from what it sees, and the audit that compares that plan
 * with the newest one.
 */
import { stay } from '../../term/machine.ts';
import type { Stamped } from '../../time/instant.ts';
import { conditionOf } from '../membership/heartbeat.ts';
import { measuredWeights, nextPlan, samePlan, type Weights } from '../plan/next-plan.ts';
import type { LoadRow, MemberRow, PlanBody } from '../rows.ts';
import type { GroupSighting } from '../writes.ts';
import type { Inside, MemberState, Roster } from './state.ts';
import { become, insideOf, type Step } from './steps.ts';
import { DRIFT_MS, GATHER_MS } from './timing.ts';
import { isGone, rosterSighted } from './watching.ts';

/**
 * What a look at all rows finds: whether the plan that this member would write differs from the
 * newest.
 */
export function audited(state: MemberState, sighting: GroupSighting, now: Stamped): Step {
  const inside = plannerOf(state);
  const { known } = state.plan;
  if (sighting.kind !== 'roster' || inside === undefined || known === undefined) {
    return stay(state);
  }
  const seen = forgiving(rosterSighted(state, sighting.members, now.at), now);
  const drifts = draftOf(seen, inside, sighting, now, { drift: true });
  const same = samePlan(drifts, known.plan);
  const came = drifts.members.join() !== known.plan.members.join();
  const { monotonicMs } = now.at;
  const measured = seen.self.weights !== undefined;
  const driftSince =
    same || came || !measured ? undefined : (seen.planning.driftSince ?? monotonicMs);
  const drifting = driftSince !== undefined && monotonicMs - driftSince < DRIFT_MS;
  const at = monotonicMs + now.jitter * GATHER_MS;
  const auditNeed = same || drifting ? undefined : { version: known.version, at };
  return become(seen, { planning: { ...seen.planning, driftSince, auditNeed } });
}

/** Partitions that this member gave up long enough ago: it may lead them again. */
function forgiving(state: MemberState, now: Stamped): MemberState {
  const still = [...state.unwilling].filter(([, until]) => until > now.at.monotonicMs);
  if (still.length === state.unwilling.size) return state;
  return { ...state, unwilling: new Map(still), soughtStale: true };
}

export function draftOf(
  state: MemberState,
  inside: Inside,
  roster: Roster,
  now: Stamped,
  { drift = false } = {},
): PlanBody {
  const { plan, unwilling } = state;
  const { memberId } = inside;
  const rows = roster.members
    .filter((row) => row.state !== 'gone' && !isGone(state, row.memberId))
    // What this member knows of itself is newer than its own row.
    .map(
      (row): MemberRow =>
        row.memberId === memberId ? { ...row, state: conditionOf(state, inside, now.at) } : row,
    );
  const refused = refusedIn(plan.known?.plan, memberId);
  // A partition that was given to another member stays there until this one is willing again.
  const partitions = [...unwilling.keys()]
    .filter((partition) => refused.has(partition) || plan.known?.mine.has(partition))
    .sort((a, b) => a - b);
  return nextPlan({
    partitions: plan.head?.partitions ?? 0,
    previous: plan.known?.plan,
    rows,
    weights: weightsOf(state, roster, drift),
    refusing: { memberId, partitions },
    nowEpochMs: now.at.epochMs,
  });
}

export function refusedIn(plan: PlanBody | undefined, memberId: string): ReadonlySet<number> {
  const own = plan?.refusals.filter((refusal) => refusal.memberId === memberId) ?? [];
  return new Set(own.map(({ partition }) => partition));
}

function weightsOf(
  { self }: MemberState,
  { loads, members }: Roster,
  drift: boolean,
): Weights | undefined {
  const { weights } = self;
  if (weights === undefined) return undefined;
  if (weights === 'measured') {
    // What a live member says of a partition is newer than what a member that is gone said of it.
    const isLive = ({ memberId }: LoadRow) =>
      members.some((row) => row.memberId === memberId && row.state !== 'gone');
    const byAge = [...loads.filter((load) => !isLive(load)), ...loads.filter(isLive)];
    return { weightOf: measuredWeights(byAge), drift };
  }
  return { weightOf: (partition) => weights[partition] ?? 1, drift };
}

export function plannerOf(state: MemberState): Inside | undefined {
  const inside = insideOf(state);
  return inside === undefined || inside.lapsing || state.plan.known === undefined
    ? undefined
    : inside;
}
