/**
 * `tenure resign`: asks the leader to hand over, and waits until it has, if told to.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { LeaseRecord } from '../../core/lease/record.ts';
import { formatToken } from '../../index.ts';
import { parseDuration } from '../election/duration.ts';
import {
  type ElectionVerbOptions,
  type OneElection,
  onElection,
  readElection,
  withElection,
  writeAsOperator,
} from '../election/one-election.ts';
import { isOfGroup, type OfGroup, resignInGroup } from '../groups/acting.ts';
import { parsePartition } from '../groups/one-group.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';

interface ResignOptions extends ElectionVerbOptions, OfGroup {
  readonly wait?: number;
}

/** Reads cost; a hand-over takes a renew interval and a drain. */
const LOOK_INTERVAL_MS = 500;

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

async function resign(opened: OneElection, { json, wait }: ResignOptions): Promise<number> {
  const say = (result: string, words: string, about: object = {}) =>
    print(json ? JSON.stringify({ election: opened.election, result, ...about }) : words);
  const sighting = await readElection(opened);
  const record = sighting.kind === 'present' ? sighting.record : undefined;
  if (record?.holder === undefined) {
    say('nobody-leads', `${opened.election}: nobody leads; there is nobody to ask`);
    return EXIT.failed;
  }
  const about = { candidateId: record.holder, token: formatToken(record.token) };
  const term = `${about.candidateId} (term ${about.token})`;
  const revision = crypto.randomUUID();
  const seen = { seenHolder: record.holder, seenToken: record.token };
  const outcome = await writeAsOperator(opened, { kind: 'request-resign', ...seen, revision });
  if (outcome.kind === 'refused') {
    say('changed', `${opened.election}: ${term} has lost the role meanwhile; look again`, about);
    return EXIT.failed;
  }
  if (wait === undefined) {
    say('asked', `${opened.election}: asked ${term} to hand over`, about);
    return EXIT.done;
  }
  const hasResigned = await handedOver(opened, record, wait);
  if (hasResigned) say('handed-over', `${opened.election}: ${term} has handed over`, about);
  else say('asked', `${opened.election}: ${term} was asked and has not handed over yet`, about);
  return hasResigned ? EXIT.done : EXIT.failed;
}

async function handedOver(
  opened: OneElection,
  asked: LeaseRecord,
  waitMs: number,
): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (performance.now() < deadline) {
    const sighting = await readElection(opened);
    if (sighting.kind === 'absent') return true;
    const { token, holder } = sighting.record;
    if (token !== asked.token || holder !== asked.holder) return true;
    await delay(Math.min(LOOK_INTERVAL_MS, Math.max(1, deadline - performance.now())));
  }
  return false;
}
