/** Rules that groups have and single elections have not, each with a trace that needs the rule. */
import type { Joined } from '../runtime/group/hall.ts';
import { type GroupScene, groupScenario as scenario } from './group-scene.ts';
import type { Scenario } from './scenario.ts';

/** Two members, each of which leads one partition. */
async function settled(scene: GroupScene): Promise<{ a: Joined; b: Joined }> {
  const a = scene.member('a');
  const b = scene.member('b');
  await scene.pass(14_000);
  scene.showRecords();
  return { a, b };
}

const idOf = ({ terms }: Joined) => terms[0]?.candidateId ?? '';

export const GROUP_SCENARIOS: readonly Scenario[] = [
  scenario(
    '27 a member whose lease lapsed comes back under a new id, with new tokens',
    {
      shows: ['† a lapsed lease is revived', '† an id is used for a second lease'],
      without:
        'a heartbeat that lands late makes a leader of a member whose terms are over, while others take them for gone',
    },
    async (scene) => {
      const a = scene.member('a');
      await scene.pass(8_000);
      const before = idOf(a);
      a.cutOff = true;
      scene.say('a', 'is cut off');
      await scene.pass(12_000);
      a.cutOff = false;
      scene.say('a', 'reaches the table again');
      await scene.pass(14_000);
      const ids = new Set(a.terms.map(({ candidateId }) => candidateId));
      scene.say('a', `leads under ${ids.size} ids, the first is gone: ${stateOf(scene, before)}`);
      scene.showRecords();
    },
  ),
  scenario(
    '28 a member that was told to stop does not join again',
    {
      shows: ['† a member that was told to stop joins again'],
      without:
        'it joins, is planned for, takes partitions, and is killed with them by its platform',
    },
    async (scene) => {
      const { a } = await settled(scene);
      a.cutOff = true;
      a.stop.abort();
      scene.say('a', 'is cut off, and told to stop');
      await scene.pass(16_000);
      a.cutOff = false;
      scene.say('a', 'reaches the table again');
      await scene.pass(20_000);
      scene.showRecords();
    },
  ),
  scenario(
    '29 a partition is taken once its holder was read as gone, whatever a plan says',
    {
      shows: ['† acquire on the word of a plan'],
      without: 'b leads at once what a, who has not read that plan, leads still',
    },
    async (scene) => {
      const { a, b } = await settled(scene);
      const [partition = -1] = a.leads();
      a.cutOff = true;
      await scene.operator.move({ partition, to: idOf(b), forMs: 600_000 });
      scene.say('table', `an operator moves partition ${partition} from a to b; a is cut off`);
      await scene.pass(20_000);
      scene.showRecords();
    },
  ),
  scenario(
    '30 an operator ends a member, and no record of a partition',
    {
      shows: ['† an operator removes the holder of one partition'],
      without:
        'the record is vacant and b takes it, while a leads on: a holder does not read its record again',
    },
    async (scene) => {
      const { a } = await settled(scene);
      a.cutOff = true;
      scene.say('a', 'is cut off');
      const { kind } = await scene.operator.deposeMember(idOf(a));
      scene.say(
        'table',
        `an operator deposes a: ${kind}, and its partitions stay closed for a lease`,
      );
      await scene.pass(6_000);
      scene.showRecords();
      await scene.pass(14_000);
      scene.showRecords();
    },
  ),
  scenario(
    '31 a member that is waited for is watched, in a ring or not',
    {
      shows: ['† nobody watches the member that it waits for'],
      without:
        'a dies while it hands over, is in no plan and in no ring, and its partition is led by nobody again',
    },
    async (scene) => {
      const { a } = await settled(scene);
      a.stop.abort();
      scene.say('a', 'is told to stop, and waits to be planned out');
      await scene.pass(1_500);
      a.cutOff = true;
      scene.say('a', 'dies before it has handed over');
      await scene.pass(24_000);
      scene.showRecords();
    },
  ),
];

function stateOf({ rows }: GroupScene, memberId: string): string {
  return rows.members.get(memberId)?.state ?? 'absent';
}
