/** `tenure move` and `tenure rebalance`: an operator changes the next plan. */
import { Command } from 'commander';
import { parseLastingDuration } from '../election/duration.ts';
import { telling } from '../terminal/telling.ts';
import { lasting } from '../terminal/text-table.ts';
import { type GroupVerbOptions, operatorOf, parsePartition, withGroup } from './one-group.ts';

interface MoveOptions extends GroupVerbOptions {
  readonly to: string;
  readonly for: number;
}

/** Long enough for an operator to look into a fault, short enough that a forgotten move ends. */
const MOVE_MS = 3_600_000;

const MOVE_HELP = `
Writes a plan that gives the partition to this member, and keeps it there until the time has passed. The
leader hands it over as in any plan; the other shares are evened out by the members.

Exit codes: 0 planned, 2 usage, or a member or partition that is not there, 3 the table cannot be used.

Example:
  tenure move orders 17 --to worker/6f1c --for 30m`;

export function moveVerb(): Command {
  return withGroup(new Command('move').description('have a partition led by this member'))
    .argument('<partition>', 'its number', parsePartition)
    .requiredOption('--to <member>', 'as "tenure members" has it')
    .option('--for <duration>', 'how long (default: 60m)', parseLastingDuration, MOVE_MS)
    .addHelpText('after', MOVE_HELP)
    .action(async (group: string, partition: number, options: MoveOptions) => {
      const { to, for: forMs } = options;
      const { version: plan } = await operatorOf(group, options).move({ partition, to, forMs });
      const words = `plan ${plan} gives partition ${partition} to ${to} for ${lasting(forMs)}`;
      const about = { partition, candidateId: to, plan, waitMs: forMs };
      telling({ group }, options)('planned', words, about);
    });
}

const REBALANCE_HELP = `
Takes back every move and everything that a member refuses; the members even out what is left at their next
look at all rows, which comes within forty seconds for up to sixty members.

Exit codes: 0 planned, or nothing to take back, 2 usage, 3 the table cannot be used.`;

export function rebalanceVerb(): Command {
  return withGroup(new Command('rebalance').description('take back every move of a partition'))
    .addHelpText('after', REBALANCE_HELP)
    .action(async (group: string, options: GroupVerbOptions) => {
      const { version: plan, changed } = await operatorOf(group, options).rebalance();
      const words = changed
        ? `plan ${plan} takes every move back`
        : `plan ${plan} has nothing to take back`;
      telling({ group }, options)(changed ? 'planned' : 'unchanged', words, { plan });
    });
}
