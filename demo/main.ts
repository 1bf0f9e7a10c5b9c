/**
 * `npm run demo`: one leader among four real processes on a real DynamoDB Local, surviving.
 *
 * Decides where output goes and how it all ends: by itself, or on Ctrl-C, with no process left behind.
 * With `--queue` the role is elected over an SQS FIFO queue instead of the table, by fauxqs. With
 * `--json` the story is told on standard error and the result is one object on standard output. With
 * `--ui` there is no story but a live page with buttons. With `--partitions` it is another story: a group of
 * 24 partitions over four workers, with `--ui` on a live page of its own.
 */
import { isTenureError } from '../lib/index.ts';
import { failoversOf, type TermEnd, termsOf } from './chronicle.ts';
import { createNarrator, type Narrator } from './narrate.ts';
import { showGroupPage } from './partitions/live.ts';
import { tellOfPartitions } from './partitions/story.ts';
import { openStage, type Stage } from './stage.ts';
import { type DemoResult, tellStory, WORKERS } from './story.ts';
import { drawTimeline } from './timeline.ts';
import { showPage } from './ui.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** As a shell tells of a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

const USAGE = 'usage: npm run demo [-- --json] [--queue | --ui | --partitions [--ui]]';
const STORIES = ['--queue', '--ui', '--partitions'];

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => !['--json', ...STORIES].includes(arg));
  if (unknown !== undefined) {
    console.error(`unknown option ${unknown}; ${USAGE}`);
    return EXIT_USAGE;
  }
  const stories = STORIES.filter((story) => args.includes(story));
  const isGroupPage = stories.join() === '--ui,--partitions';
  if (stories.length > 1 && !isGroupPage) {
    console.error(`${stories.join(' and ')} are different stories; ${USAGE}`);
    return EXIT_USAGE;
  }
  const json = args.includes('--json');
  const narrator = createNarrator(json ? process.stderr : process.stdout);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(new Error('stopped')));
  }
  try {
    if (args.includes('--ui')) {
      await (isGroupPage ? showGroupPage : showPage)({ narrator, json, signal: stop.signal });
      return 0;
    }
    if (args.includes('--partitions')) return await playPartitions(narrator, json, stop.signal);
    const queue = args.includes('--queue');
    const result = await play(narrator, { queue, signal: stop.signal });
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    return result.ledger.lost === 0 ? 0 : EXIT_FAILED;
  } catch (error) {
    if (!stop.signal.aborted) {
      const text = isTenureError(error) || process.env.TENURE_DEBUG === undefined;
      narrator.rest();
      console.error(text ? `demo: ${(error as Error).message}` : error);
      return EXIT_FAILED;
    }
    narrator.say('stopped; every process has been ended');
    return EXIT_INTERRUPTED;
  } finally {
    narrator.rest();
  }
}

async function playPartitions(
  narrator: Narrator,
  json: boolean,
  signal: AbortSignal,
): Promise<number> {
  const result = await tellOfPartitions(narrator, signal);
  const moved = result.scenes.reduce((sum, { moves }) => sum + moves.length, 0);
  narrator.say(
    `${moved} terms began; no partition had two leaders at once: ${result.overlaps === 0}`,
  );
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.overlaps === 0 ? 0 : EXIT_FAILED;
}

async function play(
  narrator: Narrator,
  { queue, signal }: { readonly queue: boolean; readonly signal: AbortSignal },
): Promise<DemoResult> {
  narrator.waitFor('starting DynamoDB Local');
  await using stage = await openStage({ queue, signal });
  narrator.say(`${stage.store} is ready`);
  const result = await tellStory({ stage, narrator, signal });
  showTimeline(stage, narrator);
  showLedger(result, narrator);
  narrator.waitFor('ending every process');
  return result;
}

function showTimeline(stage: Stage, narrator: Narrator): void {
  const { events } = stage;
  const { style, width } = narrator;
  const terms = termsOf(events);
  const failovers = failoversOf(terms);
  narrator.scene('What happened');
  const drawing = drawTimeline({ events, terms, failovers, workers: WORKERS, width, style });
  narrator.print(drawing);
}

const GAP_AFTER: Readonly<Record<TermEnd, string>> = {
  crash: 'process killed',
  machine: 'machine gone',
  pause: 'process frozen',
  resign: 'told to stop',
  lapse: 'lapse',
};

function showLedger({ ledger, failovers }: DemoResult, narrator: Narrator): void {
  const { style } = narrator;
  const gaps = failovers.map(
    ({ kind, leaderlessMs }) => `${GAP_AFTER[kind]} ${Math.round(leaderlessMs)} ms`,
  );
  const lost = `${ledger.lost} lost`;
  narrator.print([
    '',
    `nobody led for: ${gaps.join(', ')} (lease 2000 ms, renewed every 500 ms)`,
    `ledger: ${ledger.admitted} writes admitted, ${ledger.refused} late write refused, ` +
      style(ledger.lost === 0 ? 'green' : 'red', lost),
  ]);
}

process.exitCode = await main(process.argv.slice(2));
