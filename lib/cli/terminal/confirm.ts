/** Asks before a verb ends a leader's term: by a question in a terminal, otherwise by `--yes`. */
import { createInterface } from 'node:readline/promises';
import { InvalidOptionsError } from '../../index.ts';
import { visible } from './visible.ts';

/**
 * Whether to go on. The answer is the election's name, which an operator does not type by accident.
 * @throws InvalidOptionsError where there is no terminal to ask in.
 */
export async function confirmed(about: {
  readonly election: string;
  readonly warning: string;
  readonly yes: boolean | undefined;
}): Promise<boolean> {
  const { election, warning, yes } = about;
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new InvalidOptionsError([
      `${warning}; there is no terminal to ask on: give --yes if that is what you want`,
    ]);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `${visible(warning)}.\nType ${visible(election)} to go on: `,
    );
    return answer.trim() === election;
  } finally {
    terminal.close();
  }
}
