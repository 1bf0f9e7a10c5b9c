/**
 * The workers of a chaos run: real processes in seats. A seat has a network of its own and keeps it when
 * another worker takes the place of one that died.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultProxy, startFaultProxy } from '../../support/network/fault-proxy.ts';
import type { Arena } from './arena.ts';
import { type Member, startMember } from './member.ts';
import type { WorkerLine, WorkerSettings } from './ways.ts';

export type Place = keyof Arena['endpoints'];

export interface Seat {
  /** From the worker in this seat to the store that elects, and to the shared rows. */
  readonly network: Readonly<Record<Place, FaultProxy>>;
  /** The worker in this seat; absent before the first is seated. */
  member(): Member | undefined;
  /**
   * Starts a worker here. The one before is not ended. Without settings the worker gets those of the one before.
   */
  seat(settings?: Partial<WorkerSettings>): Member;
}

export interface Crew extends AsyncDisposable {
  readonly seats: readonly Seat[];
  /** What the workers have said so far, in the order in which it was heard. */
  readonly lines: readonly WorkerLine[];
  /** The seats whose worker was elected and has not said since that its term is over. */
  leader(): Seat | undefined;
  /** Kills every worker; resolves when all are gone and their last lines are read. */
  end(): Promise<void>;
}

/** Seats, and no worker in them. */
export async function prepareCrew(arena: Arena, size: number): Promise<Crew> {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-chaos-'));
  const lines: WorkerLine[] = [];
  const members = new Set<Member>();
  const seats: Seat[] = [];
  for (let index = 0; index < size; index += 1) {
    const network = {
      election: await startFaultProxy(arena.endpoints.election, { keepsBodies: false }),
      resource: await startFaultProxy(arena.endpoints.resource, { keepsBodies: false }),
    };
    seats.push(prepareSeat({ arena, network, index, folder, members, lines }));
  }
  const end = async () => {
    await Promise.all([...members].map((member) => member.end()));
  };
  return {
    seats,
    lines,
    leader: () => leaderAmong(seats),
    end,
    async [Symbol.asyncDispose]() {
      await end();
      const proxies = seats.flatMap(({ network }) => [network.election, network.resource]);
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await rm(folder, { recursive: true });
    },
  };
}

function prepareSeat(options: {
  readonly arena: Arena;
  readonly network: Seat['network'];
  readonly index: number;
  readonly folder: string;
  readonly members: Set<Member>;
  readonly lines: WorkerLine[];
}): Seat {
  const { arena, network, index, folder, members, lines } = options;
  let seated: Member | undefined;
  let generation = 0;
  let lasting: Partial<WorkerSettings> = {};
  return {
    network,
    member: () => seated,
    seat(settings = lasting) {
      generation += 1;
      lasting = settings;
      const name = `w${index}.${generation}`;
      seated = startMember({
        name,
        clockFile: join(folder, name),
        resourceEndpoint: network.resource.endpoint,
        settings: {
          ways: [{ ...arena.way, endpoint: network.election.endpoint }],
          ...{ tableName: arena.tableName, isFenced: true, isPatient: false, ...settings },
        },
        heard: (line) => lines.push(line),
        ended: (member) => members.delete(member),
      });
      members.add(seated);
      return seated;
    },
  };
}

function leaderAmong(seats: readonly Seat[]): Seat | undefined {
  let leader: { readonly seat: Seat; readonly token: bigint } | undefined;
  for (const seat of seats) {
    const told = seat.member()?.lines.findLast(({ event }) => TERM_EVENTS.has(event));
    if (told?.event !== 'elected') continue;
    const token = BigInt(told.token ?? 0);
    // A worker that was frozen, or killed from outside, cannot say that its term is over.
    if (leader === undefined || leader.token < token) leader = { seat, token };
  }
  return leader?.seat;
}

const TERM_EVENTS: ReadonlySet<WorkerLine['event']> = new Set(['elected', 'settled']);
