/**
 * The candidates that are no Node programs: what each needs on the machine, and the command that starts it.
 *
 * A program says `ready` with its process id (below zero: its process group), and `w` with a token and the
 * machine's monotonic clock for each write, as `program.ts` does.
 */
import { fileURLToPath } from 'node:url';
import { awslabsCandidate, hasLockClients } from '../../test/tools/locks.ts';
import { isOnPath } from '../../test/tools/tool.ts';
import { type Order, WRITE_INTERVAL_MS } from './program.ts';
import { PEER_TABLE, TABLE } from './store-names.ts';

export type Foreign = 'awslabs' | 'sidecar';

type CommandOf = (order: Order) => readonly string[];

interface Runner {
  readonly needs: string;
  readonly isThere: () => boolean;
  readonly prepare: () => Promise<CommandOf>;
}

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const RUNNERS: Readonly<Record<Foreign, Runner>> = {
  awslabs: {
    needs: 'mvn, for the jar',
    isThere: () => hasLockClients() || isOnPath('mvn'),
    async prepare() {
      const command = await awslabsCandidate();
      return ({ host, port, election, leaseDurationMs, renewIntervalMs }) => {
        const times = [leaseDurationMs, renewIntervalMs, WRITE_INTERVAL_MS].map(String);
        return [...command, `http://${host}:${port}`, PEER_TABLE, 'id', election, ...times];
      };
    },
  },
  sidecar: {
    needs: 'python3',
    isThere: () => isOnPath('python3'),
    async prepare() {
      const paths = { node: process.execPath, tenure: fileOf('../../lib/cli/main.ts') };
      return (order) => {
        const whole = { ...order, ...paths, table: TABLE, writeIntervalMs: WRITE_INTERVAL_MS };
        return ['python3', fileOf('./systems/sidecar.py'), JSON.stringify(whole)];
      };
    },
  },
};

const prepared = new Map<Foreign, CommandOf>();

/** What is missing on this machine; `undefined` where all is there. */
export function missingFor(runs: Foreign | undefined): string | undefined {
  if (runs === undefined) return undefined;
  const { isThere, needs } = RUNNERS[runs];
  return isThere() ? undefined : needs;
}

export async function prepareForeign(runs: Iterable<Foreign>): Promise<void> {
  for (const each of new Set(runs)) {
    if (!prepared.has(each)) prepared.set(each, await RUNNERS[each].prepare());
  }
}

export function foreignCommand(runs: Foreign, order: Order): readonly string[] {
  const commandOf = prepared.get(runs);
  if (commandOf === undefined) throw new Error(`${runs} was not prepared`);
  return commandOf(order);
}
