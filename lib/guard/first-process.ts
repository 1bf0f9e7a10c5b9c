/**
 * What a guard does as the first process of a container: it puts a shell in its own place, and goes on as
 * a child of that.
 *
 * The first process is the parent of every orphan and has to collect its exit. Node collects only the
 * exits of the children that it started, and has no call for the others; a shell that waits collects all.
 */
import { existsSync } from 'node:fs';

const SHELL = '/bin/sh';
const FIRST_PROCESS = 1;

/**
 * Starts its arguments, passes signals on, and ends with their exit code. What a shell starts beside itself
 * has no standard input unless it is given. A signal interrupts `wait`, so it waits until the child is not
 * there; a shell that has forgotten the child then says 127.
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

/** Does not return where it does that: this program begins again, as another process. */
export function makeWayForInit(): void {
  const { pid, execPath, execArgv, argv, env, execve } = process;
  // Before Node 22.15 no process can put another in its place: orphans then stay until the container ends.
  if (pid !== FIRST_PROCESS || execve === undefined || !existsSync(SHELL)) return;
  const again = [execPath, ...execArgv, ...argv.slice(1)];
  execve.call(process, SHELL, ['sh', '-c', INIT, 'tenure', ...again], env);
}
