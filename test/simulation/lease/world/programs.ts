/**
 * What a user's program does with its election: `leadWhile` as most do, or `campaign` and `resign` by
 * hand. One attempt in a process of its own is in `attempt-once.ts`.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Term } from '../../../../lib/ports.ts';
import { pause } from '../../shared/pause.ts';
import { WORK_FAILED } from './setting.ts';
import { work } from './work.ts';
import type { Participant, World } from './world.ts';

/** The first costs nothing, nor does the second; then a lease or half of one is waited. */
const FAILURES_MAX = 5;

export async function leadUntilAsked(
  world: World,
  participant: Participant,
  client: DynamoDBClient,
): Promise<void> {
  const { election, leave } = participant;
  const failures: number[] = [];
  while (!leave.aborted) {
    try {
      await election.leadWhile((term) => work(world, participant, { term, client }), {
        signal: leave,
      });
    } catch (error) {
      world.campaignFailed(participant, error);
      const workFailed = error instanceof Error && error.message === WORK_FAILED;
      if (workFailed) expectPatience(world, participant, failures);
      // Most programs look at an error before they go on; some begin again at once.
      const hurried = workFailed && world.random.chance(0.5);
      if (!hurried) await pause(participant.process, world.random.between(100, 1_000), leave);
    }
  }
  world.left(participant);
}

/** L8: work that fails whenever it begins does not hold the role: other candidates go first. */
function expectPatience(world: World, { process }: Participant, failures: number[]): void {
  const { schedule, timings, violations } = world;
  failures.push(schedule.nowMs);
  const first = failures.at(-FAILURES_MAX);
  if (first === undefined || schedule.nowMs - first >= timings.leaseDurationMs) return;
  const detail = `${process.name} led ${FAILURES_MAX} terms within a lease, and its work failed in each`;
  violations.push({ invariant: 'L8', detail });
}

export async function campaignByHand(
  world: World,
  participant: Participant,
  client: DynamoDBClient,
): Promise<void> {
  const { leave } = participant;
  while (!leave.aborted) {
    const term = await campaign(world, participant);
    if (term === undefined) continue;
    await work(world, participant, { term, client }).catch(() => {});
    // Some campaign again without waiting for what becomes of the release.
    const released = term.resign();
    if (world.random.chance(0.5)) await released;
  }
  world.left(participant);
}

async function campaign(world: World, participant: Participant): Promise<Term | undefined> {
  const { election, leave } = participant;
  participant.campaigning = true;
  try {
    return await election.campaign({ signal: leave });
  } catch (error) {
    if (!leave.aborted) {
      world.campaignFailed(participant, error);
      await pause(participant.process, world.random.between(100, 1_000), leave);
    }
    return undefined;
  } finally {
    participant.campaigning = false;
  }
}
