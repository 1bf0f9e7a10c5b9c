/**
 * Asks before something that ends somebody's leadership: in a terminal by a question, else by `--yes`.
 */
import { createInterface } from 'node:readline/promises';
import { InvalidOptionsError } from '../../index.ts';
import { visible } from './visible.ts';

/**
 * Whether to go on. The answer is the election's name, which nobody types by accident.
 * @throws InvalidOptionsError where there is nobody to ask.
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
