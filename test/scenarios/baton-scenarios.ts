/** The scenario of the baton, whose token is the number of a message. */
import { playBaton } from './baton-scene.ts';
import type { Scenario } from './scenario.ts';

export const BATON_SCENARIOS: readonly Scenario[] = [
  {
    name: '25 a successor has an id of its own, the same for its repetitions',
    shows: ["† a successor's deduplication id that repeats"],
    without:
      'SQS answers with the number that an earlier leader carries, and two leaders share a token',
    play: () =>
      playBaton(async ({ candidate, send, say, pass }) => {
        const [a, b] = [candidate('a'), candidate('b')];
        await send('', 'seed');
        void a.election.campaign();
        await pass(1_000);
        a.crash();
        void b.election.campaign();
        b.loseAnswer();
        await pass(32_000);
        say('', 'without the rule: a and b make the id of the baton that both received');
        await send('', 'successor-of-1');
        await send('', 'successor-of-1');
      }),
  },
];
