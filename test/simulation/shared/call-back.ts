/** A user's callback that uses the election which calls it. No code waits for its result. */
import type { Term } from '../../../lib/ports.ts';
import type { Election } from '../../../lib/runtime/election.ts';
import type { SeededRandom } from './random.ts';

export interface Caller {
  readonly election: Election;
  readonly term: Term | undefined;
  readonly leave: AbortSignal;
}

export async function callBack(
  random: SeededRandom,
  { election, term, leave }: Caller,
): Promise<void> {
  const resign = (elected: Term | undefined) => elected?.resign();
  const ignore = () => {};
  const uses = [
    () => election.tryCampaign().then(resign).catch(ignore),
    () => election.campaign({ signal: leave }).then(resign).catch(ignore),
    () => election.campaign({ signal: AbortSignal.abort() }).catch(ignore),
    () => election.lead(async () => {}, { signal: leave }).catch(ignore),
    () => term?.resign(),
    () => term?.remainingMs(),
    () => election.thawed({}),
  ];
  await random.pick(uses)();
}
