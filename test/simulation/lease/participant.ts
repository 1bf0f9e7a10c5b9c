/**
 * A process that campaigns and, while it leads, adds to the shared set: a user's program.
 *
 * Uses the package as a customer would: `leadWhile`, `term.signal`, `throwIfOver`.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseStore } from '../../../lib/dynamodb/election/lease-store.ts';
import { isTenureError } from '../../../lib/errors.ts';
import type { JournalEvent, Term } from '../../../lib/ports.ts';
import { createElection } from '../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../lib/runtime/mechanism/lease.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import type { World } from './world.ts';

export const ELECTION = 'simulated';

/** What a run does to the work of one process, until it heals. */
export interface Temper {
  healthy: boolean;
  ignoresSignalMs: number;
  throws: boolean;
}

export interface Participant {
  readonly process: SimulatedProcess;
  readonly temper: Temper;
  readonly candidateId: string;
  term: Term | undefined;
  /** Asks it to leave, as SIGTERM does. */
  terminate(): void;
}

export function startParticipant(
  world: World,
  process: SimulatedProcess,
  firstNonce?: string,
): Participant {
  const leave = new AbortController();
  const temper: Temper = { healthy: true, ignoresSignalMs: 0, throws: false };
  let nonces = 0;
  const nonce = () => {
    nonces += 1;
    return nonces === 1 && firstNonce !== undefined ? firstNonce : `${process.name}.${nonces}`;
  };
  const client = world.network.clientOf(process);
  const election = createElection({
    name: ELECTION,
    via: leaseMechanism({
      open: () => createLeaseStore({ client, tableName: 't', election: ELECTION, historyDays: 7 }),
    }),
    timings: world.timings,
    clock: process.clock,
    random: { nonce, unit: world.random.unit },
    journal: { record: (event: JournalEvent) => world.journal(participant, event) },
    healthy: () => temper.healthy,
  });
  const participant: Participant = {
    process,
    temper,
    candidateId: election.candidateId,
    term: undefined,
    terminate: () => leave.abort(new Error('asked to leave')),
  };

  async function campaignUntilAsked(): Promise<void> {
    while (!leave.signal.aborted) {
      try {
        await election.leadWhile((term) => work(world, participant, { term, client }), {
          signal: leave.signal,
        });
      } catch (error) {
        world.campaignFailed(participant, error);
        await pause(process, world.random.between(100, 1_000), leave.signal);
      }
    }
    world.left(participant);
  }

  process.enter(() => void campaignUntilAsked());
  return participant;
}

async function work(
  world: World,
  participant: Participant,
  { term, client }: { term: Term; client: DynamoDBClient },
): Promise<void> {
  const { process, temper } = participant;
  participant.term = term;
  try {
    await addToSharedSet(world, { ...participant, client }, term);
    if (temper.ignoresSignalMs > 0) await pause(process, temper.ignoresSignalMs);
  } catch (error) {
    if (isTenureError(error, 'STALE_TOKEN')) world.coverage.hit('fence refused');
    throw error;
  }
}

/**
 * Takes the set over, adds an element, replaces it, and takes it over again where that had no answer; and
 * overwrites the ledger without reading it.
 */
async function addToSharedSet(
  world: World,
  { process, temper, client }: Participant & { readonly client: DynamoDBClient },
  term: Term,
): Promise<void> {
  const { random } = world;
  const by = process.name;
  const leader = {
    ...{ term, by, client },
    reach: (carryOut: () => object) => world.reach(process, carryOut),
  };
  const shared = world.storage.shared.openFor(leader);
  const ledger = world.storage.ledger.openFor(leader);
  const loaded = () => untilAnswered(world, () => shared.load());
  let set = await loaded();
  for (let sequence = 1; !term.signal.aborted; sequence += 1) {
    term.throwIfOver();
    const element = `${by}/${term.token}/${sequence}`;
    const next = { element, rest: set };
    const how = { leaseChecked: random.chance(0.3) };
    if (random.chance(0.3)) await answeredOrNot(world, () => ledger.write(element, how));
    if (random.chance(0.05)) await answeredOrNot(world, () => ledger.remove());
    const isSaved = await answeredOrNot(world, () => shared.save(next, how));
    set = isSaved ? next : await loaded();
    if (isSaved) world.acknowledged.add(element);
    if (temper.throws) throw new Error('the work failed');
    await pause(process, random.between(100, 800), term.signal);
  }
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
    // One object saves, and loads after what had no answer: what it builds on is always known.
    if (isTenureError(error, 'UNSETTLED') && !world.rowLost) {
      world.violations.push({ invariant: 'S4', detail: `a save was refused: ${error.message}` });
    }
    throw error;
  }
}

function pause({ clock }: SimulatedProcess, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const over = () => {
      cancel();
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.setTimer(ms, over);
    signal?.addEventListener('abort', over);
  });
}
