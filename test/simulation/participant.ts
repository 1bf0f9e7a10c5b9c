/**
 * A process that campaigns and, while it leads, adds to the shared set: a user's program.
 *
 * Uses the package as a customer would: `leadWhile`, `term.signal`, `throwIfOver`.
 */
import { createLeaseStore } from '../../lib/dynamodb/lease-store.ts';
import { StaleTokenError } from '../../lib/errors.ts';
import type { JournalEvent, Term } from '../../lib/ports.ts';
import { createElection } from '../../lib/runtime/election.ts';
import type { Admitted } from './resource.ts';
import type { SimulatedProcess } from './simulated-process.ts';
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
    via: {
      kind: 'lease',
      open: () => createLeaseStore({ client, tableName: 't', election: ELECTION, historyDays: 7 }),
    },
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
        await election.leadWhile((term) => work(world, participant, term), {
          signal: leave.signal,
        });
      } catch (error) {
        world.campaignFailed(participant, error);
        await pause(process, world.random.between(50, 400), leave.signal);
      }
    }
    world.left(participant);
  }

  process.enter(() => void campaignUntilAsked());
  return participant;
}

async function work(world: World, participant: Participant, term: Term): Promise<void> {
  const { process, temper } = participant;
  participant.term = term;
  try {
    await addToSharedSet(world, participant, term);
    if (temper.ignoresSignalMs > 0) await pause(process, temper.ignoresSignalMs);
  } catch (error) {
    if (error instanceof StaleTokenError) world.coverage.hit('fence refused');
    throw error;
  }
}

/** Reads by a fenced write, adds an element, writes back; and overwrites the ledger without reading it. */
async function addToSharedSet(
  world: World,
  { process, temper }: Participant,
  term: Term,
): Promise<void> {
  const { random } = world;
  const { shared, ledger } = world.storage;
  const { token } = term;
  const by = process.name;
  const use = (act: () => Admitted) => world.reach(process, () => fenced(act(), token));
  let { set } = await use(() => shared.takeOver(token, by));
  for (let sequence = 1; !term.signal.aborted; sequence += 1) {
    term.throwIfOver();
    const element = `${by}/${token}/${sequence}`;
    set = { element, rest: set };
    const write = { token, by, sequence, set, leaseChecked: random.chance(0.3) };
    if (random.chance(0.3)) await use(() => ledger.write(write));
    if (random.chance(0.05)) await use(() => ledger.remove(token, by));
    await use(() => shared.write(write));
    world.acknowledged.add(element);
    if (temper.throws) throw new Error('the work failed');
    await pause(process, random.between(40, 400), term.signal);
  }
}

function fenced(answer: Admitted, token: bigint) {
  if (answer.kind === 'admitted') return answer;
  const { highestToken } = answer;
  throw new StaleTokenError({ token, highestToken, resource: 'a simulated resource' });
}

function pause({ clock }: SimulatedProcess, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.setTimer(ms, resolve);
    const stop = () => {
      cancel();
      resolve();
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
