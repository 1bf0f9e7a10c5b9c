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

export function carriedIn(text: string | undefined): Carried {
  if (text === undefined) return { kind: 'missing' };
  const token = parseToken(text);
  return token === undefined ? { kind: 'malformed', text } : { kind: 'token', token };
}

/** Of a header map whose names may be in any case, as API Gateway passes them on. */
export function headerIn(
  headers: Readonly<Record<string, string | undefined>> | null | undefined,
  name: string,
): string | undefined {
  const wanted = name.toLowerCase();
  const found = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === wanted);
  return found === undefined ? undefined : headers?.[found];
}

/** For any HTTP client: `{ 'Fencing-Token': '7' }`. */
export function fencingHeaders(term: { readonly token: Token }): Record<string, string> {
  return { [TOKEN_HEADER]: formatToken(term.token) };
}
