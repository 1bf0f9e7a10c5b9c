/**
 * `tenure status`: who leads an election, as its record says.
 */
import { Command, Option } from 'commander';
import { readCandidates, readHistory } from '../../dynamodb/index.ts';
import {
  type ElectionVerbOptions,
  type OneElection,
  onElection,
  readElection,
  withElection,
} from '../election/one-election.ts';
import { showQueue } from '../election/queue-view.ts';
import { type RecordView, sentencesOf, viewOf } from '../election/record-view.ts';
import { isOfGroup, type OfGroup, statusInGroup } from '../groups/acting.ts';
import { parsePartition } from '../groups/one-group.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';

interface StatusOptions extends ElectionVerbOptions, Pick<OfGroup, 'partition'> {
  readonly queue?: string;
}

const HELP = `
Exit codes: 0 somebody leads, 1 nobody does, 2 usage, 3 the table is missing or cannot be reached.

With --queue it counts batons, approximately: a queue does not show who leads to anybody who does not receive.

Examples:
  tenure status nightly-report --json
  tenure status outbox --queue https://sqs.eu-west-1.amazonaws.com/123456789012/outbox.fifo`;

export function statusVerb(): Command {
  return withElection(new Command('status').description('show who leads'))
    .option('--partition <number>', 'of a group: who leads this partition', parsePartition)
    .addOption(
      new Option('--queue <url>', 'of an election over this SQS FIFO queue').conflicts('partition'),
    )
    .addHelpText('after', HELP)
    .action(async (election: string, options: StatusOptions) => {
      process.exitCode = await show(election, options);
    });
}

function show(election: string, options: StatusOptions): Promise<number> {
  if (options.queue !== undefined) return showQueue(election, options);
  return isOfGroup(options) ? statusInGroup(election, options) : showStatus(election, options);
}

async function showStatus(election: string, options: ElectionVerbOptions): Promise<number> {
  const view = await onElection(election, options, look);
  if (options.json) print(JSON.stringify(view));
  else print(...sentencesOf(view, Date.now()));
  const led = view.state === 'leading' || view.state === 'draining';
  return led ? EXIT.done : EXIT.failed;
}

/** The record decides. History and candidates are best effort. */
async function look(opened: OneElection): Promise<RecordView> {
  const sighting = await readElection(opened);
  const [newest] = await readHistory({ ...opened.rows, limit: 1 });
  const registered = await readCandidates(opened.rows);
  const record = sighting.kind === 'present' ? sighting.record : undefined;
  const isItsTerm = record?.holder !== undefined && newest?.token === record.token;
  return {
    ...viewOf(opened.election, sighting, Date.now()),
    ...(isItsTerm && { sinceEpochMs: newest.electedAtEpochMs }),
    candidates: registered.map(({ candidateId }) => candidateId),
  };
}
