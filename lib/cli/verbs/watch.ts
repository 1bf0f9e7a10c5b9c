/**
 * `tenure watch`: who leads, as it changes. In a terminal a view that redraws, in a pipe a line a change.
 */
import { Command } from 'commander';
import type { LeaseRecord } from '../../core/lease/record.ts';
import { type FeedEvent, followTable } from '../../dashboard/index.ts';
import { type ElectionVerbOptions, onElection, withElection } from '../election/one-election.ts';
import { liveView, sentenceOfEvent } from '../election/watch-view.ts';
import { watchGroup } from '../groups/watch-group.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';

const REDRAW_MS = 200;
const EVENTS_SHOWN = 8;
/** Moves back to the top left of what was drawn, and erases everything below. */
const upAndErase = (lines: number) => (lines === 0 ? '' : `\u001b[${lines}A\r\u001b[0J`);

const HELP = `
Reads the record once a second, eventually consistent. Ctrl-C ends it. Renewals are not printed.

Exit codes: 0 ended by Ctrl-C, 2 usage, 3 the table is missing or cannot be reached.

Examples:
  tenure watch nightly-report
  tenure watch nightly-report --json | jq .event
  tenure watch orders --partitions`;

export function watchVerb(): Command {
  return withElection(new Command('watch').description('show who leads, as it changes'))
    .option('--partitions', 'of a group: who leads each partition')
    .addHelpText('after', HELP)
    .action(async (election: string, options: WatchOptions) => {
      process.exitCode = await watch(election, options);
    });
}

interface WatchOptions extends ElectionVerbOptions {
  readonly partitions?: boolean;
}

async function watch(election: string, options: WatchOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const) {
    process.on(signal, () => stop.abort());
  }
  // No reader is left, as after "| head -1". That counts as Ctrl-C.
  process.stdout.once('error', () => stop.abort());
  if (options.partitions) return watchGroup(election, options, stop.signal);
  const isLive = process.stdout.isTTY && process.env.TERM !== 'dumb' && !options.json;
  const screen = isLive ? liveScreen(election) : linePrinter(election, options.json === true);
  try {
    await onElection(election, options, ({ store, rows }) =>
      followTable({ store, rows, signal: stop.signal, tell: screen.tell, onRecord: screen.record }),
    );
    return EXIT.done;
  } finally {
    screen.close();
  }
}

interface Screen {
  tell(event: FeedEvent): void;
  record(record: LeaseRecord | undefined): void;
  close(): void;
}

function linePrinter(election: string, json: boolean): Screen {
  return {
    tell(event) {
      if (event.event === 'renewed') return;
      print(json ? JSON.stringify(changeOf(election, event)) : sentenceOfEvent(event));
    },
    record() {},
    close() {},
  };
}

/** In the names that every verb has for them. */
function changeOf(election: string, event: FeedEvent) {
  const { lane: candidateId, says: why, remainingMs, ...rest } = event;
  const rounded = remainingMs === undefined ? {} : { remainingMs: Math.round(remainingMs) };
  return { election, candidateId, ...rest, ...rounded, why };
}

function liveScreen(election: string): Screen {
  let events: readonly FeedEvent[] = [];
  let record: LeaseRecord | undefined;
  let seenAtMs = performance.now();
  let drawn = 0;

  function draw(): void {
    // Some terminals report 0 columns for an unknown width.
    const columns = process.stdout.columns || 80;
    const sinceSeenMs = performance.now() - seenAtMs;
    const lines = liveView({ election, record, sinceSeenMs, events, columns });
    process.stdout.write(upAndErase(drawn));
    print(...lines);
    drawn = lines.length;
  }

  const timer = setInterval(draw, REDRAW_MS);
  return {
    tell(event) {
      if (event.event !== 'renewed') events = [...events, event].slice(-EVENTS_SHOWN);
    },
    record(found) {
      if (found?.revision !== record?.revision) seenAtMs = performance.now();
      record = found;
      draw();
    },
    close: () => clearInterval(timer),
  };
}
