/**
 * `npm run mutants`: each broken protocol, the first seed that finds it out, and what was violated.
 */

import { killed } from './mutant-process.ts';
import { MUTANTS } from './mutants.ts';

export const SEEDS_MAX = 2_000;
const CORES = 2;

const queue = MUTANTS.map((mutant, index) => ({ mutant, index }));
let alive = 0;

async function worker(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { seed, invariant, detail } = await killed(next.index, SEEDS_MAX);
    if (seed === undefined) alive += 1;
    const by = seed === undefined ? 'ALIVE' : `seed ${String(seed).padStart(4)}  ${invariant}`;
    console.log(`${next.mutant.name.padEnd(72)} ${by}  ${(detail ?? '').slice(0, 90)}`);
  }
}

await Promise.all(Array.from({ length: CORES }, worker));
console.log(`${MUTANTS.length} mutants, ${alive} alive after ${SEEDS_MAX} seeds`);
process.exitCode = alive === 0 ? 0 : 1;
