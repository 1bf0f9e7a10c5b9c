/** What an error of reading a whole table means to the operator who typed the command. */
import { AccessDeniedError, NotFoundError, UnreachableError } from '../../index.ts';

export function inTermsOfTheTable(error: unknown, table: string): unknown {
  const { name, message } = error as Error;
  const options = { cause: error };
  if (name === 'ResourceNotFoundException') {
    return new NotFoundError(
      `table ${JSON.stringify(table)} does not exist; name another`,
      options,
    );
  }
  if (name === 'AccessDeniedException') {
    return new AccessDeniedError(`${message}; allow dynamodb:Scan on the table`, options);
  }
  if (/Region is missing/.test(message)) return error;
  return new UnreachableError(
    `table ${JSON.stringify(table)} did not answer: ${message || name}; check endpoint, network and load`,
    options,
  );
}
