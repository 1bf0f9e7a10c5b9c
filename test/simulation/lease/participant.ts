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

/** Reads by a fenced write, adds an element, writes back; and overwrites the ledger without reading it. */
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
  let set = await shared.takeOver();
  for (let sequence = 1; !term.signal.aborted; sequence += 1) {
    term.throwIfOver();
    const element = `${by}/${term.token}/${sequence}`;
    set = { element, rest: set };
    const how = { leaseChecked: random.chance(0.3) };
    if (random.chance(0.3)) await ledger.write(set, how);
    if (random.chance(0.05)) await ledger.remove();
    await shared.write(set, how);
    world.acknowledged.add(element);
    if (temper.throws) throw new Error('the work failed');
    await pause(process, random.between(100, 800), term.signal);
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
