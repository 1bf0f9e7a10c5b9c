/**
 * Runs seeds of one mutant, by its place in the list, until one is killed; prints what was found as JSON.
 * The seeds are one to begin with, where one is given, and then all from 1.
 *
 * A process of its own, because a module that is loaded stays loaded.
 */
import { registerHooks } from 'node:module';
import type { Violation } from '../../judge/invariants.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

export interface Found {
  readonly seed: number | undefined;
  readonly invariant: string | undefined;
  readonly detail: string | undefined;
}

const [index, seedsMax, begin] = process.argv.slice(2).map(Number);
const mutant = MUTANTS[index ?? -1];
if (mutant === undefined || seedsMax === undefined)
  throw new Error('give a mutant and a number of seeds');
const fromOne = Array.from({ length: seedsMax }, (_, before) => before + 1);
const seeds = begin === undefined ? fromOne : [begin, ...fromOne];
mutate(mutant);
// Journals that throw are told of by thousands.
process.removeAllListeners('warning');
Error.stackTraceLimit = 0;
const run = await simulationOf(mutant);
console.log(JSON.stringify(await firstKilled(mutant, seeds)));

/** Loaded only now, so that it is the broken one. */
async function simulationOf({
  of,
  faults,
}: Mutant): Promise<(options: { seed: number }) => Outcome> {
  switch (of) {
    case 'lease': {
      const { simulate } = await import('../lease/run.ts');
      return ({ seed }) => simulate({ seed, faults });
    }
    case 'baton':
      return (await import('../baton/run.ts')).simulateBaton;
    case 'will':
      return (await import('../will/run.ts')).simulateWill;
    case 'guarded':
      return (await import('../will/guarded-elections.ts')).simulateGuarded;
    case 'group':
      return (await import('../group/run.ts')).simulateGroup;
    case 'regions':
      return (await import('../regions/run.ts')).simulateRegions;
    case 'outage':
      return (await import('../lease/drills/brief-outage.ts')).simulateOutage;
    case 'hand-over':
      return (await import('../lease/drills/hand-over.ts')).simulateHandOver;
    case 'announced': {
      const { simulateAnnounced, WISHES } = await import('../lease/drills/announced.ts');
      const wishOf = (seed: number) => WISHES[seed % WISHES.length] ?? WISHES[0];
      return ({ seed }) => simulateAnnounced({ seed, wish: wishOf(seed) });
    }
  }
}

type Report = { readonly violations: readonly Violation[] };
type Outcome = Report | Promise<Report>;

async function firstKilled({ violates }: Mutant, seeds: readonly number[]): Promise<Found> {
  for (const seed of seeds) {
    const { violations } = await run({ seed });
    const found = violations.find(({ invariant }) => violates.includes(invariant));
    if (found) return { seed, ...found };
  }
  return { seed: undefined, invariant: undefined, detail: undefined };
}

function mutate({ name, edits }: Mutant): void {
  const left = new Set(edits);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const due = [...left].filter(({ file }) => url.endsWith(`/${file}`));
      if (due.length === 0) return loaded;
      let source = String(loaded.source);
      for (const edit of due) {
        if (source.split(edit.find).length !== 2) {
          throw new Error(`${name}: ${edit.file} does not have once: ${edit.find}`);
        }
        source = source.replace(edit.find, () => edit.replace);
        left.delete(edit);
      }
      return { ...loaded, source };
    },
  });
}
