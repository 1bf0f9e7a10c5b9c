/**
 * The guardian that a process starts for itself: `createElection({ lastWill: 'spawn' })`.
 *
 * Its parent is the process that leads, and its standard input is the channel to that process. The
 * kernel gives a process whose parent is gone another parent: that is the sign that it waits for.
 * It ignores the signals that mean "stop": they are for the leader, whose drain may take long.
 */
import { writeSync } from 'node:fs';
import { awaitGone } from './await-gone.ts';
import { obey, readMessages } from './channel.ts';
import { createWillExecutor } from './executor.ts';
import { reportLine } from './report-line.ts';

/** Given by the parent, which may be gone before this line runs. */
const parent = Number(process.argv[2]);
const STDERR = 2;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
  process.on(signal, () => {
    // Not for the guardian.
  });
}

const executor = createWillExecutor({
  workGone: true,
  report(report) {
    try {
      writeSync(STDERR, `tenure: ${reportLine(report)}\n`);
    } catch {
      // Nobody reads any more.
    }
  },
});
readMessages(
  process.stdin,
  (message) => obey(executor, message),
  () => void end(),
);
await executor.finished;
process.exit(0);

async function end(): Promise<void> {
  executor.saw({ channelEnded: true });
  if (await awaitGone(() => process.ppid !== parent, executor)) executor.saw({ processGone: true });
  else process.exit(0);
}
