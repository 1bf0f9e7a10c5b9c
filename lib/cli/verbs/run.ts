/**
 * `tenure run`: a command, in any language, that runs only while this process leads.
 *
 * Decides what the verb accepts. What happens then is in `run-while-leading.ts`.
 */
import { Command, Option } from 'commander';
import { openEventTeller } from '../command/event-lines.ts';
import { type RunOptions, runWhileLeading } from '../command/run-while-leading.ts';
import { parseDuration } from '../election/duration.ts';
import { withStoreOptions, withTimingOptions } from '../election/store-options.ts';
import { parsePartitions } from '../groups/one-group.ts';
import { refuseElectionOptions, refuseGroupOptions } from '../groups/out-of-place.ts';
import { parseCapacity, runGroup } from '../groups/run-group.ts';
import { exitCodeOf } from '../terminal/exit-code.ts';
import { inUserTerms } from '../terminal/user-terms.ts';

const HELP = `
The command's environment has TENURE_ELECTION, TENURE_TOKEN and TENURE_CANDIDATE_ID. Its standard
streams pass through. When leadership is lost it gets SIGTERM, and SIGKILL with all that it started
before anyone else can be elected; then tenure campaigns again. SIGTERM or SIGINT to tenure announces
the hand-over for --announce (a renew interval; a second signal ends it), passes SIGTERM on, keeps the
lease while the command drains, releases it and exits 0. When the command ends
by itself, what it left running is ended, the lease is released, and tenure exits with its code.
What it left running and cannot be ended keeps the lease from being released: tenure says so, exits 1.

Where tenure dies and the machine lives, the guardian ends the command with all that it started, waits
for --settle (a write timeout; 0ms where every write carries the token) and releases the lease.

Durations: 1500ms, 10s, 2m. --drain holds on resigning only; after a loss --loss-grace holds.
An option left out is as TENURE_TABLE, TENURE_LEASE_MS, TENURE_RENEW_MS, TENURE_DRAIN_MS and the like
say, which a deployment with tenure/cdk sets in its tasks.

With --queue no table is used: the queue serves this election alone, and --lease (default: 30s then)
must equal its visibility timeout.

With --json, file descriptor 2 gets one object a line with event (standby, elected, renewed, draining,
resigned, lost, error), election, candidateId, token and atEpochMs. Events wait for no reader: what
finds no room is dropped, and how much is told once the reader is back.

With --partitions the name is a group's: tenure is one of its members, and runs one command, with a guardian
of its own, for each partition that it leads. TENURE_PARTITION says which, TENURE_ELECTION is orders/17. A
command that ends gives its partition to another member and is started again there; the others do not
notice. In a terminal each line of theirs begins with the partition; they read no input.

Exit codes:
  2    an option, argument or name that cannot be used
  3    the table or queue is missing, or cannot be reached at start
  4    leadership was lost, with --once or --no-wait
  5    another candidate leads, with --no-wait
  126  the command cannot be run    127  the command was not found
  else the command's own, or 128 and the number of the signal that ended it

Examples:
  tenure run nightly-report -- python3 report.py
  tenure run outbox --lease 5s --renew 1500ms --json -- ./poller --batch 100
  tenure run orders --partitions 64 -- ./poller
  tenure run nightly-report --no-wait -- ./report    from the crontab of each machine
  tenure run outbox --queue https://sqs.eu-west-1.amazonaws.com/123456789012/outbox.fifo -- ./poller`;

export function runVerb(): Command {
  const verb = new Command('run')
    .description('run a command only while leading')
    .argument('<election>', 'what to be the leader of')
    .argument('<command...>', 'the command and its arguments, after --');
  withTimingOptions(withStoreOptions(verb))
    .option('--candidate <prefix>', 'begins the candidate id (default: host and process)')
    .option('--create-table', 'create the table where it does not exist')
    .addOption(
      new Option('--queue <url>', 'elect over this SQS FIFO queue, without a table').conflicts(
        'createTable',
      ),
    )
    .option(
      '--partitions <number>',
      'share a group of so many, a command for each',
      parsePartitions,
    )
    .option('--create-group', 'create the group where it does not exist')
    .option('--capacity <number>', 'this process’s share of a group (default: 1)', parseCapacity)
    .option('--spare <duration>', 'wait so long for a member that leaves', parseDuration)
    .option('--no-will', 'let the lease run out where tenure dies, instead of releasing it')
    .option('--once', 'exit with code 4 when leadership is lost')
    .option('--no-wait', 'lead now, or exit with code 5: waits for no living leader')
    .option('--json', 'write events to file descriptor 2, one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (election: string, command: string[], options: RunOptions) => {
      process.exitCode = await run(election, command, options);
    });
  return verb;
}

async function run(election: string, command: string[], options: RunOptions): Promise<number> {
  const events = openEventTeller({ json: options.json === true });
  try {
    const request = { election, command, options, events };
    const { partitions } = options;
    if (partitions !== undefined) {
      refuseElectionOptions(options);
      return await runGroup({ ...request, partitions });
    }
    refuseGroupOptions(options);
    return await runWhileLeading(request);
  } catch (cause) {
    const error = inUserTerms(cause);
    events.failed({ election, error });
    return exitCodeOf(error);
  } finally {
    await events.close();
  }
}
