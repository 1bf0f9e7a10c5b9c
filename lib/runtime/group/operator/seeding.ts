/**
 * Creating a group, and raising the number of its partitions: records first, and what makes them known last.
 */
import type { PlanHead } from '../../../core/group/rows.ts';
import type { RecordOutcome, RecordWrite } from '../../../core/group/writes.ts';
import { InvalidOptionsError } from '../../../errors.ts';
import { unreachableGroup } from '../group-problems.ts';
import { type Planner, replan } from './replanning.ts';

export type Created = 'created' | 'raised' | 'unchanged';

export interface Seeder extends Planner {
  readonly writeRecords: (writes: readonly RecordWrite[]) => Promise<readonly RecordOutcome[]>;
}

/** One key takes a thousand writes a second, and the records are spread over sixteen keys. */
const AT_ONCE = 25;
const ATTEMPTS = 5;

/** @throws InvalidOptionsError where the group has more partitions: lowering would lose their tokens. */
export async function createOrRaise(seeder: Seeder, partitions: number): Promise<Created> {
  const { group, reads, write, clock } = seeder;
  const head = await reads.head({ strong: true });
  if (head !== undefined) return raise(seeder, head, partitions);
  await seed(seeder, 0, partitions);
  const { epochMs: writtenAtEpochMs } = clock.now();
  const outcome = await write({ kind: 'create-group', partitions, writtenAtEpochMs });
  if (outcome.kind === 'granted') return 'created';
  // Another operator created the group meanwhile, or this write's answer was lost.
  const found = await reads.head({ strong: true });
  if (found !== undefined) return raise(seeder, found, partitions);
  throw unreachableGroup(group, outcome.kind === 'unknown' ? outcome.cause : 'refused');
}

async function raise(seeder: Seeder, head: PlanHead, partitions: number): Promise<Created> {
  if (partitions === head.partitions) return 'unchanged';
  if (partitions < head.partitions) {
    throw new InvalidOptionsError([
      `partitions must be at least ${head.partitions}, which group ${JSON.stringify(seeder.group)} has ` +
        `already, got ${partitions}; lowering it would lose the tokens of the rest: create another group`,
    ]);
  }
  await seed(seeder, head.partitions, partitions);
  await replan(seeder, (plan) => plan, { partitions });
  return 'raised';
}

/** A record that exists keeps its token, so seeding again after an error does no harm. */
async function seed({ group, writeRecords, random }: Seeder, from: number, to: number) {
  for (let first = from; first < to; first += AT_ONCE) {
    let left = Array.from({ length: Math.min(AT_ONCE, to - first) }, (_, n) => first + n);
    let cause: unknown;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      if (attempt === ATTEMPTS) throw unreachableGroup(group, cause);
      const writes = left.map(
        (partition) => ({ kind: 'seed', partition, revision: random.nonce() }) as const,
      );
      const outcomes = await writeRecords(writes);
      left = left.filter((_, index) => {
        const outcome = outcomes[index];
        if (outcome?.kind === 'unknown') cause = outcome.cause;
        return outcome?.kind === 'unknown';
      });
    }
  }
}
