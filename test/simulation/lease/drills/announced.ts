/**
 * One hand-over without any hint, while nothing else goes wrong. A leader is told to stop, hands
 * the role to one of three standbys, or is asked to by an operator. The role may be vacant for a
 * few round trips only.
 */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseStore } from '../../../../lib/dynamodb/election/operated-store.ts';
import type { JournalEvent } from '../../../../lib/ports.ts';
import { createElection } from '../../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../../lib/runtime/mechanism/lease.ts';
import type { Term } from '../../../../lib/term.ts';
import type { Violation } from '../../../judge/invariants.ts';
import { seeded } from '../../shared/random.ts';
import { createSchedule } from '../../shared/schedule.ts';
import { createProcess } from '../../shared/simulated-process.ts';
import { createSimulatedTable, type SimulatedTable } from '../../table/simulated-table.ts';
import { storeClientOf } from './hand-over.ts';

/** A release, the next of the short reads, and an acquire: round trips of at most 24 ms, and 20 between reads. */
const LEADERLESS_MS_MAX = 130;
const STANDBYS = 3;
/** By then each standby has seen a renewal and reads just after the next. */
const SETTLED_MS = 10_000;
const RUN_MS = 25_000;

export interface Announced {
  /** L4, where the role stayed empty for longer, or went to another candidate than the named one. */
  readonly violations: readonly Violation[];
  /** From the moment at which the work was told to stop. */
  readonly leaderlessMs: number;
}

/** How a hand-over begins. */
export const WISHES = ['told-to-stop', 'hands-over', 'asked-by-operator'] as const;

export async function simulateAnnounced({
  seed,
  wish,
}: {
  readonly seed: number;
  readonly wish: (typeof WISHES)[number];
}): Promise<Announced> {
  const random = seeded(seed * 2_654_435_761 + 1);
  const schedule = createSchedule();
  const table = createSimulatedTable();
  const elected: { readonly candidateId: string; readonly atMs: number }[] = [];
  const stop = new AbortController();
  let stoppedAtMs = Number.NaN;
  let first: Term | undefined;
  let nonces = 0;

  async function work(term: Term): Promise<void> {
    first ??= term;
    await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
    if (term === first) stoppedAtMs = schedule.nowMs;
  }

  function start(name: string): string {
    const process = createProcess(schedule, { name, host: name, rate: 1, wallOffsetMs: 0 });
    const client = storeClientOf(schedule, random, { table, process });
    const election = createElection({
      name: 'e',
      candidatePrefix: 'candidate',
      via: leaseMechanism({
        open: () => createLeaseStore({ client, tableName: 't', election: 'e', historyDays: 0 }),
      }),
      clock: process.clock,
      random: { nonce: () => `n${++nonces}`, unit: random.unit },
      journal: {
        record({ event, candidateId }: JournalEvent) {
          if (event === 'elected') elected.push({ candidateId, atMs: schedule.nowMs });
        },
      },
    });
    const signal = name === 'leader' ? stop.signal : undefined;
    process.enter(() => void election.leadWhile(work, { signal }));
    return election.candidateId;
  }

  start('leader');
  const standbys: string[] = [];
  schedule.at(500, () => {
    for (let n = 0; n < STANDBYS; n += 1) standbys.push(start(`standby ${n}`));
  });
  let to: string | undefined;
  schedule.at(SETTLED_MS + random.between(0, 3_000), () => {
    if (wish === 'told-to-stop') return stop.abort();
    to = random.pick(standbys);
    if (wish === 'hands-over') first?.handOver({ candidateId: to });
    else void ask(table, to);
  });
  await schedule.run(RUN_MS);
  const next = elected[1];
  const leaderlessMs = (next?.atMs ?? Infinity) - stoppedAtMs;
  const violations: Violation[] = [];
  const fail = (detail: string) => violations.push({ invariant: 'L4', detail });
  if (!(leaderlessMs > 0 && leaderlessMs <= LEADERLESS_MS_MAX)) {
    fail(`nobody led for ${leaderlessMs.toFixed(0)} ms after the work was told to stop`);
  }
  if (to !== undefined && next?.candidateId !== to) fail(`${next?.candidateId} leads, not ${to}`);
  if (elected.length > 2) fail(`${elected.length} terms, where two are needed`);
  return { violations, leaderlessMs };
}

/** As `tenure transfer` does. */
async function ask(table: SimulatedTable, requestedFor: string): Promise<void> {
  const client = {
    send: async (command: object) => table.execute(command),
    config: { region: async () => 'simulated' },
  } as unknown as DynamoDBClient;
  const store = createLeaseStore({ client, tableName: 't', election: 'e', historyDays: 0 });
  const { signal } = new AbortController();
  const sighting = await store.read({ consistency: 'strong', signal });
  if (sighting.kind !== 'present') throw new Error('nobody leads');
  const { holder: seenHolder = '', token: seenToken } = sighting.record;
  const seen = { seenHolder, seenToken, revision: 'operator' };
  await store.write({ kind: 'request-resign', ...seen, requestedFor }, { signal });
}
