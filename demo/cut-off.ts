/**
 * A way to the store that can be cut: a proxy on loopback, one for each worker of the live page.
 *
 * Connections break when it is cut, and new ones break at once until it is mended.
 */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

export interface Way {
  readonly endpoint: string;
  cut(): void;
  mend(): void;
  close(): void;
}

export async function openWay(storeEndpoint: string): Promise<Way> {
  const { hostname, port } = new URL(storeEndpoint);
  const open = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A connection that breaks ends its other half; neither is an error of the demo.
    socket.on('error', () => undefined);
  };
  const server = createServer((socket) => {
    keep(socket);
    if (isCut) return void socket.resetAndDestroy();
    const store = connect(Number(port), hostname);
    keep(store);
    socket.pipe(store).pipe(socket);
    socket.on('close', () => store.destroy());
    store.on('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      endAll();
    },
    mend() {
      isCut = false;
    },
    close() {
      server.close();
      endAll();
    },
  };
}
