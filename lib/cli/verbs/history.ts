/**
 * `tenure history`: who led, since when, for how long, and why it ended.
 */
import { Command, InvalidArgumentError } from 'commander';
import { readHistory } from '../../dynamodb/index.ts';
import { formatToken, type TermEntry } from '../../index.ts';
import { type ElectionVerbOptions, onElection, withElection } from '../election/one-election.ts';
import { showGroupHistory } from '../groups/group-history.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';
import { lasting, textTable, utc } from '../terminal/text-table.ts';

interface HistoryOptions extends ElectionVerbOptions {
  readonly limit: number;
  readonly partitions?: boolean;
}

const LIMIT_MAX = 10_000;
const HEADING = ['TERM', 'LEADER', 'SINCE (UTC)', 'LASTED', 'ENDED'];

const HELP = `
Newest first, in UTC. A term whose process died has no end of its own. Terms are written best effort,
and kept for as many days as candidates were told to, by default 30. A group keeps no past terms: with
--partitions its members are shown, those that are gone for a day, and the newest token of each partition.

Exit codes: 0 there are terms, 1 there are none, 2 usage, 3 the table is missing or cannot be reached.

Examples:
  tenure history nightly-report
  tenure history nightly-report --limit 100 --json
  tenure history orders --partitions`;

export function historyVerb(): Command {
  return withElection(new Command('history').description('show past terms, newest first'))
    .option('--partitions', 'of a group: its members of the last day, and the tokens so far')
    .option('--limit <number>', 'at most so many', parseLimit, 20)
    .addHelpText('after', HELP)
    .action(async (election: string, options: HistoryOptions) => {
      const show = options.partitions ? showGroupHistory : showHistory;
      process.exitCode = await show(election, options);
    });
}

async function showHistory(election: string, options: HistoryOptions): Promise<number> {
  const terms = await onElection(election, options, ({ rows }) =>
    readHistory({ ...rows, limit: options.limit }),
  );
  if (options.json) print(JSON.stringify({ election, terms: terms.map(inJson) }));
  else if (terms.length === 0) print(`${election}: no term is recorded`);
  else print(...textTable(HEADING, terms.map(cellsOf)));
  return terms.length > 0 ? EXIT.done : EXIT.failed;
}

function inJson(term: TermEntry) {
  return { ...term, token: formatToken(term.token) };
}

function cellsOf(term: TermEntry): readonly string[] {
  const { electedAtEpochMs, endedAtEpochMs, why } = term;
  const lasted = endedAtEpochMs === undefined ? '' : lasting(endedAtEpochMs - electedAtEpochMs);
  return [formatToken(term.token), term.candidateId, utc(electedAtEpochMs), lasted, why ?? ''];
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${LIMIT_MAX}.`);
}
