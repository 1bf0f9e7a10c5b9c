/** Starts a candidate's program and listens to what it writes; every one is ended with the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { machineMs, type Order } from './program.ts';
import type { Resource } from './resource.ts';
import { programOf, type System } from './systems.ts';

export interface Launched {
  readonly id: number;
  readonly child: ChildProcess;
  /** It has begun to campaign. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

let ids = 0;

export function launch(
  system: System,
  order: Omit<Order, 'system' | 'clockErrorMsMax'>,
  resource: Resource,
): Launched {
  ids += 1;
  const id = ids;
  const { clockErrorMsMax } = system;
  const whole: Order = { ...order, system: system.name, clockErrorMsMax };
  const child = spawn(process.execPath, [programOf(system), JSON.stringify(whole)], {
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
  return { id, child, ready, ended };
}
