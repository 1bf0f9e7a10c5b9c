/**
 * Where a sidecar listens: a port of loopback, or a Unix socket that only its user may open.
 */
import { rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { InvalidOptionsError } from '../../index.ts';

export type Address = { readonly url: string } | { readonly socket: string };

/** Some systems cut longer paths off in silence; others refuse them. */
const SOCKET_BYTES_MAX = 100;

/**
 * Disposing closes the server with every connection. @throws InvalidOptionsError for a socket in
 * use.
 */
export async function listening(
  server: Server,
  { port = 0, socket }: { readonly port?: number; readonly socket?: string },
): Promise<Address & AsyncDisposable> {
  if (socket === undefined) await listen(server, { port, host: '127.0.0.1' });
  else await listenOnSocket(server, socket);
  const address =
    socket === undefined
      ? { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
      : { socket };
  return { ...address, [Symbol.asyncDispose]: () => close(server) };
}

function listen(server: Server, where: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => resolve());
  });
}

async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > SOCKET_BYTES_MAX) {
    throw new InvalidOptionsError([
      `--socket must have at most ${SOCKET_BYTES_MAX} bytes, got ${Buffer.byteLength(path)}; give a shorter path`,
    ]);
  }
  if (await answers(path)) {
    throw new InvalidOptionsError([
      `--socket ${path} is used by another program; give another path, or end that one`,
    ]);
  }
  // A killed sidecar left the socket behind. A file of another kind is not removed.
  if (statSync(path, { throwIfNoEntry: false })?.isSocket()) rmSync(path);
  const before = process.umask(0o177);
  try {
    await listen(server, { path });
  } finally {
    process.umask(before);
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
