/**
 * One leader, and one outage of the store that the guarantee says it must survive: of any length up to the
 * promise, begun at any moment of the renew interval.
 *
 * A silent store answers nothing; a refusing one answers each request at once with an error. What was
 * sent before the outage may have arrived, with its answer lost.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Timings, withDefaults } from '../../../../lib/core/time/timing.ts';
import { createLeaseStore } from '../../../../lib/dynamodb/election/operated-store.ts';
import type { Term } from '../../../../lib/ports.ts';
import { createElection } from '../../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../../lib/runtime/mechanism/lease.ts';
import type { Violation } from '../../../judge/invariants.ts';
import { seeded } from '../../shared/random.ts';
import { createSchedule, type Schedule } from '../../shared/schedule.ts';
import { createProcess } from '../../shared/simulated-process.ts';
import { createSimulatedTable } from '../../table/simulated-table.ts';

export const OUTAGES = ['silent', 'refusing'] as const;
export type OutageKind = (typeof OUTAGES)[number];

export interface BriefOutage {
  readonly kind: OutageKind;
  /** From the sending of the last renewal before it. */
  readonly beginsAfterMs: number;
  readonly lengthMs: number;
  readonly seed: number;
}

/** What passes between two attempts of a leader at most, and a few round trips. */
const RETRY_MS_MAX = 500;

/** Guarantee 5: no shorter outage ends a healthy term. */
export function survivedMs(timings: Timings, kind: OutageKind): number {
  const { leaseDurationMs, marginMs, lossGraceMs, renewIntervalMs, writeTimeoutMs } = timings;
  const usableMs = leaseDurationMs - marginMs - lossGraceMs - renewIntervalMs;
  return usableMs - (kind === 'silent' ? 2 : 1) * writeTimeoutMs - RETRY_MS_MAX;
}

const TIMINGS = withDefaults({});
/** Renewals before the outage begins. */
const RENEWALS = 3;

/** A random outage, for the mutants. */
export async function simulateOutage({ seed }: { readonly seed: number }) {
  const random = seeded(seed * 2_654_435_761 + 1);
  const kind = random.pick(OUTAGES);
  const beginsAfterMs = random.between(0, TIMINGS.renewIntervalMs);
  const lengthMs = random.between(0.5, 1) * survivedMs(TIMINGS, kind);
  return { violations: await endedBy({ kind, beginsAfterMs, lengthMs, seed }) };
}

/** What the outage ended, though it must not. */
export async function endedBy(outage: BriefOutage): Promise<readonly Violation[]> {
  const schedule = createSchedule();
  const { unit } = seeded(outage.seed);
  const { clock } = createProcess(schedule, { name: 'p', host: 'p', rate: 1, wallOffsetMs: 0 });
  const beginsMs = RENEWALS * TIMINGS.renewIntervalMs + outage.beginsAfterMs;
  const client = clientOf(schedule, { ...outage, beginsMs, unit });
  let nonces = 0;
  const election = createElection({
    name: 'e',
    candidatePrefix: 'candidate',
    via: leaseMechanism({
      open: () => createLeaseStore({ client, tableName: 't', election: 'e', historyDays: 0 }),
    }),
    clock,
    random: { nonce: () => `n${++nonces}`, unit },
    journal: { record() {} },
  });
  let term: Term | undefined;
  void election.campaign().then((elected) => {
    term = elected;
  });
  await schedule.run(beginsMs + outage.lengthMs + 2 * TIMINGS.leaseDurationMs);
  if (term?.signal.aborted === false) return [];
  const { kind, beginsAfterMs, lengthMs } = outage;
  const detail =
    `a ${kind} outage of ${lengthMs.toFixed(0)} ms ended the term, begun ` +
    `${beginsAfterMs.toFixed(0)} ms after a renewal`;
  return [{ invariant: 'L3', detail }];
}

function clientOf(
  schedule: Schedule,
  { kind, beginsMs, lengthMs, unit }: BriefOutage & { beginsMs: number; unit: () => number },
): DynamoDBClient {
  const table = createSimulatedTable();
  const isGone = () => schedule.nowMs >= beginsMs && schedule.nowMs < beginsMs + lengthMs;
  const travel = (then: () => void) => schedule.at(schedule.nowMs + 2 + 4 * unit(), then);
  const send = (command: object, { abortSignal }: { abortSignal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      abortSignal.addEventListener('abort', () => reject(abortSignal.reason), { once: true });
      const refuse = () => travel(() => reject(Object.assign(new Error('refused'), ERROR)));
      const fail = () => (kind === 'refusing' ? refuse() : undefined);
      if (isGone()) return void fail();
      travel(() => {
        if (isGone()) return fail();
        const answer = attempt(() => table.execute(command));
        return travel(() => (isGone() ? fail() : answer(resolve, reject)));
      });
    });
  return { send, config: { region: async () => 'simulated' } } as unknown as DynamoDBClient;
}

type Settle = (value: unknown) => void;

/** What the store did at that instant, to be told later. */
function attempt(act: () => object): (resolve: Settle, reject: Settle) => void {
  try {
    const value = act();
    return (resolve) => resolve(value);
  } catch (error) {
    return (_, reject) => reject(error);
  }
}

const ERROR = { name: 'ServiceUnavailable' };
