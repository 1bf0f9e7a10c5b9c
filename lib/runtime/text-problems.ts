/**
 * What is wrong with the texts that elections and groups write into rows, in one wording for both.
 */
import type { Attributes } from '../core/lease/record.ts';

/** Keeps the row under 1 KB, which is one write unit for each renewal. */
const ATTRIBUTES_BYTES_MAX = 300;

/** What is wrong with a text that becomes part of a key or a row. */
export function textProblems(what: string, text: unknown, charactersMax: number): string[] {
  if (typeof text !== 'string' || text === '') {
    return [
      `${what} must be a text of 1 to ${charactersMax} characters, got ${String(text) || "''"}; name it`,
    ];
  }
  if (text.length > charactersMax) {
    return [
      `${what} must have at most ${charactersMax} characters, got ${text.length}; shorten it`,
    ];
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) {
    return [`${what} must have no control characters, got ${JSON.stringify(text)}; take them out`];
  }
  return [];
}

/** `of` names what they were given to. */
export function attributeProblems(attributes: Attributes | undefined, of = 'attributes'): string[] {
  if (attributes === undefined) return [];
  if (attributes === null || typeof attributes !== 'object') {
    return [`${of} must be an object of texts, got ${String(attributes)}; give texts by name`];
  }
  const odd = Object.entries(attributes).filter(([, value]) => typeof value !== 'string');
  if (odd.length > 0) {
    return [`${of} must be texts, got ${odd.map(([key]) => key).join(', ')}; turn them into texts`];
  }
  const bytes = new TextEncoder().encode(JSON.stringify(attributes)).length;
  if (bytes <= ATTRIBUTES_BYTES_MAX) return [];
  return [
    `${of} must have at most ${ATTRIBUTES_BYTES_MAX} bytes as JSON, got ${bytes}; shorten them`,
  ];
}
