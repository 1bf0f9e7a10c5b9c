/**
 * A command for `tenure run`: prints what happens to it, and behaves as its arguments say.
 *
 * `ignore-sigterm`; `drain=<ms>` exits that long after SIGTERM; `child` and `escaped-child` start a
 * process in the same group and in a session of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const wishes = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const children: number[] = [];

if (wishes.includes('child')) {
  children.push(spawn('sleep', ['1000'], { stdio: 'ignore' }).pid ?? 0);
}
if (wishes.includes('escaped-child')) {
  // Its parent ends at once: so it is an orphan, in a session of its own.
  const launcher = spawn('sh', ['-c', 'setsid sleep 1000 >/dev/null 2>&1 & echo $!'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const [output] = await once(launcher.stdout, 'data');
  children.push(Number(String(output)));
}

process.on('SIGTERM', () => {
  say({ event: 'sigterm', atEpochMs: Date.now() });
  if (wishes.includes('ignore-sigterm')) return;
  const drain = wishes.find((wish) => wish.startsWith('drain='));
  setTimeout(() => process.exit(0), Number(drain?.slice('drain='.length) ?? 0));
});
setInterval(() => undefined, 1_000);

const { TENURE_ELECTION, TENURE_TOKEN, TENURE_CANDIDATE_ID } = process.env;
say({
  event: 'command',
  pid: process.pid,
  guardian: process.ppid,
  children,
  environment: { TENURE_ELECTION, TENURE_TOKEN, TENURE_CANDIDATE_ID },
});
