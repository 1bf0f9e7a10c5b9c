/**
 * One hand-over by a hint: a leader that was elected by expiry, as one or two before it were that died,
 * resigns while nothing else goes wrong, and a standby listens. Each of these had a poll open as it was elected.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseStore } from '../../../../lib/dynamodb/election/operated-store.ts';
import type { JournalEvent } from '../../../../lib/ports.ts';
import { createElection, type Election } from '../../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../../lib/runtime/mechanism/lease.ts';
import { createAbandonedPolls, createHints } from '../../../../lib/sqs/sqs-hints.ts';
import type { Violation } from '../../../judge/invariants.ts';
import { type SeededRandom, seeded } from '../../shared/random.ts';
import { createSchedule, type Schedule } from '../../shared/schedule.ts';
import { createProcess, type SimulatedProcess } from '../../shared/simulated-process.ts';
import { createSimulatedTable, type SimulatedTable } from '../../table/simulated-table.ts';
import { createHintQueue } from '../network/hint-queue.ts';

/** A release, a hint, a read and an acquire, none of which takes more than a round trip of 24 ms. */
const HAND_OVER_MS_MAX = 200;
const DELAY_MS = [1, 12] as const;
/** By then a standby listens. */
const LISTENS_MS = 1_000;
/** Up to four deaths, each followed by a lease. */
const RUN_MS = 120_000;
const QUEUE = { queueUrl: 'https://sqs.example/1/hints' };

export interface HandOver {
  /** L4, where the hand-over took longer than a hint takes. */
  readonly violations: readonly Violation[];
  readonly tookMs: number;
}

export async function simulateHandOver({ seed }: { readonly seed: number }): Promise<HandOver> {
  const random = seeded(seed * 2_654_435_761 + 1);
  const schedule = createSchedule();
  const queue = createHintQueue(schedule, random);
  const table = createSimulatedTable();
  const electedAtMs: number[] = [];
  let nonces = 0;
  let resignedAtMs = Infinity;

  let started = 0;
  function start(): { process: SimulatedProcess; election: Election } {
    started += 1;
    const name = `p${started}`;
    const process = createProcess(schedule, { name, host: name, rate: 1, wallOffsetMs: 0 });
    const { clock } = process;
    const abandoned = createAbandonedPolls(() => clock.now().monotonicMs);
    const channel = { ...QUEUE, client: queue.clientOf(process), abandoned };
    const client = storeClientOf(schedule, random, { table, process });
    const election = createElection({
      name: 'e',
      candidatePrefix: 'candidate',
      via: leaseMechanism({
        open: () => createLeaseStore({ client, tableName: 't', election: 'e', historyDays: 0 }),
        hints: ({ name: election }) => createHints(channel, election),
      }),
      clock,
      random: { nonce: () => `n${++nonces}`, unit: random.unit },
      journal: {
        record({ event }: JournalEvent) {
          if (event === 'elected') electedAtMs.push(schedule.nowMs);
        },
      },
    });
    return { process, election };
  }

  /** Each is elected by the death of the one before it, until one hands over. */
  let deathsLeft = Math.floor(random.between(1, 4));
  function enlist(): void {
    const { process, election } = start();
    void election.campaign().then((term) => {
      if (resignedAtMs < Infinity) return;
      schedule.at(schedule.nowMs + random.between(0, 2_000), enlist);
      schedule.at(schedule.nowMs + LISTENS_MS + random.between(2_000, 8_000), () => {
        deathsLeft -= 1;
        if (deathsLeft >= 0) return process.kill();
        resignedAtMs = schedule.nowMs;
        void term.resign();
      });
    });
  }

  enlist();
  if (random.chance(0.5)) schedule.at(random.between(100, 2_000), enlist);
  await schedule.run(RUN_MS);
  const tookMs = (electedAtMs.at(-1) ?? Infinity) - resignedAtMs;
  if (tookMs > 0 && tookMs <= HAND_OVER_MS_MAX) return { violations: [], tookMs };
  const detail = `the standby led ${tookMs.toFixed(0)} ms after the leader had resigned`;
  return { violations: [{ invariant: 'L4', detail }], tookMs };
}

interface Way {
  readonly table: SimulatedTable;
  readonly process: SimulatedProcess;
}

/** A way to the store on which nothing is lost. */
export function storeClientOf(
  schedule: Schedule,
  random: SeededRandom,
  { table, process }: Way,
): DynamoDBClient {
  const travel = (then: () => void) =>
    schedule.at(schedule.nowMs + random.between(...DELAY_MS), () => process.enter(then));
  const send = (command: object) =>
    new Promise((resolve, reject) => {
      travel(() => {
        try {
          const answer = table.execute(command);
          travel(() => resolve(answer));
        } catch (error) {
          travel(() => reject(error));
        }
      });
    });
  return { send, config: { region: async () => 'simulated' } } as unknown as DynamoDBClient;
}
