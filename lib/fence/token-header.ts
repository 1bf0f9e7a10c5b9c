/**
 * The token on its way over HTTP and SQS: names, and what is read back.
 *
 * Decides the wire form, a plain decimal number. SQS attributes are of type String, because a token
 * of the baton has 20 digits and consumers in other languages read type Number as a double.
 */
import { formatToken, parseToken, type Token } from '../core/token.ts';

/** On a request: the sender's token. */
export const TOKEN_HEADER = 'Fencing-Token';
/** On a 409 answer: the highest token that the resource has admitted. */
export const HIGHEST_TOKEN_HEADER = 'Fencing-Token-Highest';
/** On an SQS message. */
export const TOKEN_ATTRIBUTE = 'FencingToken';

/** What a sender said about its token. */
export type Carried =
  | { readonly kind: 'token'; readonly token: Token }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed'; readonly text: string };

/** What an event holds in the place of a token. A value that is no text is malformed. */
export function carriedIn(value: unknown): Carried {
  if (value === undefined) return { kind: 'missing' };
  const text = textOf(value);
  const token = typeof value === 'string' ? parseToken(value) : undefined;
  return token === undefined ? { kind: 'malformed', text } : { kind: 'token', token };
}

/**
 * Reads a header map whose names may be in any case, as API Gateway passes them on. HTTP joins a
 * header that occurs twice with a comma; two tokens then count as malformed.
 */
export function headerIn(headers: HttpHeaders, name: string): unknown {
  const wanted = name.toLowerCase();
  const found = Object.entries(headers ?? {}).flatMap(([key, value]) =>
    key.toLowerCase() === wanted && value !== undefined ? [value] : [],
  );
  return found.length > 1 ? found.map(textOf).join(', ') : found[0];
}

export type HttpHeaders = Readonly<Record<string, string | undefined>> | null | undefined;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : `something of type ${typeof value}`;
}

/** For any HTTP client: `{ 'Fencing-Token': '7' }`. */
export function fencingHeaders(term: { readonly token: Token }): Record<string, string> {
  return { [TOKEN_HEADER]: formatToken(term.token) };
}
