/** Starts a candidate's program and listens to what it writes; every one is ended with the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { foreignCommand } from './foreign.ts';
import { machineMs, type Order } from './program.ts';
import type { Resource } from './resource.ts';
import { GUARD, programOf, type System } from './systems.ts';

export interface Launched {
  readonly id: number;
  readonly child: ChildProcess;
  /** It has begun to campaign. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  /** Reaches the candidate itself, also where a guard has started it. */
  kill(signal: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

let ids = 0;

export function launch(
  system: System,
  order: Omit<Order, 'system' | 'clockErrorMsMax' | 'settleMs'>,
  resource: Resource,
): Launched {
  ids += 1;
  const id = ids;
  const { clockErrorMsMax, will } = system;
  const settleMs = will?.settleMs;
  const whole: Order = { ...order, system: system.name, clockErrorMsMax, settleMs };
  const command =
    system.runs === undefined
      ? [process.execPath, programOf(system), JSON.stringify(whole)]
      : foreignCommand(system.runs, whole);
  const guarded = [process.execPath, GUARD, ...command];
  const [program = '', ...args] = will === undefined ? command : guarded;
  const child = spawn(program, args, {
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
  let pid = child.pid ?? 0;
  let tellReady = () => {};
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const arrivedAtMs = machineMs();
    if (line.startsWith('ready ')) {
      pid = Number(line.slice('ready '.length));
      return tellReady();
    }
    const [, text, sentAt] = line.split(' ');
    const token = text === undefined || text === '-' ? undefined : BigInt(text);
    resource.arrive({ candidate: id, token, sentAtMs: Number(sentAt), arrivedAtMs });
  });
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone already.
    }
  };
  return { id, child, ready, ended, kill };
}
