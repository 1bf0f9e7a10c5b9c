/**
 * `npm run kills -- [--kills 1000] [--lanes 2]`: kills leaders below a guard at random moments, and prints
 * what came of it. Elections go side by side in lanes. Progress goes to standard error.
 */
import { parseArgs } from 'node:util';
import { localDynamoDb } from '../../../lib/local/index.ts';
import { traceExits } from './exit-times.ts';
import { type Kill, type Killing, killLeaders } from './killing.ts';

/** After so many kills a lane takes a new ledger, because a ledger is one item. */
const KILLS_MAX = 40;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    lanes: { type: 'string', default: '2' },
  },
});
const wanted = Number(values.kills);
const results: Killing[] = [];
let started = 0;
await using engine = await localDynamoDb();
const exits = traceExits();
await Promise.all(Array.from({ length: Number(values.lanes) }, killInLane));
exits?.stop();
report(results.flatMap(({ kills }) => kills));

async function killInLane(): Promise<void> {
  while (started < wanted) {
    const kills = Math.min(KILLS_MAX, wanted - started);
    started += kills;
    results.push(await killLeaders({ kills, endpoint: engine.endpoint }));
    console.error(`${results.reduce((sum, one) => sum + one.kills.length, 0)} kills`);
  }
}

function report(kills: readonly Kill[]): void {
  const problems = results.flatMap((one) => one.problems);
  const exitOf = ({ pid, killedAtNs }: Kill) => exits?.exitOf(pid, killedAtNs);
  const timed = kills.filter((kill) => exitOf(kill) !== undefined);
  for (const kill of timed) {
    const exitNs = exitOf(kill) ?? 0n;
    if (exitNs >= kill.nextSentAtNs) {
      problems.push(
        `process ${kill.pid} ended at ${exitNs}, its successor's acquire was sent before`,
      );
    }
  }
  const count = (which: (kill: Kill) => boolean) => kills.filter(which).length;
  const admitted = results.reduce((sum, one) => sum + one.admitted, 0);
  console.log(
    `${kills.length} leaders killed, ${count((one) => one.renewalInFlight)} with a renewal in flight`,
  );
  console.log(`${count(({ released }) => released)} roles released by the last will`);
  console.log(`${timed.length} exits timed by the kernel; ${spread(kills)}`);
  console.log(`${admitted} entries in the ledgers; ${problems.length} problems`);
  for (const problem of problems) console.log(`  ${problem}`);
  for (const { released, pid, guardSaid } of kills) {
    if (!released) console.log(`  not released: ${pid}; its guard said: ${guardSaid}`);
  }
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function spread(kills: readonly Kill[]): string {
  const ms = kills
    .map(({ killedAtNs, nextSentAtNs }) => Number(nextSentAtNs - killedAtNs) / 1e6)
    .sort((a, b) => a - b);
  const at = (share: number) => (ms[Math.floor(share * (ms.length - 1))] ?? Number.NaN).toFixed(0);
  return `kill to the acquire that elects: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`;
}
