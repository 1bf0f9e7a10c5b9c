/**
 * The outage drill: the store is gone for hours, then all elections come back to it together.
 *
 * Each election has a leader and a store of its own; they share only the instant of the return.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseStore } from '../../../../lib/dynamodb/election/operated-store.ts';
import { createElection } from '../../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../../lib/runtime/mechanism/lease.ts';
import { type SeededRandom, seeded } from '../../shared/random.ts';
import { createSchedule, type Schedule } from '../../shared/schedule.ts';
import { createProcess } from '../../shared/simulated-process.ts';
import { createSimulatedTable } from '../../table/simulated-table.ts';

export interface DrillOptions {
  readonly elections: number;
  readonly outageMs: number;
  readonly leaseDurationMs: number;
}

export interface DrillReport {
  readonly renewIntervalMs: number;
  /** How long after the return the last election had its leader. */
  readonly recoveredAfterMs: number;
  /** The most requests of one candidate in one lease, steady, in the outage and after the return. */
  readonly steadyMax: number;
  readonly outageMax: number;
  readonly returnMax: number;
  /** The most requests of all in one second after the return. */
  readonly secondMax: number;
  readonly leading: number;
}

/** Long enough for every election to have a leader and to renew a few times. */
const STEADY_LEASES = 4;

export async function outageDrill(options: DrillOptions): Promise<DrillReport> {
  const { leaseDurationMs } = options;
  const beginsMs = STEADY_LEASES * leaseDurationMs;
  const stage: Stage = {
    schedule: createSchedule(),
    random: seeded(1),
    timings: { leaseDurationMs, renewIntervalMs: leaseDurationMs / 3 },
    beginsMs,
    endsMs: beginsMs + options.outageMs,
    requests: [],
    ledAt: new Map(),
  };
  const { requests, endsMs, ledAt } = stage;
  const { renewIntervalMs } = stage.timings;
  for (let index = 0; index < options.elections; index += 1) enter(stage, index);
  const untilMs = endsMs + 3 * leaseDurationMs;
  await stage.schedule.run(untilMs);
  return {
    renewIntervalMs,
    recoveredAfterMs: Math.max(...ledAt.values()) - endsMs,
    steadyMax: most(requests, renewIntervalMs, beginsMs, leaseDurationMs),
    // A leader first fights for its term, with retries that back off; the lease after that is counted.
    outageMax: most(requests, beginsMs + leaseDurationMs, endsMs, leaseDurationMs),
    returnMax: most(requests, endsMs, untilMs, leaseDurationMs),
    secondMax: most([requests.flat()], endsMs, untilMs, 1_000),
    leading: [...ledAt.values()].filter((atMs) => atMs >= endsMs).length,
  };
}

interface Stage {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly timings: { readonly leaseDurationMs: number; readonly renewIntervalMs: number };
  readonly beginsMs: number;
  readonly endsMs: number;
  /** When each candidate sent its requests. */
  readonly requests: number[][];
  readonly ledAt: Map<number, number>;
}

/** One more election, with a candidate that leads it for as long as it can. */
function enter(stage: Stage, index: number): void {
  const { schedule, random, timings, ledAt } = stage;
  const host = `p${index}`;
  const { clock } = createProcess(schedule, { name: host, host, rate: 1, wallOffsetMs: 0 });
  const client = clientOf(stage);
  const name = `election ${index}`;
  let nonces = 0;
  const nonce = () => {
    nonces += 1;
    return `${index}.${nonces}`;
  };
  const open = () => createLeaseStore({ client, tableName: 't', election: name, historyDays: 0 });
  const via = leaseMechanism({ open });
  const election = createElection({
    name,
    via,
    timings,
    clock,
    random: { nonce, unit: random.unit },
  });
  schedule.at(random.between(0, timings.renewIntervalMs), () => {
    void election.leadWhile(async (term) => {
      ledAt.set(index, schedule.nowMs);
      await new Promise((resolve) =>
        term.signal.addEventListener('abort', resolve, { once: true }),
      );
    });
  });
}

/** A client of a store of its own, that refuses connections during the outage. */
function clientOf({ schedule, random, beginsMs, endsMs, requests }: Stage): DynamoDBClient {
  const table = createSimulatedTable();
  const sent: number[] = [];
  requests.push(sent);
  const send = (command: { input: { Key?: { sk?: { S?: string } } } }) => {
    if (command.input.Key?.sk?.S === 'lease') sent.push(schedule.nowMs);
    const gone = schedule.nowMs >= beginsMs && schedule.nowMs < endsMs;
    return new Promise((resolve, reject) => {
      schedule.at(schedule.nowMs + random.between(2, 10), () => {
        if (gone) reject(Object.assign(new Error('refused'), { name: 'ECONNREFUSED' }));
        else resolve(table.execute(command));
      });
    });
  };
  return { send, config: { region: async () => 'simulated' } } as unknown as DynamoDBClient;
}

/** The most instants of one list within any window of that length. */
function most(
  lists: readonly (readonly number[])[],
  fromMs: number,
  untilMs: number,
  windowMs: number,
): number {
  let found = 0;
  for (const list of lists) {
    const within = list.filter((atMs) => atMs >= fromMs && atMs < untilMs).sort((a, b) => a - b);
    let first = 0;
    within.forEach((atMs, index) => {
      while ((within[first] as number) <= atMs - windowMs) first += 1;
      found = Math.max(found, index - first + 1);
    });
  }
  return found;
}
