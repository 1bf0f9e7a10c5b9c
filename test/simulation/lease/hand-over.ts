/**
 * One hand-over by a hint: a leader that was elected by expiry, and so has cut a poll, resigns while
 * nothing else goes wrong, and a standby listens.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseStore } from '../../../lib/dynamodb/election/lease-store.ts';
import type { JournalEvent } from '../../../lib/ports.ts';
import { createElection, type Election } from '../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../lib/runtime/mechanism/lease.ts';
import { createCutPolls, createHints } from '../../../lib/sqs/sqs-hints.ts';
import type { Violation } from '../../judge/invariants.ts';
import { seeded } from '../shared/random.ts';
import { createSchedule } from '../shared/schedule.ts';
import { createProcess, type SimulatedProcess } from '../shared/simulated-process.ts';
import { createSimulatedTable } from '../table/simulated-table.ts';
import { createHintQueue } from './hint-queue.ts';

/** A release, a hint, a read and an acquire, none of which takes more than a round trip of 24 ms. */
const HAND_OVER_MS_MAX = 200;
const DELAY_MS = [1, 12] as const;
/** By then a standby listens. */
const LISTENS_MS = 1_000;
const RUN_MS = 80_000;
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
  const electedAtMs = new Map<string, number>();
  let nonces = 0;
  let resignedAtMs = Infinity;

  const clientOf = (process: SimulatedProcess) => {
    const travel = (then: () => void) =>
      schedule.at(schedule.nowMs + random.between(...DELAY_MS), () => process.enter(then));
    const send = (command: object) =>
      new Promise((resolve) => travel(() => travel(() => resolve(table.execute(command)))));
    return { send, config: { region: async () => 'simulated' } } as unknown as DynamoDBClient;
  };

  function start(name: string): { process: SimulatedProcess; election: Election } {
    const process = createProcess(schedule, { name, host: name, rate: 1, wallOffsetMs: 0 });
    const { clock } = process;
    const cutPolls = createCutPolls(() => clock.now().monotonicMs);
    const channel = { ...QUEUE, client: queue.clientOf(process), cutPolls };
    const client = clientOf(process);
    const election = createElection({
      name: 'e',
      via: leaseMechanism({
        open: () => createLeaseStore({ client, tableName: 't', election: 'e', historyDays: 0 }),
        hints: ({ name: election }) => createHints(channel, election),
      }),
      clock,
      random: { nonce: () => `n${++nonces}`, unit: random.unit },
      journal: {
        record({ event }: JournalEvent) {
          if (event === 'elected') electedAtMs.set(name, schedule.nowMs);
        },
      },
    });
    return { process, election };
  }

  const first = start('first');
  void first.election.campaign();
  const second = start('second');
  schedule.at(random.between(1_000, 5_000), () => {
    void second.election.campaign().then((term) => {
      const third = start('third');
      const joinsMs = schedule.nowMs + random.between(0, 5_000);
      schedule.at(joinsMs, () => void third.election.campaign());
      // Within the 20 s for which the poll that the second one has cut may go on.
      schedule.at(joinsMs + LISTENS_MS + random.between(0, 12_000), () => {
        resignedAtMs = schedule.nowMs;
        void term.resign();
      });
    });
  });
  schedule.at(random.between(10_000, 30_000), first.process.kill);
  await schedule.run(RUN_MS);
  const tookMs = (electedAtMs.get('third') ?? Infinity) - resignedAtMs;
  if (tookMs <= HAND_OVER_MS_MAX) return { violations: [], tookMs };
  const detail = `the standby led ${tookMs.toFixed(0)} ms after the leader had resigned`;
  return { violations: [{ invariant: 'L4', detail }], tookMs };
}
