/**
 * `tenure policy`: the IAM statements of a role in one election, for those who do not use CDK.
 *
 * Decides the document around the statements. The CDK grants take the statements from the same
 * source. Sends no request, neither to AWS nor to the table.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  DEFAULT_TABLE_NAME,
  type IamStatement,
  keyStatement,
  TABLE_ROLES,
  type TableRole,
  tableStatements,
} from '../../dynamodb/index.ts';
import { InvalidOptionsError } from '../../index.ts';
import { parseElection, parseTableName } from '../election/store-options.ts';
import { print, writeStderr } from '../terminal/terminal.ts';

interface PolicyOptions {
  readonly role: readonly TableRole[];
  readonly table: string;
  readonly region?: string;
  /** The Region as typed; absent where it came from the environment. */
  readonly regionGiven?: string | undefined;
  readonly account?: string;
  readonly partition: string;
  readonly keyArn?: string;
  readonly queueArn?: string;
  readonly hintsArn?: string;
  readonly hintsKeyArn?: string;
}

const TABLE_ARN =
  /^arn:(aws[a-z-]*):dynamodb:([a-z0-9-]+):([0-9]{12}):table\/([a-zA-Z0-9_.-]{3,255})$/;

const HELP = `
Roles: candidate campaigns and leads; observer reads; operator resigns, deposes and reseeds;
lease-check and batch-renewals come beside candidate; so does housekeeper, on a table of several Regions;
task-stopped is for the function of that name.
Of a group: member joins and leads; group-observer reads; group-operator creates and acts;
group-lease-check comes beside member.

Examples:
  tenure policy nightly-report --region eu-west-1 --account 123456789012
  tenure policy nightly-report --role candidate --role lease-check
  tenure policy orders --role member
  tenure policy nightly-report --queue-arn arn:aws:sqs:eu-west-1:123456789012:baton.fifo
  tenure policy nightly-report --hints-arn arn:aws:sqs:eu-west-1:123456789012:hints`;

export function policyVerb(): Command {
  return new Command('policy')
    .description('print the IAM statements that a role in an election needs, as JSON')
    .argument('<election>', 'the election to confine the role to', parseElection)
    .addOption(
      new Option('--role <role>', 'repeat for several (default: candidate)')
        .choices([...TABLE_ROLES])
        .argParser(collectRole),
    )
    .addOption(
      new Option('--table <name>', 'the lease table, by name or ARN')
        .env('TENURE_TABLE')
        .default(DEFAULT_TABLE_NAME)
        .argParser(parseTableOption),
    )
    .addOption(new Option('--region <name>', 'of the table (default: any)').env('AWS_REGION'))
    .addOption(new Option('--account <id>', 'of the table (default: any)').argParser(parseAccount))
    .option('--partition <name>', 'aws, aws-cn or aws-us-gov', 'aws')
    .option(
      '--key-arn <arn>',
      'the key of your own that encrypts the table, or the queue',
      parseArn,
    )
    .option('--queue-arn <arn>', 'a baton queue, instead of a table', parseArn)
    .option('--hints-arn <arn>', 'the queue of its hints, beside the table', parseArn)
    .option('--hints-key-arn <arn>', 'the key of your own that encrypts the hints', parseArn)
    .option('--json', 'print JSON, as it always does')
    .addHelpText('after', HELP)
    .action(async (election: string, given: PolicyOptions, verb: Command) => {
      // A Region from the environment does not contradict an ARN.
      const isTyped = verb.getOptionValueSource('region') === 'cli';
      const options = { ...given, regionGiven: isTyped ? given.region : undefined };
      const role = options.queueArn
        ? await queueStatements(options.queueArn, options.keyArn)
        : statementsOf(election, options);
      const Statement = [...role, ...(await hintStatements(options))];
      print(...JSON.stringify({ Version: '2012-10-17', Statement }, null, 2).split('\n'));
    });
}

interface TablePlace {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly partition: string;
}

/** @throws InvalidOptionsError where an option contradicts the ARN. */
function placeOf(options: PolicyOptions): TablePlace {
  const { table: name, region = '*', account = '*', partition } = options;
  const [, arnPartition, arnRegion, arnAccount, arnName] = TABLE_ARN.exec(name) ?? [];
  if (!arnPartition || !arnRegion || !arnAccount || !arnName) {
    return { name, region, account, partition };
  }
  const problems = [
    ['--region', arnRegion, options.regionGiven],
    ['--account', arnAccount, options.account],
  ].flatMap(([option, ofArn, given]) =>
    given === undefined || given === ofArn
      ? []
      : [`${option} must be that of the table's ARN (${ofArn}), got ${given}; leave it out`],
  );
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  return { name: arnName, region: arnRegion, account: arnAccount, partition: arnPartition };
}

function statementsOf(election: string, options: PolicyOptions): readonly IamStatement[] {
  const { keyArn } = options;
  const { name, region, account, partition } = placeOf(options);
  if (region === '*' || account === '*') {
    writeStderr('any Region or account stands as *; give --region and --account to name yours');
  }
  const tableArns = [`arn:${partition}:dynamodb:${region}:${account}:table/${name}`];
  const viaServices = [`dynamodb.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`];
  const roles = options.role ?? ['candidate'];
  return roles.flatMap((role) => [
    ...tableStatements({ role, elections: [election], tableArns }),
    ...(keyArn ? [keyStatement({ role, keyArns: [keyArn], viaServices })] : []),
  ]);
}

async function queueStatements(
  queueArn: string,
  keyArn: string | undefined,
): Promise<readonly IamStatement[]> {
  // Its client is an optional peer: only users of a queue have it.
  const { BATON_ACTIONS, BATON_KEY_ACTIONS } = await import('../../sqs/index.ts');
  const onQueue = allow('TenureBaton', BATON_ACTIONS, queueArn);
  return keyArn ? [onQueue, allow('TenureBatonKey', BATON_KEY_ACTIONS, keyArn)] : [onQueue];
}

/** @throws InvalidOptionsError for a key without a queue, and for hints of a baton, which needs none. */
async function hintStatements(options: PolicyOptions): Promise<readonly IamStatement[]> {
  const { hintsArn, hintsKeyArn, queueArn } = options;
  if (queueArn && hintsArn) {
    throw new InvalidOptionsError([
      '--hints-arn must be left out with --queue-arn: a poll for the baton is woken by the baton itself',
    ]);
  }
  if (hintsArn === undefined) {
    if (hintsKeyArn === undefined) return [];
    throw new InvalidOptionsError([
      '--hints-key-arn needs --hints-arn; give the queue of the hints',
    ]);
  }
  const { HINT_ACTIONS, BATON_KEY_ACTIONS } = await import('../../sqs/index.ts');
  const onQueue = allow('TenureHints', HINT_ACTIONS, hintsArn);
  return hintsKeyArn
    ? [onQueue, allow('TenureHintsKey', BATON_KEY_ACTIONS, hintsKeyArn)]
    : [onQueue];
}

const allow = (Sid: string, Action: readonly string[], arn: string): IamStatement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource: [arn],
});

function collectRole(
  role: string,
  earlier: readonly TableRole[] | undefined,
): readonly TableRole[] {
  const known = TABLE_ROLES.find((name) => name === role);
  if (known === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${TABLE_ROLES.join(', ')}.`);
  }
  return [...(earlier ?? []), known];
}

function parseTableOption(text: string): string {
  if (!text.startsWith('arn:') || TABLE_ARN.test(text)) return parseTableName(text);
  throw new InvalidArgumentError(
    'Give the ARN of a table, such as arn:aws:dynamodb:eu-west-1:123456789012:table/tenure.',
  );
}

function parseAccount(account: string): string {
  if (/^[0-9]{12}$/.test(account)) return account;
  throw new InvalidArgumentError('An account has 12 digits.');
}

function parseArn(arn: string): string {
  if (/^arn:[a-z-]+:[a-z0-9-]+:[^:]*:[^:]*:.+$/.test(arn)) return arn;
  throw new InvalidArgumentError('Give an ARN such as arn:aws:kms:eu-west-1:123456789012:key/….');
}
