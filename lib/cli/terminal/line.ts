/**
 * A line as it is printed: text, some of it in a colour of ours.
 *
 * This is the one place where text is made harmless. Another program wrote the holder, the zone or
 * the error of a service. A control character in it would draw on the operator's terminal. A line
 * break in it could forge a line of this program. Colours are kept apart from text until then.
 */
import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import { visible } from './visible.ts';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

export interface Painted {
  readonly style: Style;
  readonly text: string;
}

export type Line = string | readonly (string | Painted)[];

export const painted = (style: Style, text: string): Painted => ({ style, text });

/** As it may be written to this file descriptor. */
export function rendered(line: Line, descriptor: number): string {
  if (typeof line === 'string') return visible(line);
  return line
    .map((part) => {
      if (typeof part === 'string') return visible(part);
      const text = visible(part.text);
      return hasColours(descriptor) ? styleText(part.style, text, { validateStream: false }) : text;
    })
    .join('');
}

/**
 * Asks the descriptor. Asking `process.stderr` would open it, and so make a pipe that a command
 * shares non-blocking. `styleText` itself heeds NO_COLOR only since Node 22.8.
 */
function hasColours(descriptor: number): boolean {
  return isatty(descriptor) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
