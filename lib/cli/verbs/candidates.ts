/**
 * `tenure candidates`: who has registered, and which of them holds the role.
 */
import { Command } from 'commander';
import { readCandidates } from '../../dynamodb/index.ts';
import type { Registration } from '../../index.ts';
import {
  type ElectionVerbOptions,
  type OneElection,
  onElection,
  readElection,
  withElection,
} from '../election/one-election.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';
import { lasting, textTable } from '../terminal/text-table.ts';

export interface CandidateView extends Registration {
  readonly holdsRole: boolean;
}

const HELP = `
Candidates that were given the option registration, and all of "tenure run", write a row at start and
once an hour. One that leaves takes its row away; one that died shows for up to two and a half hours; one
that never registered does not.

Exit codes: 0 somebody has registered, 1 nobody has, 2 usage, 3 the table cannot be used.

Example:
  tenure candidates nightly-report --json`;

export function candidatesVerb(): Command {
  return withElection(new Command('candidates').description('show who has registered'))
    .addHelpText('after', HELP)
    .action(async (election: string, options: ElectionVerbOptions) => {
      process.exitCode = await showCandidates(election, options);
    });
}

async function showCandidates(election: string, options: ElectionVerbOptions): Promise<number> {
  const found = await onElection(election, options, candidatesOf);
  const heading = ['CANDIDATE', 'ROLE', 'SCORE', 'ZONE', 'VERSION', 'UP FOR', 'SEEN'];
  if (options.json) print(JSON.stringify({ election, candidates: found }));
  else if (found.length === 0) print(`${election}: no candidate has registered`);
  else
    print(
      ...textTable(
        heading,
        found.map((one) => cellsOf(one, Date.now())),
      ),
    );
  return found.length > 0 ? EXIT.done : EXIT.failed;
}

export async function candidatesOf(opened: OneElection): Promise<readonly CandidateView[]> {
  const sighting = await readElection(opened);
  const registered = await readCandidates(opened.rows);
  const holder = sighting.kind === 'present' ? sighting.record.holder : undefined;
  return registered.map((one) => ({ ...one, holdsRole: one.candidateId === holder }));
}

function cellsOf(one: CandidateView, nowEpochMs: number): readonly string[] {
  return [
    one.candidateId,
    one.holdsRole ? 'holds it' : '',
    one.score === undefined ? '' : String(one.score),
    one.zone ?? '',
    one.version ?? '',
    lasting(Math.max(0, nowEpochMs - one.startedAtEpochMs)),
    `${lasting(Math.max(0, nowEpochMs - one.registeredAtEpochMs))} ago`,
  ];
}
