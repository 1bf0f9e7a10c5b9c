/**
 * What one request to DynamoDB asks for, as a table of several Regions sees it, and that table's own
 * answers. For `startRegions`.
 */

/** A request, read from the wire. */
export interface RegionCall {
  readonly operation: string;
  readonly input: Input;
  /** Refused on a table that is strongly consistent across Regions, wherever it is asked. */
  readonly refusedBecause: string | undefined;
  /** Answered by the Region's own replica, which may lag. */
  readonly isEventual: boolean;
  /** Asks no other Region: about tables, and not about rows. */
  readonly isOfControl: boolean;
  /** The rows that it writes. Two Regions cannot write one row at once. */
  readonly rows: readonly string[];
}

interface Input {
  readonly TableName?: string;
  readonly Key?: object;
  readonly Item?: object;
  readonly ConsistentRead?: boolean;
  readonly RequestItems?: Readonly<Record<string, { readonly ConsistentRead?: boolean }>>;
  readonly LocalSecondaryIndexes?: readonly object[];
}

const READS = ['GetItem', 'Query', 'Scan'];
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];
/** Not supported on such a table, by "How DynamoDB global tables work" in the developer guide. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  TransactWriteItems: 'transactions',
  TransactGetItems: 'transactions',
  ExecuteTransaction: 'transactions',
  UpdateTimeToLive: 'Time to Live',
};
const OF_ROWS = [...READS, ...WRITES, 'BatchGetItem', 'BatchWriteItem'];
const STATEMENTS = ['ExecuteStatement', 'BatchExecuteStatement'];

export function regionCall(target: string, body: string): RegionCall {
  const operation = target.split('.')[1] ?? '';
  const input = JSON.parse(body === '' ? '{}' : body) as Input;
  const hasIndex = operation === 'CreateTable' && (input.LocalSecondaryIndexes ?? []).length > 0;
  const unsupported = hasIndex ? 'local secondary indexes' : UNSUPPORTED[operation];
  const batch = Object.values(input.RequestItems ?? {});
  return {
    operation,
    input,
    refusedBecause:
      unsupported && `a table with multi-Region strong consistency does not support ${unsupported}`,
    isEventual:
      (READS.includes(operation) && input.ConsistentRead !== true) ||
      (operation === 'BatchGetItem' &&
        batch.every(({ ConsistentRead }) => ConsistentRead !== true)),
    isOfControl: !OF_ROWS.includes(operation) && !STATEMENTS.includes(operation),
    rows: WRITES.includes(operation)
      ? [`${input.TableName} ${JSON.stringify(input.Key ?? input.Item)}`]
      : [],
  };
}

/** A copy of a request that asks other tables. */
export function renamed(input: object, nameOf: (table: string) => string): object {
  const { TableName, RequestItems } = input as Input;
  if (TableName !== undefined) return { ...input, TableName: nameOf(TableName) };
  if (RequestItems === undefined) return input;
  const entries = Object.entries(RequestItems).map(([name, keys]) => [nameOf(name), keys]);
  return { ...input, RequestItems: Object.fromEntries(entries) };
}

/** An answer of the service. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
}

/** An error as the service puts it. */
export function wireError(name: string, message: string): WireAnswer {
  const type = `com.amazonaws.dynamodb.v20120810#${name}`;
  return {
    status: name === 'InternalServerError' ? 500 : 400,
    body: JSON.stringify({ __type: type, message }),
  };
}

/** What `DescribeTable` says beside what a table of one Region says of itself. */
export function describedAcross(
  answer: WireAnswer,
  { replicas, witness }: { replicas: readonly string[]; witness: string | undefined },
): WireAnswer {
  const described = JSON.parse(answer.body) as { Table?: object };
  if (described.Table === undefined) return answer;
  const Table = {
    ...described.Table,
    MultiRegionConsistency: 'STRONG',
    Replicas: replicas.map((RegionName) => ({ RegionName, ReplicaStatus: 'ACTIVE' })),
    ...(witness && { GlobalTableWitnesses: [{ RegionName: witness, WitnessStatus: 'ACTIVE' }] }),
  };
  return { ...answer, body: JSON.stringify({ ...described, Table }) };
}
