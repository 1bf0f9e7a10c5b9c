/**
 * A process that campaigns: the election as a customer would make it, with a user's callbacks all around.
 *
 * Uses the package's public parts: its programs are in `programs.ts`, its work in `shared-set.ts`.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { candidateRows, contendersIn } from '../../../../lib/dynamodb/election/candidates.ts';
import { createLeaseStore } from '../../../../lib/dynamodb/election/operated-store.ts';
import { inOwnNames } from '../../../../lib/dynamodb/table/attribute-names.ts';
import type { JournalEvent, LeaseStore } from '../../../../lib/ports.ts';
import { bridge } from '../../../../lib/runtime/bridge/bridge.ts';
import { createElection } from '../../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../../lib/runtime/mechanism/lease.ts';
import { callBack } from '../../shared/call-back.ts';
import type { Temper } from '../../shared/faults/process-faults.ts';
import { pause } from '../../shared/pause.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import { createUserCode } from '../../shared/user-code.ts';
import { attemptOnce } from './attempt-once.ts';
import { preferenceOf, scoring } from './preference.ts';
import { campaignByHand, leadUntilAsked } from './programs.ts';
import { ELECTION, HEALS_AT_MS } from './setting.ts';
import type { Participant, World } from './world.ts';

/** Of the processes, those that use `campaign` and `resign` themselves; the others use `leadWhile`. */
const BY_HAND = 0.3;

export function startParticipant(
  world: World,
  process: SimulatedProcess,
  firstNonce?: string,
): Participant {
  const { random, coverage } = world;
  const leave = new AbortController();
  const temper: Temper = { healthy: true, ignoresSignalMs: 0, throws: false };
  const userCode = createUserCode({
    random,
    process,
    abort: () => participant.terminate(),
    callBack() {
      participant.calls += 1;
      void callBack(random, participant).finally(() => {
        participant.calls -= 1;
      });
    },
    takesMsMax: 1.5 * world.timings.renewIntervalMs,
    hit: coverage.hit,
  });
  const client = world.network.clientOf(process);
  const lease = leaseMechanism({
    open: () => watched(openStore(client, process), () => participant, world),
    hints: world.hints && (() => world.hints?.of(process, userCode) as never),
  });
  const election = createElection({
    name: ELECTION,
    // Otherwise an id would name this machine, and two machines would not tell the same story.
    candidatePrefix: 'candidate',
    via: world.oldLock ? bridge(world.oldLock.of(process), lease) : lease,
    ...(world.plan.has('prefers') && { prefer: preferenceOf(world, () => participant) }),
    timings: world.timings,
    clock: process.clock,
    random: { nonce: noncesOf(process, firstNonce), unit: random.unit },
    ...callbacks(world, () => participant),
  });
  const participant: Participant = {
    ...{ process, temper, userCode, election },
    candidateId: election.candidateId,
    leave: leave.signal,
    term: undefined,
    past: undefined,
    handedOver: new Set(),
    campaigning: false,
    hasLeft: false,
    calls: 0,
    betterSinceMs: undefined,
    terminate() {
      leave.abort(new Error('asked to leave'));
      expectToLeave(world, participant);
    },
  };
  strikeAtStart(world, participant);
  const program = programOf(world);
  process.enter(() => void program(world, participant, client));
  return participant;
}

function programOf({ random, plan }: World) {
  if (plan.has('cold-candidates')) return attemptOnce;
  return random.chance(BY_HAND) ? campaignByHand : leadUntilAsked;
}

function openStore(client: DynamoDBClient, { clock }: SimulatedProcess): LeaseStore {
  const of = { client, tableName: 't', election: ELECTION };
  return {
    ...createLeaseStore({ ...of, historyDays: 7 }),
    // By this world's time of day, and not by the machine's.
    async candidates({ signal: abortSignal }) {
      const { Items = [] } = await client.send(candidateRows(of), { abortSignal });
      const rows = Items.map((row) => inOwnNames(row, undefined));
      return contendersIn(rows, clock.now().epochMs);
    },
  };
}

/** Each begins with the name of its process, unless the first is given. */
function noncesOf(process: SimulatedProcess, firstNonce: string | undefined): () => string {
  let nonces = 0;
  return () => {
    nonces += 1;
    return nonces === 1 && firstNonce !== undefined ? firstNonce : `${process.name}.${nonces}`;
  };
}

/** The user's callbacks: they behave, until they are struck. */
function callbacks(world: World, of: () => Participant) {
  const { random, schedule, plan, timings, coverage } = world;
  const slow = plan.has('slow-health');
  const score = scoring(world);
  return {
    journal: {
      record(event: JournalEvent) {
        world.journal(of(), event);
        void of().userCode.met('journal', event.event);
      },
    },
    async healthy() {
      const { process, temper, userCode, leave } = of();
      await userCode.met('healthy');
      if (slow && schedule.nowMs < HEALS_AT_MS) {
        coverage.hit('slow-health');
        await pause(process, random.between(0, 0.8) * timings.renewIntervalMs, leave);
        // Told to stop, it answers about when the drain is announced.
        if (leave.aborted) await pause(process, random.between(0, 60));
      }
      return temper.healthy;
    },
    registration: {
      score() {
        void of().userCode.met('score');
        return score();
      },
    },
  };
}

/** A score is asked for when a campaign begins, and an hour later: it is struck before that, or never. */
function strikeAtStart({ random, plan, schedule }: World, { userCode }: Participant): void {
  if (schedule.nowMs >= HEALS_AT_MS) return;
  for (const mischief of ['callback-aborts', 'callback-throws', 'callback-calls-back'] as const) {
    if (plan.enabled.has(mischief) && random.chance(0.1)) userCode.strike(mischief, 'score');
  }
}

/** L8: a campaign that is called off ends at once. */
function expectToLeave(world: World, participant: Participant): void {
  if (!participant.campaigning) return;
  const { schedule, violations } = world;
  const { process } = participant;
  schedule.at(schedule.nowMs + 1, () => {
    if (!participant.campaigning || !process.alive) return;
    const detail = `${process.name} still campaigns after its campaign was called off`;
    violations.push({ invariant: 'L8', detail });
  });
}

/** L8: nothing is renewed for a program that has ended, unless a call of its callbacks still goes on. */
function watched(store: LeaseStore, of: () => Participant, { violations }: World): LeaseStore {
  return {
    ...store,
    write(write, how) {
      const { hasLeft, calls, process } = of();
      if (write.kind === 'renew' && hasLeft && calls === 0) {
        const detail = `${process.name} renews token ${write.token}, which nobody holds`;
        violations.push({ invariant: 'L8', detail });
      }
      return store.write(write, how);
    },
  };
}
