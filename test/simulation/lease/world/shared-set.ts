/**
 * The work of a leader: it adds to a set that all share, by fenced writes, for as long as it leads.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isTenureError } from '../../../../lib/errors.ts';
import type { Term } from '../../../../lib/ports.ts';
import { askToLast } from '../../shared/ask-to-last.ts';
import { pause } from '../../shared/pause.ts';
import { WORK_FAILED } from './setting.ts';
import type { Participant, World } from './world.ts';

/**
 * Takes the set over, adds an element, replaces it, and takes it over again where that had no answer; and
 * overwrites the ledger without reading it.
 */
export async function addToSharedSet(
  world: World,
  { process, temper, client }: Participant & { readonly client: DynamoDBClient },
  { term, leave }: { readonly term: Term; readonly leave: AbortSignal },
): Promise<void> {
  const { random } = world;
  const by = process.name;
  const leader = {
    ...{ term, by, client },
    reach: (carryOut: () => object) => world.reach(process, carryOut),
  };
  const stop = whenEither(term.signal, leave);
  const shared = world.storage.shared.openFor(leader);
  const ledger = world.storage.ledger.openFor(leader);
  const loaded = () => untilAnswered(world, () => shared.load());
  let set = await loaded();
  for (let sequence = 1; !stop.aborted; sequence += 1) {
    term.throwIfOver();
    if (random.chance(0.1)) await askToLast(world, process, term);
    const element = `${by}/${term.token}/${sequence}`;
    const next = { element, rest: set };
    const how = { leaseChecked: random.chance(0.3) };
    if (random.chance(0.3)) await answeredOrNot(world, () => ledger.write(element, how));
    if (random.chance(0.05)) await answeredOrNot(world, () => ledger.remove());
    const isSaved = await answeredOrNot(world, () => shared.save(next, how));
    set = isSaved ? next : await loaded();
    if (isSaved) world.acknowledged.add(element);
    if (temper.throws) throw new Error(WORK_FAILED);
    await pause(process, random.between(100, 800), stop);
  }
}

/** As `AbortSignal.any`, whose signals keep what listens to them, and with that a whole world, for good. */
function whenEither(...signals: readonly AbortSignal[]): AbortSignal {
  const either = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) either.abort();
    else signal.addEventListener('abort', () => either.abort(), { once: true });
  }
  return either.signal;
}

async function untilAnswered<T>(world: World, act: () => Promise<T>): Promise<T> {
  for (;;) {
    let result: T | undefined;
    const isAnswered = await answeredOrNot(world, async () => {
      result = await act();
    });
    if (isAnswered) return result as T;
  }
}

/** Whether it was answered; whatever else is wrong is thrown. */
async function answeredOrNot(world: World, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return false;
    // One object saves, and loads after a save without an answer. So it always knows what it builds
    // on.
    if (isTenureError(error, 'UNSETTLED') && !world.rowLost) {
      world.violations.push({ invariant: 'S4', detail: `a save was refused: ${error.message}` });
    }
    throw error;
  }
}
