/**
 * A scenario: what it shows, what would happen without the rule, and the play itself.
 */

/** A defect by its number in the list of what peers got wrong, or a † rule by the name of its mutant. */
export type Shown = `defect ${number}` | `† ${string}`;

export interface Scenario {
  /** Also the file's name. */
  readonly name: string;
  /** Empty where it stands for a rule that is neither. */
  readonly shows: readonly Shown[];
  /** What would happen without the rule, in a sentence without its end. */
  readonly without: string;
  /** Resolves with the transcript of what happened. */
  play(): Promise<string>;
}

/** The whole file: what is seen, why it matters, and what happened. */
export async function transcriptOf({ name, shows, without, play }: Scenario): Promise<string> {
  const about = shows.length === 0 ? [] : [`Shows: ${shows.join('; ')}.`];
  const head = [`${name}.`, ...about, `Without the rule: ${without}.`];
  return `${head.join('\n')}\n\n${await play()}`;
}
