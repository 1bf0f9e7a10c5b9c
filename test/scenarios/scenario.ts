/**
 * A scenario: what it shows, what would happen without the rule, and the play itself.
 */

/** A defect of other libraries by its number in the list, or a † rule by the name of its mutant. */
export type Shown = `defect ${number}` | `† ${string}`;

export interface Scenario {
  /** The name of the scenario and of its file. */
  readonly name: string;
  /** Empty for a rule that is neither. */
  readonly shows: readonly Shown[];
  /** What would happen without the rule: a sentence without its full stop. */
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
