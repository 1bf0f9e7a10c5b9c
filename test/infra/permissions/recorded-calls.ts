/**
 * What the SDK really sends to DynamoDB, as IAM sees it: recorded from the HTTP requests, below every
 * client that the library derives from the one it is given.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Call } from './iam.ts';

type Key = Readonly<Record<string, { readonly S?: string }>>;

export interface Body {
  readonly Key?: Key;
  readonly Item?: Key;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: Key;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Key[] }>>;
  readonly Statements?: readonly { Statement: string; Parameters?: readonly { S?: string }[] }[];
  readonly TransactItems?: readonly Readonly<Record<string, Body & { TableName: string }>>[];
}

type RequestHandler = DynamoDBClient['config']['requestHandler'];

/** A request handler that passes everything on to `inner` and keeps what it saw of one table. */
export function recording(inner: RequestHandler, tableName: string) {
  const calls: Call[] = [];
  const handle: RequestHandler['handle'] = (request, options) => {
    const operation = (request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    const { body } = request;
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
    calls.push(...callsOf(operation, JSON.parse(text), tableName));
    return inner.handle(request, options);
  };
  // Everything else is the inner handler's own.
  const requestHandler: RequestHandler = Object.create(inner, { handle: { value: handle } });
  return { requestHandler, calls };
}

/** IAM authorises transactions and batches by the actions in them, and every other call by its own name. */
export function callsOf(operation: string, body: Body, tableName: string): readonly Call[] {
  if (operation === 'BatchExecuteStatement') return (body.Statements ?? []).map(statementCall);
  if (operation === 'BatchGetItem') return [readCall(body, tableName)];
  if (operation !== 'TransactWriteItems') return [callOf(operation, body)];
  return (body.TransactItems ?? []).flatMap((item) =>
    Object.entries(item)
      .filter(([, inner]) => inner.TableName === tableName)
      .map(([kind, inner]) => callOf(TRANSACTED[kind] ?? kind, inner)),
  );
}

/** IAM sees the partition keys of all rows that are read. */
function readCall({ RequestItems = {} }: Body, tableName: string): Call {
  const keys = RequestItems[tableName]?.Keys ?? [];
  return { action: 'dynamodb:BatchGetItem', leadingKeys: keys.map(({ pk }) => pk?.S ?? '') };
}

/** `UPDATE … WHERE "pk" = ?`: the parameter in that place is the partition that IAM sees. */
function statementCall({
  Statement,
  Parameters = [],
}: NonNullable<Body['Statements']>[number]): Call {
  const verb = /^[A-Z]+/.exec(Statement)?.[0] ?? '';
  const place = Statement.slice(0, Statement.indexOf('"pk" = ?')).split('?').length - 1;
  const pk = Parameters[place]?.S;
  const action = `dynamodb:PartiQL${verb.slice(0, 1)}${verb.slice(1).toLowerCase()}`;
  return pk === undefined ? { action } : { action, leadingKeys: [pk] };
}

const TRANSACTED: Readonly<Record<string, string>> = {
  ConditionCheck: 'ConditionCheckItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
};

function callOf(operation: string, body: Body): Call {
  const pk = body.Key?.pk?.S ?? body.Item?.pk?.S ?? queried(body);
  const action = `dynamodb:${operation}`;
  return pk === undefined ? { action } : { action, leadingKeys: [pk] };
}

function queried(body: Body): string | undefined {
  if (body.KeyConditionExpression === undefined) return undefined;
  return body.ExpressionAttributeValues?.[':pk']?.S;
}
