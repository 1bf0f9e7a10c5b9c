/**
 * Text of somebody else's as a terminal may be given it. Imports nothing, so that whatever fails to load can
 * still be told.
 */

/** Controls (C0, DEL, C1), formats (bidirectional, joiners, marks), ends of lines, halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text with everything that is not seen as itself in the form `\u001b`: JSON stays the same JSON. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (unseen) =>
    unseen
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
