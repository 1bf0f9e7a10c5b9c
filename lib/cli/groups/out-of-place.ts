/**
 * Options of `tenure run` that mean something only to an election that stands alone, or only to a
 * group. Given to the other kind, each is refused: otherwise it would be ignored in silence.
 */
import { InvalidOptionsError } from '../../index.ts';
import type { RunOptions } from '../command/run-while-leading.ts';

/** @throws InvalidOptionsError naming what a group cannot follow. */
export function refuseElectionOptions(options: RunOptions): void {
  const { queue, will, wait, settle, announce } = options;
  refuse(
    {
      '--queue': queue,
      '--no-will': will === false,
      '--no-wait': wait === false,
      '--settle': settle,
      '--announce': announce,
    },
    'with --partitions: a group is in a table, and its members hand over by a plan',
  );
}

/** @throws InvalidOptionsError naming what an election that stands alone cannot follow. */
export function refuseGroupOptions(options: RunOptions): void {
  const { capacity, spare, createGroup } = options;
  refuse(
    { '--capacity': capacity, '--spare': spare, '--create-group': createGroup },
    'without --partitions: it is for a member of a group; say how many partitions the group has',
  );
}

function refuse(options: Readonly<Record<string, unknown>>, where: string): void {
  const given = Object.keys(options).filter((name) => (options[name] ?? false) !== false);
  if (given.length === 0) return;
  throw new InvalidOptionsError([`${given.join(', ')} must be left out ${where}`]);
}
