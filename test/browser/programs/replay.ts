/**
 * Serves the page and replays recorded events into it, many times faster than they happened.
 *
 * Its clock is the recording's. It prints the page's address, waits for a line of input, and at the end
 * prints how much memory the server has needed.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createHub, type FeedEvent, startDashboard } from '../../../lib/dashboard/index.ts';

const TICK_MS = 20;
const [file = '', speed = '1'] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8').trim().split('\n');
const eventAt = (n: number) => JSON.parse(lines[n] ?? '') as FeedEvent;
const startEpochMs = eventAt(0).atEpochMs;
let nowEpochMs = startEpochMs;

const hub = createHub({ nowEpochMs: () => nowEpochMs });
const page = await startDashboard({ title: 'replay', subtitle: 'an hour', hub });
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ url: page.url });
await once(process.stdin, 'data');

const startedAtMs = performance.now();
let next = 0;
let maxRssBytes = 0;
const timer = setInterval(() => {
  nowEpochMs = startEpochMs + (performance.now() - startedAtMs) * Number(speed);
  while (next < lines.length && eventAt(next).atEpochMs <= nowEpochMs) {
    hub.publish(eventAt(next));
    next += 1;
  }
  maxRssBytes = Math.max(maxRssBytes, process.memoryUsage.rss());
  if (next < lines.length) return;
  clearInterval(timer);
  say({ event: 'replayed', events: next, terms: hub.state.terms, maxRssBytes });
}, TICK_MS);
process.on('SIGTERM', () => process.exit(0));
