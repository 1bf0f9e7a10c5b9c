/**
 * `tenure depose`: takes the role from a holder that does not hand over.
 *
 * Decides the two ways. By default the vacancy stays closed for a lease. So the old leader has
 * lapsed by its own clock before another candidate leads. With `--now` only the fence protects.
 */
import { Command } from 'commander';
import type { LeaseRecord } from '../../core/lease/record.ts';
import { formatToken } from '../../index.ts';
import {
  type ElectionVerbOptions,
  type OneElection,
  onElection,
  readElection,
  withElection,
  writeAsOperator,
} from '../election/one-election.ts';
import { deposeInGroup, isOfGroup, type OfGroup } from '../groups/acting.ts';
import { confirmed } from '../terminal/confirm.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { telling } from '../terminal/telling.ts';
import { lasting } from '../terminal/text-table.ts';

interface DeposeOptions extends ElectionVerbOptions, Pick<OfGroup, 'member'> {
  readonly now?: boolean;
  readonly yes?: boolean;
}

/** An attempt loses only against a renewal between its read and its write, which is rare. */
const ATTEMPTS = 5;

const HELP = `
The leader learns it with its next renewal; one that is frozen or cut off learns it late. So candidates
wait until its lease would have run out. With --now they do not: until then two processes may believe
that they lead, and only writes that carry the token are safe.

"tenure resign" is gentler: it lets the leader's work finish.

Exit codes: 0 deposed, 1 nobody leads, the role changed hands meanwhile, or you said no, 2 usage,
3 the table cannot be used.

Examples:
  tenure depose nightly-report
  tenure depose nightly-report --now --yes --json
  tenure depose orders --member worker/6f1c`;

export function deposeVerb(): Command {
  return withElection(new Command('depose').description('take the role from its holder'))
    .option('--now', 'do not wait the lease out; only the fence protects then')
    .option('--yes', 'do not ask')
    .option('--member <id>', 'of a group: take all its partitions from this member')
    .addHelpText('after', HELP)
    .action(async (election: string, options: DeposeOptions) => {
      process.exitCode = isOfGroup(options)
        ? await deposeInGroup(election, options)
        : await onElection(election, options, (opened) => depose(opened, options));
    });
}

async function depose(opened: OneElection, options: DeposeOptions): Promise<number> {
  const { election } = opened;
  const say = telling({ election }, options);
  const sighting = await readElection(opened);
  const record = sighting.kind === 'present' ? sighting.record : undefined;
  if (record?.holder === undefined) {
    say('nobody-leads', 'nobody leads; there is nobody to depose');
    return EXIT.failed;
  }
  const about = { candidateId: record.holder, token: formatToken(record.token) };
  const warning = warningOf(election, record, options.now === true);
  if (!(await confirmed({ election, warning, yes: options.yes }))) {
    say('not-confirmed', 'nothing was done', about);
    return EXIT.failed;
  }
  const waitMs = options.now ? 0 : record.leaseDurationMs;
  if (!(await deposeTerm(opened, record, waitMs))) {
    say('changed', 'the role has changed hands meanwhile, so nothing was done; look again', about);
    return EXIT.failed;
  }
  const then = options.now
    ? 'anyone may lead now; until its lease runs out only fenced writes are safe'
    : `anyone may lead in ${lasting(waitMs)}`;
  say('deposed', `deposed ${record.holder} (term ${about.token}); ${then}`, { ...about, waitMs });
  return EXIT.done;
}

/** Whether it was deposed. A renewal between read and write changes the revision and not the term. */
async function deposeTerm(
  opened: OneElection,
  seen: LeaseRecord,
  waitMs: number,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const sighting = await readElection(opened);
    if (sighting.kind === 'absent') return false;
    const { record } = sighting;
    if (record.holder !== seen.holder || record.token !== seen.token) return false;
    const outcome = await writeAsOperator(opened, {
      kind: 'depose',
      seenRevision: record.revision,
      revision: crypto.randomUUID(),
      ...(waitMs > 0 && { reservation: { reservedMs: waitMs } }),
    });
    if (outcome.kind === 'granted') return true;
  }
  return false;
}

function warningOf(election: string, { holder }: LeaseRecord, now: boolean): string {
  const what = `this takes ${election} from ${holder}`;
  return now
    ? `${what} at once: until its lease runs out it may still believe that it leads, and only writes ` +
        `that carry the token are safe`
    : `${what}; the next leader waits until its lease has run out`;
}
