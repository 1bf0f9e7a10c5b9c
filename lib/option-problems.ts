/**
 * What is wrong with options, in the same words for everything that takes some.
 *
 * Each problem is a sentence for `InvalidOptionsError`: what, value given, value allowed, what to change.
 */

/** The longest name of an election. It is part of a DynamoDB key, which holds 1,024 bytes. */
export const ELECTION_NAME_CHARACTERS_MAX = 200;

/**
 * The most partitions of a group. An owner takes two bytes in the plan's body, and a body must fit
 * into one DynamoDB item.
 */
const PARTITIONS_MAX = 10_000;

export function partitionProblems(partitions: number): string[] {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX) return [];
  return [
    `partitions must be a whole number from 1 to ${PARTITIONS_MAX}, got ${partitions}; split a larger ` +
      'group into several',
  ];
}

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
