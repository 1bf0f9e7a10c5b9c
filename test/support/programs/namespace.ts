/**
 * A process-id namespace of its own, as a container has: what is started in it is its first process.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const OWN_USER = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const UNSHARE = ['unshare', ...OWN_USER, '--pid', '--fork', '--mount-proc', '--kill-child'];

/** Whether this machine lets us make one. */
export const hasNamespaces =
  spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'true'], { stdio: 'ignore' }).status === 0;

/** The command line that runs this one as the first process of a namespace. */
export const inNamespace = (command: readonly string[]): readonly string[] => [
  ...UNSHARE,
  ...command,
];

/** The only child of a process: the first one of the namespace, if that process has made it. */
export function firstProcessOf(parent: number): number {
  for (const task of readdirSync(`/proc/${parent}/task`)) {
    const children = readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8').trim();
    if (children !== '') return Number(children.split(' ')[0]);
  }
  throw new Error(`process ${parent} has no child`);
}
