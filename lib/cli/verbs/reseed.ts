/**
 * `tenure reseed`: sets the token of an election again, after its record was deleted or restored.
 *
 * Decides what it refuses: a token below any that the table itself shows as used. It cannot know
 * the fences. The operator must make sure that the token is at or above every stamp.
 */
import { Command, InvalidArgumentError } from 'commander';
import type { LeaseRecord } from '../../core/lease/record.ts';
import { highestStamp, readHistory } from '../../dynamodb/index.ts';
import {
  formatToken,
  InvalidOptionsError,
  MAX_TOKEN,
  parseToken,
  type Token,
  timingsWithDefaults,
} from '../../index.ts';
import { parseLastingDuration } from '../election/duration.ts';
import {
  type ElectionVerbOptions,
  type OneElection,
  onElection,
  readElection,
  withElection,
  writeAsOperator,
} from '../election/one-election.ts';
import { isOfGroup, type OfGroup, reseedInGroup } from '../groups/acting.ts';
import { parsePartition } from '../groups/one-group.ts';
import { confirmed } from '../terminal/confirm.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { telling } from '../terminal/telling.ts';
import { lasting } from '../terminal/text-table.ts';

interface ReseedOptions extends ElectionVerbOptions, Pick<OfGroup, 'partition'> {
  readonly token?: Token;
  readonly aboveStamps?: readonly string[];
  readonly stampAttribute?: string;
  readonly lease?: number;
  readonly yes?: boolean;
}

const HELP = `
The token must be at or above every token that a fence has admitted. --above-stamps reads the stamps of whole
tables, each item once, and takes a power of ten that has three digits more than the highest: programs of before a
move still write, and their tokens rise. Other resources you look at yourself, and give --token, or both.
The next leader gets the one above. Nobody may lead for one
lease, so that a leader under the lost record has lapsed. A partition of a group is closed first, until
every live member has said that it leads it no more.

Exit codes: 0 done, 1 the record changed meanwhile or you said no, 2 usage or a token that is too low,
3 the table cannot be used.

Example:
  tenure reseed nightly-report --token 4711
  tenure reseed nightly-report --above-stamps ledger invoices`;

export function reseedVerb(): Command {
  return withElection(new Command('reseed').description('set the token after the record was lost'))
    .option('--token <number>', 'at or above every fence', parseTokenOption)
    .option('--above-stamps <tables...>', 'far above each stamp in these tables (a scan)')
    .option('--stamp-attribute <name>', 'where rows keep their stamp', 'fencingToken')
    .option(
      '--lease <duration>',
      'of who led (default: the record’s, or 10s)',
      parseLastingDuration,
    )
    .option('--yes', 'do not ask')
    .option('--partition <number>', 'of a group: of this partition', parsePartition)
    .addHelpText('after', HELP)
    .action(async (election: string, options: ReseedOptions) => {
      process.exitCode = isOfGroup(options)
        ? await reseedInGroup(election, { ...options, token: givenToken(options) })
        : await onElection(election, options, (opened) => reseed(opened, options));
    });
}

async function reseed(opened: OneElection, options: ReseedOptions): Promise<number> {
  const { election } = opened;
  const token = await tokenOf(opened, options);
  const sighting = await readElection(opened);
  const record = sighting.kind === 'present' ? sighting.record : undefined;
  // A newest row that cannot be read may have had any token, so nothing can be compared.
  const newest = await readHistory({ ...opened.rows, limit: 1, onMalformed: undefined });
  refuseLow(token, [record?.token, newest[0]?.token], options);
  const tell = telling({ election }, options);
  const say = (result: string, words: string) => tell(result, words, { token: formatToken(token) });
  const warning = warningOf(election, token, record);
  if (!(await confirmed({ election, warning, yes: options.yes }))) {
    say('not-confirmed', 'nothing was done');
    return EXIT.failed;
  }
  const { leaseDurationMs, renewIntervalMs } = timingsWithDefaults({
    leaseDurationMs: options.lease ?? record?.leaseDurationMs,
  });
  const outcome = await writeAsOperator(opened, {
    kind: 'reseed',
    seenRevision: record?.revision,
    revision: crypto.randomUUID(),
    token,
    leaseDurationMs,
    renewIntervalMs,
  });
  if (outcome.kind === 'refused') {
    say('changed', 'the record has changed meanwhile, so nothing was done; look again');
    return EXIT.failed;
  }
  const next = formatToken(token + 1n);
  say('reseeded', `the next term is ${next}; anyone may lead in ${lasting(leaseDurationMs)}`);
  return EXIT.done;
}

/** The token that was given, or the highest stamp of the tables, whichever is higher. */
async function tokenOf({ rows }: OneElection, options: ReseedOptions): Promise<Token> {
  const { aboveStamps: tableNames = [], stampAttribute } = options;
  if (tableNames.length === 0) return givenToken(options);
  const stamps = await Promise.all(
    tableNames.map((tableName) =>
      highestStamp({ client: rows.client, tableName, stampAttribute, endpoint: rows.endpoint }),
    ),
  );
  const highest = stamps.reduce<Token>((a, b) => (b && b > a ? b : a), 0n);
  const above = highest > 0n ? roomAbove(highest) : 0n;
  const token = options.token !== undefined && options.token > above ? options.token : above;
  if (token > 0n) return token;
  throw new InvalidOptionsError([
    `--above-stamps found no row with ${stampAttribute} in ${tableNames.join(', ')}; name the tables that the ` +
      'leader writes, and --stamp-attribute if it is another, or give --token',
  ]);
}

/**
 * Programs that are elected by another record or queue may still write, and go on counting: a table by one for each
 * term, a queue by far more within its twenty digits. So three digits are left to them.
 */
function roomAbove(stamp: Token): Token {
  const above = 10n ** BigInt(formatToken(stamp).length + 3);
  return above < MAX_TOKEN ? above : stamp;
}

function givenToken({ token, partition, aboveStamps }: ReseedOptions): Token {
  if (token !== undefined && !(partition !== undefined && aboveStamps)) return token;
  throw new InvalidOptionsError([
    'a reseed needs the token that no fence is above; give --token or, for an election, --above-stamps <table>',
  ]);
}

function refuseLow(
  token: Token,
  used: readonly (Token | undefined)[],
  { aboveStamps }: ReseedOptions,
): void {
  const highest = used.reduce<Token>((a, b) => (b !== undefined && b > a ? b : a), 0n);
  if (token >= highest) return;
  const [given, way] =
    aboveStamps === undefined
      ? ['--token', 'give the highest token of every fence, or more']
      : ['the token above the stamps', 'name every table that the leader writes, or give --token'];
  throw new InvalidOptionsError([
    `${given} must be at least ${formatToken(highest)}, which the table shows to have been used, got ` +
      `${formatToken(token)}; ${way}`,
  ]);
}

function warningOf(election: string, token: Token, record: LeaseRecord | undefined): string {
  const from = record === undefined ? 'no record' : `token ${formatToken(record.token)}`;
  const holder = record?.holder === undefined ? '' : ` and takes the role from ${record.holder}`;
  return `this sets ${election} from ${from} to token ${formatToken(token)}${holder}`;
}

function parseTokenOption(text: string): Token {
  const token = parseToken(text);
  if (token !== undefined && token > 0n && token < MAX_TOKEN) return token;
  throw new InvalidArgumentError('Give a whole number above 0 of at most 38 digits.');
}
