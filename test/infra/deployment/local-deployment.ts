/**
 * What CloudFormation and Lambda would do with our templates, done locally: tables created from their
 * properties, what a stream brings passed through their filters. This file knows only what a template states.
 */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any resource
  readonly Properties: any;
}
export type CloudFormation = { readonly Resources: Readonly<Record<string, Resource>> };

/** The resources of one type, with their logical ids. */
export function resourcesOf(template: CloudFormation, type: string) {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, { Properties }]) => ({ id, properties: Properties }));
}

/** Creates an `AWS::DynamoDB::GlobalTable` of one Region as a table, TTL and stream included. */
export async function createTable(
  client: DynamoDBClient,
  tableName: string,
  // biome-ignore lint/suspicious/noExplicitAny: the properties as rendered
  properties: any,
): Promise<{ streamArn: string | undefined }> {
  const input: CreateTableCommandInput = {
    TableName: tableName,
    KeySchema: properties.KeySchema,
    AttributeDefinitions: properties.AttributeDefinitions,
    BillingMode: properties.BillingMode,
    ...(properties.StreamSpecification && {
      StreamSpecification: { StreamEnabled: true, ...properties.StreamSpecification },
    }),
  };
  await client.send(new CreateTableCommand(input));
  const { TimeToLiveSpecification } = properties;
  if (TimeToLiveSpecification !== undefined) {
    await client.send(
      new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }),
    );
  }
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  return { streamArn: Table?.LatestStreamArn };
}

/** Lambda's rule for filters: a record passes if one pattern matches, and a pattern needs every key to match. */
export function passesFilters(record: unknown, filters: readonly { Pattern: string }[]): boolean {
  return filters.some(({ Pattern }) => matches(record, JSON.parse(Pattern)));
}

/** A pattern of EventBridge or of an event source against what was sent. */
export function matches(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((rule) => matchesRule(value, rule));
  return Object.entries(pattern as object).every(([key, inner]) =>
    matches((value as Record<string, unknown> | undefined)?.[key], inner),
  );
}

function matchesRule(value: unknown, rule: unknown): boolean {
  if (typeof rule !== 'object' || rule === null) return value === rule;
  const [[operator, operand], ...more] = Object.entries(rule) as [[string, unknown]];
  if (operator === 'prefix') return String(value).startsWith(String(operand));
  if (operator !== 'anything-but' || more.length > 0) {
    throw new Error(`this filter rule is not evaluated here: ${JSON.stringify(rule)}`);
  }
  // As documented for anything-but: a value must be there.
  return value !== undefined && ![operand].flat().includes(value);
}
