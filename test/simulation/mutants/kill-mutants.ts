/**
 * `npm run mutants`: each broken protocol, the first seed that finds it out, and what was violated.
 *
 * Writes the seeds to `killed-at.json`. The tests begin with them; a seed that no longer kills costs them
 * a search and nothing else.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { KILLED_AT, killed } from './mutant-process.ts';
import { MUTANTS } from './mutants.ts';

const SEEDS_MAX = 2_000;

const queue = MUTANTS.map((mutant, index) => ({ mutant, index }));
const seeds = new Map<string, number>();

async function worker(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { name } = next.mutant;
    const { seed, invariant, detail } = await killed(next.index, SEEDS_MAX);
    if (seed !== undefined) seeds.set(name, seed);
    const by = seed === undefined ? 'ALIVE' : `seed ${String(seed).padStart(4)}  ${invariant}`;
    console.log(`${name.padEnd(72)} ${by}  ${(detail ?? '').slice(0, 90)}`);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, worker));
const inOrder = MUTANTS.flatMap(({ name }) => {
  const seed = seeds.get(name);
  return seed === undefined ? [] : [[name, seed]];
});
await writeFile(KILLED_AT, `${JSON.stringify(Object.fromEntries(inOrder), null, 2)}\n`);
const alive = MUTANTS.length - seeds.size;
console.log(`${MUTANTS.length} mutants, ${alive} alive after ${SEEDS_MAX} seeds`);
process.exitCode = alive === 0 ? 0 : 1;
