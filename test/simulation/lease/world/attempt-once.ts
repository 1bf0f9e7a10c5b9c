/**
 * One attempt in a process of its own, as a scheduled function makes it: a candidate that has never
 * observed anything. Some of them wait a dead leader's lease out. Rule L8: each attempt ends by
 * itself. An attempt that waits gives up only after a sign of life of another candidate.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { pause } from '../../shared/pause.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import { work } from './work.ts';
import type { Participant, World } from './world.ts';

/** How long a cold candidate leads that is elected; then its process is no more. */
const COLD_TERM_MS = [200, 3_000] as const;
/**
 * A read, an acquire, and a read of who was faster: three calls each, with their pauses. With a lease to wait, also a
 * lease and a renew interval until the record was seen, and a lease again.
 */
const ATTEMPT_SECONDS_MAX = { once: 5, waitLease: 12 };

/** The candidate's successor is another process. */
export async function attemptOnce(
  world: World,
  participant: Participant,
  client: DynamoDBClient,
): Promise<void> {
  const { election, process, leave } = participant;
  const { coverage, plan, random, storage } = world;
  // Of all in a run, or of none: who waits takes what a fresh look must open for the others.
  const waitLease = plan.has('waits-a-lease') && random.chance(0.5);
  if (waitLease) coverage.hit('waits-a-lease');
  const versions = storage.versions.length;
  const secondsMax = ATTEMPT_SECONDS_MAX[waitLease ? 'waitLease' : 'once'];
  const ended = expectToEnd(world, process, secondsMax);
  try {
    const term = await election.tryCampaign({ waitLease }).finally(ended);
    if (term !== undefined) {
      coverage.hit('cold-candidates');
      void pause(process, random.between(...COLD_TERM_MS), leave).then(() => term.resign());
      await work(world, participant, { term, client }).catch(() => {});
      // Some are gone before they have released the role.
      if (random.chance(0.3)) return world.kill(process, 'its invocation is over');
      await term.resign();
    } else if (waitLease) {
      coverage.hit('waited for a sign of life');
      if (versions === storage.versions.length) {
        broken(world, process, 'gave up waiting, and nobody had shown a sign of life');
      }
    }
  } catch (error) {
    world.attemptFailed(participant, error);
  }
  world.left(participant);
}

/** By the seconds in which the process ran: it may have been frozen in between. Returns what ends it. */
function expectToEnd(world: World, process: SimulatedProcess, secondsMax: number): () => void {
  let seconds = 0;
  let cancel = () => {};
  const look = () => {
    seconds += 1;
    if (seconds > secondsMax) broken(world, process, 'still waits for its one attempt');
    else cancel = process.clock.setTimer(1_000, look);
  };
  look();
  return () => cancel();
}

function broken({ violations }: World, { name }: SimulatedProcess, what: string): void {
  violations.push({ invariant: 'L8', detail: `${name} ${what}` });
}
