/**
 * What is wrong with options, in the same words for everything that takes some.
 *
 * Each problem is a sentence for `InvalidOptionsError`: what, value given, value allowed, what to change.
 */

/** The longest name of an election. It is part of a DynamoDB key, which holds 1,024 bytes. */
export const ELECTION_NAME_CHARACTERS_MAX = 200;

/** A mistyped option would silently leave a default in force, so each is refused by name. */
export function unknownOptions(
  options: object,
  known: Iterable<string>,
  { what = 'option', of = '' }: { readonly what?: string; readonly of?: string } = {},
): string[] {
  const allowed = [...known];
  return Object.keys(options)
    .filter((option) => !allowed.includes(option))
    .map((option) => {
      const whose = of === '' ? '' : ` of ${of}`;
      return `${what} ${option}${whose} is not known; allowed are ${allowed.join(', ')}`;
    });
}
