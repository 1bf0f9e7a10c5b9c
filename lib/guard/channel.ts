/**
 * What a process that leads says to its guardian: lines of JSON, over whatever carries text.
 */
import type { Readable } from 'node:stream';
import type { Will } from '../core/will/will.ts';
import type { WillExecutor, WillKey } from './executor.ts';

export type GuardMessage =
  /** The sender's identity, so that the guardian can tell when it ends. */
  | { readonly kind: 'hello'; readonly pid: number; readonly startTime?: string | undefined }
  | { readonly kind: 'told'; readonly will: Will }
  | (WillKey & { readonly kind: 'withdrawn'; readonly token: string });

/** A will is some kilobytes. A longer line does not come from this library. */
const LINE_LENGTH_MAX = 1_048_576;

/** Calls back with each message, and once when the channel is at its end. */
export function readMessages(
  input: Readable,
  heard: (message: GuardMessage) => void,
  ended: () => void,
): void {
  let rest = '';
  input.setEncoding('utf8');
  input.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LENGTH_MAX) input.destroy();
    try {
      for (const line of lines) heard(JSON.parse(line) as GuardMessage);
    } catch {
      // The line does not come from the library, so the guardian takes nothing more from it.
      input.destroy();
    }
  });
  // A reset is an end too. A line that was cut off in the middle is ignored.
  input.on('error', () => undefined);
  input.once('close', ended);
}

export function obey(executor: WillExecutor, message: GuardMessage): void {
  switch (message.kind) {
    case 'hello':
      return;
    case 'told':
      return executor.told(message.will);
    case 'withdrawn':
      return executor.withdrawn(message);
  }
}
