/**
 * `npm run chaos -- --minutes 30 [--seed N] [--via lease|baton]`: a long run on real processes, with a
 * report. Without `--via` each way to elect gets half of the time. Progress goes to standard error.
 *
 * `npm run chaos -- --moves 10`: instead, every move from one way to elect to another, with so many leaders
 * struck in each state of each deployment.
 */
import { parseArgs } from 'node:util';
import { localDynamoDb } from '../../lib/local/index.ts';
import { chaos } from './chaos.ts';
import { isGood, linesOf, type RunReport, summaryOf } from './judging/report.ts';
import { isGoodMove, linesOfMove, playMove } from './moving/move.ts';
import { MOVES } from './moving/moves.ts';
import { overtaken } from './overtaken.ts';
import { VIAS, type Via } from './workers/ways.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    via: { type: 'string' },
    moves: { type: 'string' },
  },
});
const vias = values.via === undefined ? VIAS : [viaOf(values.via)];
const durationMs = (positive('minutes', values.minutes) * 60_000) / vias.length;
const seed = positive('seed', values.seed);
await using engine = await localDynamoDb();
process.exitCode = (await (values.moves === undefined ? runWays() : runMoves(values.moves)))
  ? 0
  : 1;

async function runWays(): Promise<boolean> {
  const reports: RunReport[] = [];
  for (const via of vias) reports.push(await run(via, engine.endpoint));
  console.log(summaryOf(reports));
  return reports.every(isGood);
}

/** Whether no move had two leaders, lost an addition, or was without a leader for longer than a fail-over. */
async function runMoves(strikes: string): Promise<boolean> {
  let areGood = true;
  for (const move of MOVES) {
    const tell = (progress: string) => console.error(progress);
    const options = { move, seed, strikes: positive('moves', strikes), tell };
    const report = await playMove({ ...options, endpoint: engine.endpoint });
    for (const line of linesOfMove(report)) console.log(line);
    areGood &&= isGoodMove(report);
  }
  return areGood;
}

async function run(via: Via, endpoint: string): Promise<RunReport> {
  const tell = (progress: string) => console.error(progress);
  tell(`${via}: a leader is overtaken in the middle of a write, with and without the fence`);
  const report: RunReport = {
    ...{ via, seed },
    fenced: await overtaken({ via, isFenced: true, endpoint }),
    unfenced: await overtaken({ via, isFenced: false, endpoint }),
    ...(await chaos({ via, durationMs, seed, endpoint, tell })),
  };
  for (const line of linesOf(report)) console.log(line);
  return report;
}

function viaOf(text: string): Via {
  const via = VIAS.find((one) => one === text);
  if (via === undefined) throw new Error(`--via must be ${VIAS.join(' or ')}, got ${text}`);
  return via;
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0, got ${text}`);
  return number;
}
