/**
 * Makes another program's text safe for a terminal. It imports nothing, so that it works even when
 * an import fails.
 */

/** Controls (C0, DEL, C1), formats (bidirectional, joiners, marks), ends of lines, halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * The text with every hidden character in the form `\u001b`. JSON stays the same JSON.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (unseen) =>
    unseen
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
