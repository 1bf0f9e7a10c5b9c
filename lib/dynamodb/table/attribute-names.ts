/**
 * What a table that exists already calls its keys and its TTL attribute.
 *
 * All code says `pk`, `sk` and `ttl`. The functions here say it in the table's words: in a request's
 * key, in an expression, and back again in a row. Attributes that a row has of its own keep their
 * names, so no key of such a table may be called like one of them: DynamoDB refuses such a write.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { AttributeNames } from '../../environment.ts';
import { unknownOptions } from '../../option-problems.ts';
import { type Key, PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './schema.ts';

/** What is wrong with these names, as sentences. */
export function attributeNameProblems(names: AttributeNames = {}): string[] {
  return unknownOptions(names, Object.keys(OWN), { of: 'attributeNames' });
}

const OWN: Readonly<Record<string, string>> = {
  pk: PARTITION_KEY,
  sk: SORT_KEY,
  ttl: TTL_ATTRIBUTE,
};

/** What the table calls `pk`, `sk` or `ttl`; any other name stays. */
export function nameIn(names: AttributeNames | undefined, own: string): string {
  return names?.[own as keyof AttributeNames] ?? OWN[own] ?? own;
}

/** The key of a row, for a request. */
export function keyItem({ pk, sk }: Key, names?: AttributeNames): Record<string, AttributeValue> {
  return { [nameIn(names, 'pk')]: { S: pk }, [nameIn(names, 'sk')]: { S: sk } };
}

/** `ExpressionAttributeNames` for every placeholder in these expressions, such as `#pk`. */
export function namesOf(expressions: string, names?: AttributeNames): Record<string, string> {
  const placeholders = expressions.match(/#[A-Za-z]+/g) ?? [];
  return Object.fromEntries(placeholders.map((text) => [text, nameIn(names, text.slice(1))]));
}

/** A row as all code reads it, with `pk`, `sk` and `ttl` where the row has them. */
export function inOwnNames(
  row: Readonly<Record<string, AttributeValue>>,
  names?: AttributeNames,
): Record<string, AttributeValue> {
  const own = Object.keys(OWN).flatMap((name) => {
    const value = row[nameIn(names, name)];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...row, ...Object.fromEntries(own) };
}
