/**
 * `tenure resign`: asks the leader to hand over, and waits until it has, if told to.
 */
import { Command } from 'commander';
import type { LeaseRecord } from '../../core/lease/record.ts';
import { aboutTerm, askToHandOver, awaitRecord, termOf } from '../election/asking.ts';
import { parseDuration } from '../election/duration.ts';
import {
  type ElectionVerbOptions,
  type OneElection,
  onElection,
  withElection,
} from '../election/one-election.ts';
import { isOfGroup, type OfGroup, resignInGroup } from '../groups/acting.ts';
import { parsePartition } from '../groups/one-group.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { telling } from '../terminal/telling.ts';

interface ResignOptions extends ElectionVerbOptions, OfGroup {
  readonly wait?: number;
}

const HELP = `
The leader sees the wish with its next renewal, tells its work to stop, lets it drain, and releases the
role. Nothing is forced: a leader that does not answer keeps the role until its lease runs out.

Exit codes: 0 asked (with --wait: handed over), 1 nobody leads or the role changed hands meanwhile
(with --wait: not handed over in time), 2 usage, 3 the table cannot be used.

Examples:
  tenure resign nightly-report
  tenure resign nightly-report --wait 30s --json
  tenure resign orders --partition 17`;

export function resignVerb(): Command {
  return withElection(new Command('resign').description('ask the leader to hand over'))
    .option('--wait <duration>', 'wait until it has, at most so long', parseDuration)
    .option('--member <id>', 'of a group: have this member hand everything over')
    .option('--partition <number>', 'of a group: have another lead this partition', parsePartition)
    .addHelpText('after', HELP)
    .action(async (election: string, options: ResignOptions) => {
      process.exitCode = isOfGroup(options)
        ? await resignInGroup(election, options)
        : await onElection(election, options, (opened) => resign(opened, options));
    });
}

async function resign(opened: OneElection, options: ResignOptions): Promise<number> {
  const { wait } = options;
  const say = telling({ election: opened.election }, options);
  const asked = await askToHandOver(opened, { say });
  if (typeof asked === 'number') return asked;
  const [term, about] = [termOf(asked), aboutTerm(asked)];
  if (wait === undefined) {
    say('asked', `asked ${term} to hand over`, about);
    return EXIT.done;
  }
  const isOver = (record: LeaseRecord | undefined) =>
    record?.token !== asked.token || record.holder !== asked.holder;
  const hasResigned = isOver(await awaitRecord(opened, wait, isOver));
  if (hasResigned) say('handed-over', `${term} has handed over`, about);
  else say('asked', `${term} was asked and has not handed over yet`, about);
  return hasResigned ? EXIT.done : EXIT.failed;
}
