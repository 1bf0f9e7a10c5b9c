/**
 * Reads an item's attributes one by one, and remembers the names of those that do not parse.
 *
 * Written by hand: it is in every bundle that elects, and a schema library would be an eighth of
 * that bundle.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { parseToken, type Token } from '../../core/token.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

/** `undefined` for a value that does not parse. */
export type Parse<T> = (value: AttributeValue) => T | undefined;

export interface AttributeReader {
  /**
   * If the attribute does not parse, the result is not a `T`: check `malformed` before using it.
   */
  required<T>(name: string, parse: Parse<T>): T;
  optional<T>(name: string, parse: Parse<T>): T | undefined;
  /** Names of the attributes that were read and did not parse. */
  readonly malformed: readonly string[];
}

export function attributeReader(item: Item): AttributeReader {
  const malformed: string[] = [];
  function optional<T>(name: string, parse: Parse<T>): T | undefined {
    const value = item[name];
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (parsed === undefined) malformed.push(name);
    return parsed;
  }
  return {
    malformed,
    optional,
    required<T>(name: string, parse: Parse<T>): T {
      if (item[name] === undefined) malformed.push(name);
      return optional(name, parse) as T;
    },
  };
}

export const text: Parse<string> = ({ S }) => S;

export const token: Parse<Token> = ({ N }) => (N === undefined ? undefined : parseToken(N));

export const wholeNumber: Parse<number> = ({ N }) =>
  Number.isInteger(Number(N ?? '.')) ? Number(N) : undefined;

/** Milliseconds: a number of at least 0, with or without a fraction. */
export const milliseconds: Parse<number> = ({ N }) => {
  const ms = Number(N ?? '.');
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
};

export function oneOf<const C extends string>(...allowed: readonly C[]): Parse<C> {
  return ({ S }) => allowed.find((choice) => choice === S);
}

export const texts: Parse<Readonly<Record<string, string>>> = ({ M }) => {
  const entries = Object.entries(M ?? {}).flatMap(([key, { S }]) =>
    S === undefined ? [] : [[key, S]],
  );
  return M !== undefined && entries.length === Object.keys(M).length
    ? Object.fromEntries(entries)
    : undefined;
};
