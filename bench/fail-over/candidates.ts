/** Candidates as processes, each behind a proxy of its own, each ended with the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { machineMs, type Order } from './program.ts';
import type { Resource } from './resource.ts';
import type { Store } from './stores.ts';
import { programOf, type System } from './systems.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export interface Candidate {
  readonly id: number;
  readonly child: ChildProcess;
  readonly proxy: TcpProxy;
  /** It has begun to campaign. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  /** Ends it at once, if it still runs. */
  end(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

let ids = 0;

export async function startCandidate(of: {
  readonly system: System;
  readonly store: Store;
  readonly resource: Resource;
  readonly order: Omit<Order, 'host' | 'port' | 'system'>;
}): Promise<Candidate> {
  const { system, store, resource } = of;
  ids += 1;
  const id = ids;
  const proxy = await startTcpProxy(store);
  const order: Order = { ...of.order, system: system.name, host: '127.0.0.1', port: proxy.port };
  const child = spawn(process.execPath, [programOf(system), JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
  let tellReady = () => {};
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const arrivedAtMs = machineMs();
    if (line === 'ready') return tellReady();
    const [, text, sentAt] = line.split(' ');
    const token = text === undefined || text === '-' ? undefined : BigInt(text);
    resource.arrive({ candidate: id, token, sentAtMs: Number(sentAt), arrivedAtMs });
  });
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
    await proxy.stop();
  };
  return { id, child, proxy, ready, ended, end };
}
