/**
 * Broken fences, and broken checkpoints, of what leaders write under the lease.
 */
import { type Mutant, one, under } from './mutant.ts';

const SHARED_STATE = 'test/simulation/table/shared-state.ts';
const REGISTER = 'lib/dynamodb/checkpoint/register.ts';

export const FENCE_MUTANTS: readonly Mutant[] = [
  one(
    '† lease check without the stamp',
    ['S1'],
    'lib/dynamodb/fence/plan.ts',
    "from: 'single', actions: [stamped],",
    "from: 'single', actions: [action],",
  ),
  one(
    '† delete under lease check with stamped writers',
    ['S1', 'S5'],
    'lib/dynamodb/fence/plan.ts',
    'return keepsTombstones(fence, action.Delete.TableName)\n',
    'return !isLeaseChecked(fence, action.Delete.TableName)\n',
  ),
  under(
    ['late-effects', 'unanswered-effects', 'repeated-effects', 'paused-beyond-lease'],
    one(
      '† state taken over by a plain read',
      // By its id the first save is refused in time: what was told to be loaded was not.
      ['S5', 'S1', 'S4'],
      SHARED_STATE,
      '(await send(raise, stamp))',
      '(await leader.reach(() => ({ Attributes: raise && table.get(keyOf(Key)) })))',
    ),
  ),
  one(
    '† a save that replaces whatever the row has',
    ['S5'],
    REGISTER,
    ": '#id = :from';",
    ": '(#id = :from OR attribute_exists(#id))';",
  ),
  one(
    'a save that is refused by what it wrote itself',
    ['S4'],
    REGISTER,
    'idIn(refused.row) === id) return undefined;',
    "idIn(refused.row) === '') return undefined;",
  ),
  one(
    'a load that leaves open what an unanswered save may still do',
    ['S4'],
    REGISTER,
    'open.id === idIn(found) ? await settled(found) : found;',
    "idIn(found) === '' ? await settled(found) : found;",
  ),
  one(
    'no fence',
    ['S1', 'S5'],
    'lib/dynamodb/fence/stamp.ts',
    'Token`;\n  const own =',
    "Token OR attribute_exists(`.concat(Object.keys(names)[0] ?? '', ')');\n  const own =",
  ),
];
