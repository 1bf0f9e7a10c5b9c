/**
 * Where the programs below a guard find it: a local socket, named in their environment.
 *
 * Decides whose wills are taken: those of a process whose end the guard can tell. That is a
 * descendant of the guard as the guard itself sees it. A connection belongs to the process that
 * opened it, so it ends with that process, or with a fork that inherited it. An inherited
 * descriptor would be lost in the shells and package managers between the two.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitGone } from './await-gone.ts';
import { type GuardMessage, obey, readMessages } from './channel.ts';
import { createWillExecutor, type WillExecutor, type WillReport } from './executor.ts';
import { isDescendant, isGone, isSame, type ProcessIdentity } from './process-identity.ts';

export interface GuardSocket {
  /** The value of the variable. */
  readonly address: string;
  /** Says that the child has ended, as `waitpid` has it. */
  childEnded(): void;
  /** Resolves once no will of a process that is gone is left. */
  finished(): Promise<void>;
  close(): void;
}

interface Speaker {
  readonly executor: WillExecutor;
  identity?: ProcessIdentity | undefined;
  channelEnded: boolean;
  done: boolean;
}

export async function openGuardSocket(options: {
  /** The process that the guard itself has started, once it has. */
  readonly child: () => ProcessIdentity | undefined;
  readonly report: (report: WillReport) => void;
  /** Told of a process whose wills cannot be taken, and why. */
  readonly complain: (message: string) => void;
}): Promise<GuardSocket> {
  const { address, path, remove } = freshAddress();
  const speakers = new Set<Speaker>();
  let childHasEnded = false;

  function listenTo(socket: Socket): void {
    const executor = createWillExecutor({ workGone: true, report: options.report });
    const speaker: Speaker = { executor, channelEnded: false, done: false };
    speakers.add(speaker);
    void executor.finished.then(() => {
      speaker.done = true;
      speakers.delete(speaker);
    });
    const heard = (message: GuardMessage) => {
      if (message.kind === 'hello') speaker.identity = known(message);
      else if (speaker.identity !== undefined) obey(executor, message);
    };
    readMessages(socket, heard, () => void channelEnded(speaker));
  }

  /** W2: the guard takes no will of a process whose end it could not tell. */
  function known(identity: ProcessIdentity): ProcessIdentity | undefined {
    // From another process-id namespace the number may match the child's, and name another process.
    if (isSame(identity, options.child()) || isDescendant(identity)) return identity;
    options.complain(
      `process ${identity.pid} is not below this guard, so its last will is not taken; start it under ` +
        'the guard, in the same process-id namespace',
    );
    return undefined;
  }

  async function channelEnded(speaker: Speaker): Promise<void> {
    const { identity, executor } = speaker;
    speaker.channelEnded = true;
    executor.saw({ channelEnded: true });
    if (identity === undefined) {
      speakers.delete(speaker);
      return;
    }
    const gone = () => (isSame(identity, options.child()) && childHasEnded) || isGone(identity);
    if (await awaitGone(gone, executor)) executor.saw({ processGone: true });
    else speakers.delete(speaker);
  }

  const server = createServer(listenTo);
  await listening(server, path);
  return {
    address,
    childEnded() {
      childHasEnded = true;
    },
    async finished() {
      while ([...speakers].some((speaker) => speaker.channelEnded && !speaker.done)) {
        await new Promise((resolve) => setTimeout(resolve, FINISHED_LOOK_MS));
      }
    },
    close() {
      server.close();
      remove();
    },
  };
}

const FINISHED_LOOK_MS = 5;

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

/** On Linux an address without a file, so that a read-only file system is no obstacle. */
function freshAddress() {
  const name = `tenure-guard-${randomUUID()}`;
  if (process.platform === 'linux') {
    return { address: `@${name}`, path: `\0${name}`, remove: () => undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), 'tenure-'));
  const path = join(folder, 'guard');
  return { address: path, path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
