/**
 * A conditional update as a PartiQL statement for a batch, and a statement's error as the exception that the
 * same answer to a single update would have been.
 *
 * Decides no condition: the statement is made from the expressions of the single update. So a write
 * demands the same of its row in both forms. An update that needs an absent row cannot be a
 * statement: DynamoDB refuses PartiQL's UPDATE where there is no row.
 */
import type {
  AttributeValue,
  BatchStatementError,
  BatchStatementRequest,
} from '@aws-sdk/client-dynamodb';
import type { AttributeNames } from '../../environment.ts';
import { nameIn } from '../table/attribute-names.ts';
import type { Key } from '../table/schema.ts';

export interface UpdateOf {
  readonly tableName: string;
  readonly key: Key;
  readonly attributeNames?: AttributeNames | undefined;
  readonly condition: string;
  readonly update: string;
  readonly values: Readonly<Record<string, AttributeValue>>;
  readonly returning?: string;
}

export function updateStatement(of: UpdateOf): BatchStatementRequest {
  // PartiQL's documented form repeats SET where an update expression has a comma.
  const changes = of.update.replaceAll(', #', ' SET #');
  const text =
    `${changes} WHERE #pk = :pk AND #sk = :sk AND ` + `${of.condition}${of.returning ?? ''}`;
  const values = { ...of.values, ':pk': { S: of.key.pk }, ':sk': { S: of.key.sk } };
  const { Statement, Parameters } = positional(text, values, of.attributeNames);
  return {
    // The table's name is added only here: an ARN has colons, which would look like placeholders.
    Statement: `UPDATE "${of.tableName}" ${Statement}`,
    Parameters,
    // The old row tells a lost answer from a lost role, without another read.
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** Names in quotes, since `token` is a reserved word; values in the order in which they appear. */
function positional(
  text: string,
  values: Readonly<Record<string, AttributeValue>>,
  names?: AttributeNames,
) {
  const Parameters: AttributeValue[] = [];
  const Statement = text.replaceAll(/[#:][A-Za-z]+/g, (placeholder) => {
    if (placeholder.startsWith('#')) return `"${nameIn(names, placeholder.slice(1))}"`;
    const value = values[placeholder];
    if (value === undefined) throw new TypeError(`${placeholder} of a statement has no value`);
    Parameters.push(value);
    return '?';
  });
  return { Statement, Parameters };
}

/**
 * The exception that the same answer to a single write would have been, so that one place
 * translates both.
 */
export function exceptionOf({ Code = 'InternalServerError', Message }: BatchStatementError): Error {
  const error = new Error(Message ?? Code);
  error.name = NAMES[Code] ?? Code;
  return error;
}

/** Where the code of a statement is not the name of the exception. */
const NAMES: Readonly<Record<string, string>> = {
  ResourceNotFound: 'ResourceNotFoundException',
  AccessDenied: 'AccessDeniedException',
  ValidationError: 'ValidationException',
};
