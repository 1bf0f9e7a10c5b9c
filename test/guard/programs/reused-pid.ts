/**
 * A program whose leader dies while the guard is stopped. When the guard goes on, another process has the
 * leader's process id. The rest of the command line is the leader. Needs a process-id namespace of its own.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [command = '', ...args] = process.argv.slice(2);
const leader = spawn(command, args, { stdio: ['inherit', 'pipe', 'inherit'] });
const lines = createInterface({ input: leader.stdout });
let renewals = 0;
lines.on('line', (line) => {
  process.stdout.write(`${line}\n`);
  if (line.includes('"renewed"')) renewals += 1;
  // By then the guard has heard of the term.
  if (renewals !== 3) return;
  process.kill(process.ppid, 'SIGSTOP');
  leader.kill('SIGKILL');
});
leader.once('exit', () => {
  const { pid = 0 } = leader;
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
  const other = spawn('sleep', ['1000'], { stdio: 'ignore' });
  process.stdout.write(`${JSON.stringify({ event: 'reused', is: other.pid, was: pid })}\n`);
  process.kill(process.ppid, 'SIGCONT');
});
