/**
 * The quotas of AWS that many elections meet, as published for us-east-1 without an increase.
 *
 * Taken on 2026-11-20 from the pages that each names, or from reports of them. Where a quota can be raised,
 * the page says so; what an account has is in Service Quotas.
 */
export interface Limit {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

const DYNAMODB =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html';
const KEYS =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html';
const ON_DEMAND =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html';
const SQS =
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html';
const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html';
const FILTERS = 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html';

export const LIMITS = {
  tableWrites: {
    what: 'write units of one table',
    value: 40_000,
    unit: 'a second',
    source: DYNAMODB,
  },
  tableReads: {
    what: 'read units of one table',
    value: 40_000,
    unit: 'a second',
    source: DYNAMODB,
  },
  newTableWrites: {
    what: 'write units of a table made today, on demand',
    value: 4_000,
    unit: 'a second',
    source: ON_DEMAND,
  },
  keyWrites: {
    what: 'write units of one partition key',
    value: 1_000,
    unit: 'a second',
    source: KEYS,
  },
  keyReads: {
    what: 'read units of one partition key',
    value: 3_000,
    unit: 'a second',
    source: KEYS,
  },
  batchStatements: {
    what: 'statements of one batch',
    value: 25,
    unit: 'renewals',
    source: DYNAMODB,
  },
  fifoCalls: {
    what: 'calls of one action on one FIFO queue',
    value: 300,
    unit: 'a second',
    source: SQS,
  },
  policyCharacters: {
    what: 'a managed policy, without white space',
    value: 6_144,
    unit: 'characters',
    source: IAM,
  },
  filterCharacters: {
    what: "one filter of a function's event source",
    value: 4_096,
    unit: 'characters',
    source: FILTERS,
  },
} as const satisfies Readonly<Record<string, Limit>>;
