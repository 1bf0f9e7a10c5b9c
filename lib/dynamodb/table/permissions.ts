/**
 * What each role may do to the lease table, as IAM statements: one source for `tenure policy`, for the
 * grants of the CDK construct, and for the test that compares both with the calls really made.
 *
 * Decides the actions, and the condition that confines a role to its elections. It does not decide
 * who gets a role. Only the housekeeper may delete a row: a deleted record starts its token again and
 * voids every fence. The housekeeper's deletions demand the TTL attribute, which no record has, but IAM
 * cannot demand that.
 */
import { partitionKeyOf, partitionKeysOfGroup } from './schema.ts';

/**
 * `candidate` campaigns and leads; `observer` only reads; `operator` resigns, deposes and reseeds;
 * `lease-check` lets a fenced transaction check the record; `batch-renewals` renews many elections in
 * one request; `task-stopped` ends the lease of a task that the platform reports dead; `housekeeper` deletes expired rows
 * of a table without TTL, one of several Regions. Of a group: `member`
 * joins and leads, `group-observer` only reads, `group-operator` creates it and acts on it, and
 * `group-lease-check` lets a fenced transaction check a partition's record.
 */
export type TableRole = ElectionRole | GroupRole;

type ElectionRole =
  | 'candidate'
  | 'observer'
  | 'operator'
  | 'lease-check'
  | 'batch-renewals'
  | 'task-stopped'
  | 'housekeeper';

type GroupRole = 'member' | 'group-observer' | 'group-operator' | 'group-lease-check';

const GROUP_ROLES: readonly TableRole[] = [
  'member',
  'group-observer',
  'group-operator',
  'group-lease-check',
] satisfies readonly GroupRole[];

/** Every role that `tenure policy` knows. */
export const TABLE_ROLES: readonly TableRole[] = [
  'candidate',
  'observer',
  'operator',
  'lease-check',
  'batch-renewals',
  'task-stopped',
  'housekeeper',
  ...GROUP_ROLES,
];

/** One IAM statement as JSON has it. */
export interface IamStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

const ROW_ACTIONS: Readonly<Record<TableRole, readonly string[]>> = {
  candidate: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  observer: ['dynamodb:GetItem', 'dynamodb:Query'],
  operator: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  'lease-check': ['dynamodb:ConditionCheckItem'],
  'batch-renewals': ['dynamodb:PartiQLUpdate'],
  'task-stopped': ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
  housekeeper: ['dynamodb:Query', 'dynamodb:DeleteItem'],
  member: [
    'dynamodb:GetItem',
    'dynamodb:BatchGetItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    'dynamodb:PartiQLUpdate',
  ],
  'group-observer': ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
  'group-operator': [
    'dynamodb:GetItem',
    'dynamodb:BatchGetItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
  ],
  'group-lease-check': ['dynamodb:ConditionCheckItem'],
};

/** Roles that change nothing. */
const READING_ROLES: readonly TableRole[] = [
  'observer',
  'lease-check',
  'group-observer',
  'group-lease-check',
];

/** Actions that name a table and no row, so that `LeadingKeys` cannot confine them. */
const TABLE_ACTIONS: Readonly<Partial<Record<TableRole, readonly string[]>>> = {
  operator: ['dynamodb:DescribeTable', 'dynamodb:DescribeTimeToLive'],
};

/**
 * The statements of one role in these elections, or groups, of one table.
 *
 * `tableArns` holds one ARN per Region of the table. Indexes need none: the table has no index.
 */
export function tableStatements(of: {
  readonly role: TableRole;
  readonly elections: readonly string[];
  /** Roles for every election whose name begins with one of these. Left out: only `elections`. */
  readonly prefixes?: readonly string[];
  readonly tableArns: readonly string[];
}): readonly IamStatement[] {
  const sid = `Tenure${pascalCase(of.role)}`;
  const rows: IamStatement = {
    Sid: sid,
    Effect: 'Allow',
    Action: ROW_ACTIONS[of.role],
    Resource: of.tableArns,
    Condition: confinedTo(of.role, of.elections, of.prefixes ?? []),
  };
  const actions = TABLE_ACTIONS[of.role];
  if (actions === undefined) return [rows];
  return [rows, { Sid: `${sid}Table`, Effect: 'Allow', Action: actions, Resource: of.tableArns }];
}

/**
 * What the caller of an encrypted table needs of a key of the user's own, through DynamoDB only.
 * Source: "Managing encrypted tables in DynamoDB", authorising use of a customer managed key.
 */
export function keyStatement(of: {
  readonly role: TableRole;
  readonly keyArns: readonly string[];
  /** `dynamodb.<region>.amazonaws.com`, one per Region of the table; `*` stands for any Region. */
  readonly viaServices: readonly string[];
}): IamStatement {
  const reads = ['kms:Decrypt', 'kms:DescribeKey'];
  const writes = [
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ];
  return {
    Sid: `Tenure${pascalCase(of.role)}Key`,
    Effect: 'Allow',
    Action: READING_ROLES.includes(of.role) ? reads : [...reads, ...writes],
    Resource: of.keyArns,
    // `StringEquals` takes `*` as a letter. No service's name has it, so the key could never be
    // used.
    Condition: {
      [of.viaServices.some((service) => service.includes('*')) ? 'StringLike' : 'StringEquals']: {
        'kms:ViaService': of.viaServices,
      },
    },
  };
}

/**
 * `StringEquals` as long as there is no prefix, since an election's name may hold `*` or `?`. Names
 * and prefixes share one condition, so that one request may name rows of both.
 */
function confinedTo(
  role: TableRole,
  elections: readonly string[],
  prefixes: readonly string[],
): NonNullable<IamStatement['Condition']> {
  const keysOf = (name: string) =>
    GROUP_ROLES.includes(role) ? partitionKeysOfGroup(name) : [partitionKeyOf(name)];
  const names = elections.flatMap(keysOf);
  const [operator, keys]: [string, readonly string[]] =
    prefixes.length === 0
      ? ['ForAllValues:StringEquals', names.map(escapeVariables)]
      : ['ForAllValues:StringLike', patternsOf(names, prefixes.flatMap(keysOf))];
  return {
    [operator]: { 'dynamodb:LeadingKeys': keys },
    // `ForAllValues` is true for a request that names no row. This clause refuses such a request.
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
}

function patternsOf(names: readonly string[], beginnings: readonly string[]): readonly string[] {
  const literally = (text: string) => text.replaceAll(/[$*?]/g, (character) => `\${${character}}`);
  return [...names.map(literally), ...beginnings.map((beginning) => `${literally(beginning)}*`)];
}

/** `${…}` in a condition's value is a policy variable; a name that holds a `$` means the character. */
function escapeVariables(value: string): string {
  return value.replaceAll('$', `\${$}`);
}

function pascalCase(role: TableRole): string {
  return role.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
