/**
 * Writing to the terminal: in order, complete, and never a stack trace unless it is asked for.
 */
import { writeSync } from 'node:fs';
import { isTenureError } from '../../index.ts';
import { inOptionWords } from '../election/store-options.ts';
import { type Line, painted, rendered } from './line.ts';

/** Setting it shows the stacks of unexpected errors. */
const DEBUG_VARIABLE = 'TENURE_DEBUG';
const STDOUT = 1;
export const STDERR = 2;

/** Writes lines to standard output, with every hidden character made visible. */
export function print(...lines: readonly Line[]): void {
  process.stdout.write(lines.map((line) => `${rendered(line, STDOUT)}\n`).join(''));
}

/**
 * Writes a line to file descriptor 2 and not through `process.stderr`. That would switch a pipe
 * which the command shares to non-blocking, and the command's own writes could fail.
 */
export function writeStderr(line: Line): void {
  writeRendered(rendered(line, STDERR));
}

/** As `writeStderr`, for text that is harmless already. */
export function writeRendered(line: string): void {
  try {
    writeSync(STDERR, `${line}\n`);
  } catch {
    // No reader is left, or another program's pipe is full. A line is not worth a term.
  }
}

/** What an error says, in one line and in the words of the command line. */
export function messageOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
  return isTenureError(error) ? inOptionWords(text) : text;
}

/** The error that ends the program, with a hint at its stack where it is none of this package's. */
export function lastWords(error: unknown): string {
  const text = messageOf(error);
  if (isTenureError(error)) return text;
  return `unexpected: ${text || 'an error without a message'}; set ${DEBUG_VARIABLE}=1 to see where`;
}

export function writeError(error: unknown): void {
  writeStderr([painted('red', 'tenure:'), ` ${lastWords(error)}`]);
  if (!isDebugged() || !(error instanceof Error)) return;
  for (const line of String(error.stack).split('\n')) writeStderr(line);
}

/** Whether unexpected errors are to show their stacks. */
export function isDebugged(): boolean {
  return Boolean(process.env[DEBUG_VARIABLE]);
}
