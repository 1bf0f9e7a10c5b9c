/**
 * An event as flat JSON fields: tokens as decimal texts, errors as name, code and message.
 */
import { formatToken } from '../core/token.ts';
import { isTenureError } from '../errors.ts';
import type { JournalEvent } from '../ports.ts';

export type EventFields = Readonly<Record<string, string | number | boolean>>;

export function fieldsOf(event: JournalEvent): EventFields {
  const fields: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === 'error') Object.assign(fields, errorFields(value));
    else if (typeof value === 'bigint') fields[name] = formatToken(value);
    else if (isPlain(value)) fields[name] = value;
  }
  return fields;
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** No stack: it would make each line long, and names no cause that the message does not. */
function errorFields(error: unknown): EventFields {
  if (!(error instanceof Error)) return { errorMessage: String(error) };
  const code: Record<string, string> = isTenureError(error) ? { errorCode: error.code } : {};
  return { errorName: error.name, ...code, errorMessage: error.message };
}
