/**
 * `npm run prove:model`: every model and every broken one, as a table. Exits with 1 on an objection.
 */
import { type ModelCheck, MUTANTS, SOUND } from './checks.ts';
import { objection, type Verdict, verify } from './spin.ts';

const CORES = 2;

async function inParallel(checks: readonly ModelCheck[]): Promise<readonly Verdict[]> {
  const queue = [...checks];
  const verdicts: Verdict[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      verdicts.push(await verify(next));
    }
  };
  await Promise.all(Array.from({ length: CORES }, worker));
  return verdicts;
}

function row(verdict: Verdict): string {
  const { check, states, seconds, violation } = verdict;
  const wrong = objection(verdict);
  const found = violation === undefined ? 'every state visited, 0 errors' : `violates ${violation}`;
  const said = wrong === undefined ? found : `WRONG: ${wrong}`;
  const cells = [check.model.padEnd(6), check.proves.padEnd(34), String(states).padStart(9)];
  return `${cells.join(' ')} states ${seconds.toFixed(1).padStart(6)} s  ${said.slice(0, 90)}`;
}

const verdicts = await inParallel([...SOUND, ...MUTANTS]);
for (const verdict of verdicts) console.log(row(verdict));
const wrong = verdicts.filter((verdict) => objection(verdict) !== undefined).length;
console.log(
  `${SOUND.length} proofs, ${MUTANTS.length} broken protocols, ${wrong} not as they must be`,
);
process.exitCode = wrong === 0 ? 0 : 1;
