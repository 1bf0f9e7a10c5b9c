/**
 * `tenure transfer`: asks the leader to hand the role to one candidate, and waits until that one leads.
 */
import { Command } from 'commander';
import { aboutTerm, askToHandOver, awaitRecord, termOf } from '../election/asking.ts';
import { parseDuration } from '../election/duration.ts';
import {
  type ElectionVerbOptions,
  type OneElection,
  onElection,
  withElection,
} from '../election/one-election.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { telling } from '../terminal/telling.ts';
import { candidatesOf } from './candidates.ts';

interface TransferOptions extends ElectionVerbOptions {
  readonly to: string;
  readonly wait?: number;
}

const HELP = `
The leader sees the wish with its next renewal, announces it, tells its work to stop, lets it drain, and
releases the role for that candidate. A candidate that does not come within a renew interval and a write
timeout leaves the role to all. Where candidates have registered, --to must be one of them.

Exit codes: 0 asked, or leads already (with --wait: that candidate leads), 1 nobody leads, the role
changed hands meanwhile, or nobody of that id has registered (with --wait: somebody else leads, or the time
has passed), 2 usage, 3 the table cannot be used.

Examples:
  tenure candidates nightly-report
  tenure transfer nightly-report --to web-2.4711/8d1e-5f0c2b7a9e4d --wait 30s`;

export function transferVerb(): Command {
  return withElection(new Command('transfer').description('hand the role to one candidate'))
    .requiredOption('--to <candidate>', 'the id of the candidate that is to lead')
    .option('--wait <duration>', 'wait until it leads, at most so long', parseDuration)
    .addHelpText('after', HELP)
    .action(async (election: string, options: TransferOptions) => {
      process.exitCode = await onElection(election, options, (opened) => transfer(opened, options));
    });
}

async function transfer(opened: OneElection, options: TransferOptions): Promise<number> {
  const { to, wait } = options;
  const say = telling({ election: opened.election }, options);
  const known = (await candidatesOf(opened)).map(({ candidateId }) => candidateId);
  if (known.length > 0 && !known.includes(to)) {
    const words = `no candidate ${to} has registered; there are ${known.join(', ')}`;
    say('unknown-candidate', words, { candidateId: to });
    return EXIT.failed;
  }
  const asked = await askToHandOver(opened, { say, requestedFor: to });
  if (typeof asked === 'number') return asked;
  if (wait === undefined) {
    say('asked', `asked ${termOf(asked)} to hand over to ${to}`, aboutTerm(asked));
    return EXIT.done;
  }
  const now = await awaitRecord(
    opened,
    wait,
    (record) => record?.holder !== undefined && record.token !== asked.token,
  );
  if (now?.holder === undefined || now.token === asked.token) {
    say('asked', `${termOf(asked)} was asked and nobody else leads yet`, aboutTerm(asked));
    return EXIT.failed;
  }
  const handed = now.holder === to;
  const words = handed ? `${termOf(now)} leads` : `${termOf(now)} leads, and not ${to}`;
  say(handed ? 'handed-over' : 'changed', words, aboutTerm(now));
  return handed ? EXIT.done : EXIT.failed;
}
