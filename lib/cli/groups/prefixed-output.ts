/**
 * Where the streams of a group's commands go. In a terminal each line has its partition in front. A
 * file or pipe gets them unchanged, since a program that reads them knows its own lines.
 */
import { isatty } from 'node:tty';
import type { CommandStreams } from '../command/guarded-command.ts';

const OUTPUTS = { stdout: 1, stderr: 2 } as const;
/** A line that does not end is shown in pieces of this size. */
const PIECE_CHARACTERS = 4_096;

export function streamsOf(partition: number, partitions: number): CommandStreams {
  const width = String(partitions - 1).length;
  const prefix = `[${String(partition).padStart(width)}] `;
  const kindOf = (descriptor: number) => (isatty(descriptor) ? 'pipe' : 'inherit');
  return {
    // Many commands cannot share one input.
    stdio: ['ignore', kindOf(OUTPUTS.stdout), kindOf(OUTPUTS.stderr)],
    read(outputs) {
      for (const name of ['stdout', 'stderr'] as const) {
        const target = process[name];
        outputs[name]?.setEncoding('utf8');
        const lines = prefixedLines(prefix, (text) => target.write(text));
        outputs[name]?.on('data', lines.data).on('end', lines.end);
      }
    },
  };
}

/** Holds back an incomplete line, so that lines of several commands do not mix. */
export function prefixedLines(prefix: string, write: (text: string) => void) {
  let rest = '';
  return {
    data(text: string): void {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length >= PIECE_CHARACTERS) {
        lines.push(rest);
        rest = '';
      }
      if (lines.length > 0) write(lines.map((line) => `${prefix}${line}\n`).join(''));
    },
    end(): void {
      if (rest !== '') write(`${prefix}${rest}\n`);
      rest = '';
    },
  };
}
