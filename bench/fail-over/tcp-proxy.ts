/**
 * The network between one candidate and its store, for any protocol over TCP: passes bytes, loses all
 * of them (`black-hole`), or loses those on their way back (`drop-answers`).
 *
 * A connection that lost bytes is of no use afterwards and is reset when the fault is healed.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { machineMs } from './program.ts';

export type NetworkFault = 'black-hole' | 'drop-answers';

export interface TcpProxy {
  readonly port: number;
  /** When the candidate last sent something that was passed on. */
  lastSentAtMs(): number;
  /** HTTP requests so far: SDK clients send one after the other on a connection. */
  requests(): number;
  inject(fault: NetworkFault): void;
  heal(): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const damaged = new Set<Socket>();
  let fault: NetworkFault | undefined;
  let sentAtMs = Number.NaN;
  let requests = 0;

  const server = createServer((near) => {
    const far = connect(target);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.setNoDelay(true);
    far.setNoDelay(true);
    near.on('data', (bytes) => {
      if (fault === 'black-hole') return void damaged.add(near);
      sentAtMs = machineMs();
      if (bytes.subarray(0, 5).toString('latin1') === 'POST ') requests += 1;
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (fault !== undefined) return void damaged.add(near);
      near.write(bytes);
    });
    const close = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on('close', close).on('error', close);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lastSentAtMs: () => sentAtMs,
    requests: () => requests,
    inject(next) {
      fault = next;
    },
    heal() {
      fault = undefined;
      for (const socket of damaged) socket.resetAndDestroy();
      damaged.clear();
    },
    async stop() {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
