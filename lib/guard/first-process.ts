/**
 * What a guard does as the first process of a container: it replaces itself by a shell, and goes on
 * as a child of that shell.
 *
 * The first process is the parent of every orphan and must collect its exit. Node collects only the
 * exits of its own children, and has no call for others. A shell that waits collects all.
 */
import { existsSync } from 'node:fs';

const SHELL = '/bin/sh';
const FIRST_PROCESS = 1;

/**
 * Starts its arguments, passes signals on, and ends with their exit code. A shell gives a
 * background child no standard input unless it is told to. A signal interrupts `wait`, so it waits
 * until the child is gone. A shell that has forgotten the child then says 127.
 */
const INIT = `exec 3<&0
"$@" <&3 3<&- &
child=$!
exec 3<&-
for signal in TERM INT HUP QUIT USR1 USR2; do
  trap "kill -$signal $child 2>/dev/null" $signal
done
while wait $child; code=$?; kill -0 $child 2>/dev/null; do :; done
wait $child 2>/dev/null; again=$?
[ $again -eq 127 ] || code=$again
exit $code`;

/** Does not return where it replaces the process: this program begins again, as another process. */
export function makeWayForInit(): void {
  const { pid, execPath, execArgv, argv, env, execve } = process;
  // Before Node 22.15 a process cannot replace itself. Orphans then stay until the container ends.
  if (pid !== FIRST_PROCESS || execve === undefined || !existsSync(SHELL)) return;
  const again = [execPath, ...execArgv, ...argv.slice(1)];
  execve.call(process, SHELL, ['sh', '-c', INIT, 'tenure', ...again], env);
}
