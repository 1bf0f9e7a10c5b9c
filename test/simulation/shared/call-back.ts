/** A user's callback that uses the election which calls it. What comes of it is nobody's. */
import type { Term } from '../../../lib/ports.ts';
import type { Election } from '../../../lib/runtime/election.ts';
import type { SeededRandom } from './random.ts';

export interface Caller {
  readonly election: Election;
  readonly term: Term | undefined;
  readonly leave: AbortSignal;
}

export function callBack(random: SeededRandom, { election, term, leave }: Caller): void {
  const resign = (elected: Term | undefined) => elected?.resign();
  const ignore = () => {};
  const uses = [
    () => void election.tryCampaign().then(resign).catch(ignore),
    () => void election.campaign({ signal: leave }).then(resign).catch(ignore),
    () => void election.campaign({ signal: AbortSignal.abort() }).catch(ignore),
    () => void election.lead(async () => {}, { signal: leave }).catch(ignore),
    () => void term?.resign(),
    () => void term?.remainingMs(),
    () => election.thawed({}),
  ];
  random.pick(uses)();
}
