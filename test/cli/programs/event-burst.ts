/**
 * Writes as many lines as its argument says to the event stream of `tenure run`. It then says so on
 * standard output, and ends the stream once standard input tells it to.
 */
import { once } from 'node:events';
import { openEventStream } from '../../../lib/cli/command/event-stream.ts';

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const events = openEventStream({ dropped: (count) => `dropped ${count}` });
for (let n = 0; n < Number(process.argv[2]); n += 1) events.write(`line ${n} ${'.'.repeat(200)}`);
say({ event: 'written' });
await once(process.stdin, 'data');
events.write('last line');
await events.close();
say({ event: 'closed' });
process.exit(0);
