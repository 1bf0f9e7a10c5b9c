/**
 * The way to a guardian outside of this process: lines of JSON over a socket or a pipe.
 *
 * Decides nothing. The channel opens with the first message, and again after it was closed. A
 * guardian that is stopped reads nothing, so its messages are dropped: each will replaces the one
 * before.
 */
import type { Writable } from 'node:stream';
import type { Guardian } from '../../ports.ts';
import { ownIdentity } from './own-identity.ts';

const WAITING_BYTES_MAX = 1_048_576;

/** `open` connects, and must not keep the process alive. */
export function guardianOver(open: () => Promise<Writable>): Guardian {
  let channel: Promise<Writable> | undefined;

  async function say(message: object): Promise<void> {
    channel ??= opened();
    const stream = await channel;
    if (stream.writable && stream.writableLength < WAITING_BYTES_MAX) {
      stream.write(`${JSON.stringify(message)}\n`);
    }
  }

  async function opened(): Promise<Writable> {
    const stream = await open();
    const forget = () => {
      channel = undefined;
    };
    // A guardian that is gone costs the will, never the term.
    stream.once('error', forget);
    stream.once('close', forget);
    stream.write(`${JSON.stringify({ kind: 'hello', ...ownIdentity() })}\n`);
    return stream;
  }

  const send = (message: object) => {
    void say(message).catch((error: unknown) => {
      channel = undefined;
      process.emitWarning(`the guardian cannot be reached: ${String(error)}`, 'TenureWarning');
    });
  };
  return {
    told: (will) => send({ kind: 'told', will }),
    withdrawn: (about) => send({ kind: 'withdrawn', ...about }),
  };
}
