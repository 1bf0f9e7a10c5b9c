/**
 * Options that several verbs share: which table, where, and with which timings.
 *
 * Decides their names and defaults. An option left out falls back to the environment, then to what the
 * AWS SDK finds by itself.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type AttributeNames, DEFAULT_TABLE_NAME } from '../../dynamodb/index.ts';
import {
  attributeNamesFromEnvironment,
  ELECTION_NAME_CHARACTERS_MAX,
  type Timings,
  timingsFromEnvironment,
} from '../../index.ts';
import { parseDuration } from './duration.ts';

export interface StoreOptions {
  readonly table: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly attributeNames?: AttributeNames;
}

export interface TimingOptions {
  readonly lease?: number;
  readonly renew?: number;
  readonly drain?: number;
  readonly margin?: number;
  readonly lossGrace?: number;
  readonly announce?: number;
  readonly settle?: number;
}

export function withStoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--table <name>', 'the lease table')
        .env('TENURE_TABLE')
        .default(DEFAULT_TABLE_NAME)
        .argParser(parseTableName),
    )
    .addOption(
      new Option('--attribute-names <names>', 'what the table calls pk, sk and ttl (pk=PK,sk=SK)')
        .env('TENURE_ATTRIBUTE_NAMES')
        .argParser(parseAttributeNames),
    )
    .addOption(
      new Option('--endpoint <url>', 'where DynamoDB answers (default: the Region’s)')
        .env('AWS_ENDPOINT_URL_DYNAMODB')
        .argParser(parseEndpoint),
    )
    .option('--region <name>', 'the AWS Region (default: as the AWS SDK finds it)', parseRegion);
}

export function withTimingOptions(command: Command): Command {
  return command
    .option('--lease <duration>', 'how long a lease lasts (default: 10s)', parseDuration)
    .option('--renew <duration>', 'how often it is renewed (default: 3s)', parseDuration)
    .option('--drain <duration>', 'how long a resigning command may take', parseDuration)
    .option('--margin <duration>', 'taken off the lease for clock drift', parseDuration)
    .option('--loss-grace <duration>', 'from SIGTERM to the end of a lost term', parseDuration)
    .option('--announce <duration>', 'from SIGTERM to the stop (0ms: at once)', parseDuration)
    .option('--settle <duration>', 'from a crash to its last will (0ms if fenced)', parseDuration);
}

/** A Region is a part of the host's name. The SDK refuses a wrong one only when it sends. */
export function parseRegion(text: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)) return text;
  throw new InvalidArgumentError('Give the name of a Region, such as eu-west-1.');
}

/** The settings of a client; what was not given is left to the SDK. */
export function clientConfigOf({ endpoint, region }: StoreOptions): DynamoDBClientConfig {
  return { ...(endpoint && { endpoint }), ...(region && { region }) };
}

/** A client that answers an operator: one attempt, so that an error is seen at once. */
export function clientOf(options: StoreOptions): DynamoDBClient {
  return new DynamoDBClient({ ...clientConfigOf(options), maxAttempts: 1 });
}

/** A timing that was left out comes from the environment, where a deployment has set it. */
export function timingsOf(options: TimingOptions): Partial<Timings> {
  const { lease, renew, drain, margin, lossGrace, announce, settle } = options;
  return {
    ...timingsFromEnvironment(),
    ...(lease !== undefined && { leaseDurationMs: lease }),
    ...(renew !== undefined && { renewIntervalMs: renew }),
    ...(drain !== undefined && { drainMs: drain }),
    ...(margin !== undefined && { marginMs: margin }),
    ...(lossGrace !== undefined && { lossGraceMs: lossGrace }),
    ...(announce !== undefined && { announceMs: announce }),
    ...(settle !== undefined && { settleMs: settle }),
  };
}

/** What the library calls a timing, as the command line calls it: an option, or a variable. */
const OPTION_OF_TIMING = {
  leaseDurationMs: '--lease',
  renewIntervalMs: '--renew',
  drainMs: '--drain',
  marginMs: '--margin',
  lossGraceMs: '--loss-grace',
  announceMs: '--announce',
  settleMs: '--settle',
  writeTimeoutMs: 'TENURE_WRITE_TIMEOUT_MS',
  candidatePrefix: '--candidate',
} as const;

/** A message of the library in the words of the command line. */
export function inOptionWords(message: string): string {
  const names = new RegExp(Object.keys(OPTION_OF_TIMING).join('|'), 'g');
  return message.replace(
    names,
    (name) => OPTION_OF_TIMING[name as keyof typeof OPTION_OF_TIMING] ?? name,
  );
}

/** An election's name, refused by `createElection`'s rules before anything is opened. */
export function parseElection(name: string): string {
  if (name !== '' && name.length <= ELECTION_NAME_CHARACTERS_MAX && !/\p{Cc}/u.test(name))
    return name;
  throw new InvalidArgumentError(
    `A name has 1 to ${ELECTION_NAME_CHARACTERS_MAX} characters, none of them control characters.`,
  );
}

export function parseTableName(text: string): string {
  if (/^[a-zA-Z0-9_.-]{3,255}$/.test(text) || text.startsWith('arn:')) return text;
  throw new InvalidArgumentError(
    'A table name has 3 to 255 letters, digits, underscores, dots or hyphens.',
  );
}

function parseAttributeNames(text: string): AttributeNames {
  try {
    return attributeNamesFromEnvironment({ TENURE_ATTRIBUTE_NAMES: text }) ?? {};
  } catch {
    throw new InvalidArgumentError('Give names such as pk=PK,sk=SK,ttl=expires.');
  }
}

function parseEndpoint(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('Give a URL such as http://127.0.0.1:8000.');
}
