/**
 * An event as flat JSON fields: tokens as decimal texts, errors as name, code and message.
 */
import { formatToken } from '../token.ts';

export type EventFields = Readonly<Record<string, string | number | boolean>>;

/** What has no place in a line of JSON, such as an object, is left out. */
export function fieldsOf(event: object): EventFields {
  const fields: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === 'error') Object.assign(fields, errorFields(value));
    else if (typeof value === 'bigint') fields[name] = formatToken(value);
    else if (isPlain(value)) fields[name] = value;
  }
  return fields;
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** No stack: it would make each line long, and names no cause that the message does not. */
function errorFields(error: unknown): EventFields {
  if (!(error instanceof Error)) return { errorMessage: String(error) };
  const { name: errorName, message: errorMessage, code } = error as Error & { code?: unknown };
  return { errorName, ...(typeof code === 'string' && { errorCode: code }), errorMessage };
}
