/**
 * The token: the number of a term, and the fencing token that its writes carry.
 *
 * Strictly increasing per election, never reset, never reused. A `bigint`, because a baton's token
 * has 20 digits and a double holds 15; a decimal string wherever JSON is involved.
 */

export type Token = bigint;

/** DynamoDB's type N holds 38 significant digits; it could not compare a larger token. */
export const MAX_TOKEN: Token = 10n ** 38n - 1n;

/** The token of the first term of an election that was never held. */
export const FIRST_TOKEN: Token = 1n;

const DECIMAL = /^(0|[1-9][0-9]{0,37})$/;

/** The text as a token, or `undefined` where it is not a plain decimal number of at most 38 digits. */
export function parseToken(text: string): Token | undefined {
  return DECIMAL.test(text) ? BigInt(text) : undefined;
}

/** The text form used in JSON, logs, headers and environment variables. */
export function formatToken(token: Token): string {
  return token.toString(10);
}

/** The token of the term after this one, or `undefined` where it would not fit into 38 digits. */
export function nextToken(seen: Token): Token | undefined {
  return seen < MAX_TOKEN ? seen + 1n : undefined;
}
