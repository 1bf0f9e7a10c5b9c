/** Candidates as processes, each behind a proxy of its own that passes any protocol. */
import { type Launched, launch } from './launching.ts';
import type { Order } from './program.ts';
import type { Resource } from './resource.ts';
import type { Store } from './stores.ts';
import type { System } from './systems.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export interface Candidate extends Launched {
  readonly proxy: TcpProxy;
  /** Ends it at once, if it still runs. */
  end(): Promise<void>;
}

export async function startCandidate(of: {
  readonly system: System;
  readonly store: Store;
  readonly resource: Resource;
  readonly order: Omit<Order, 'host' | 'port' | 'system' | 'clockErrorMsMax' | 'settleMs'>;
}): Promise<Candidate> {
  const { system, store, resource } = of;
  const proxy = await startTcpProxy(store);
  const launched = launch(system, { ...of.order, host: '127.0.0.1', port: proxy.port }, resource);
  const end = async () => {
    // A guard ends with its program, once the will of that is executed.
    launched.kill('SIGKILL');
    await launched.ended;
    await proxy.stop();
  };
  return { ...launched, proxy, end };
}
