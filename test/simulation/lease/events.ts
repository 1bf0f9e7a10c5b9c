/**
 * What may go wrong with a process, with the way between it and the store, or with everyone: one entry a
 * fault. All of it ends at the healing.
 */

import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { LeaseWrite } from '../../../lib/core/lease/record.ts';
import { createLeaseStore } from '../../../lib/dynamodb/election/operated-store.ts';
import { ACCOUNT_ERRORS } from '../shared/faults/account-errors.ts';
import { type EventTable, injectFaults } from '../shared/faults/fault-table.ts';
import { PROCESS_FAULTS, victimOf } from '../shared/faults/process-faults.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import { EPOCH_MS } from '../shared/simulated-process.ts';
import { ELECTION } from './world/setting.ts';
import { LEASE_KEY } from './world/storage.ts';
import type { Participant, World } from './world/world.ts';

const MEAN_GAP_MS = 7_000;

export const EVENT_FAULTS: EventTable<World, Participant> = {
  ...PROCESS_FAULTS,
  'cut-from-store': {
    strike: (world, { process }, leftMs) =>
      cut(world, process, leftMs, [world.links.requestsCut, world.links.answersCut]),
  },
  'requests-cut': {
    strike: (world, { process }, leftMs) => cut(world, process, leftMs, [world.links.requestsCut]),
  },
  'answers-cut': {
    strike: (world, { process }, leftMs) => cut(world, process, leftMs, [world.links.answersCut]),
  },
  'cut-from-resource': {
    strike: (world, { process }, leftMs) => cut(world, process, leftMs, [world.links.resourceCut]),
  },
  /**
   * The other end of its connections is gone without a notice: each request that it sends to the
   * store vanishes for as long as it lives. Only one process in a run has it, so that others are
   * left.
   */
  'half-open': {
    strike({ links }, { process }) {
      if (links.halfOpen.size > 0) return false;
      links.halfOpen.add(process);
      return true;
    },
  },
  outage: {
    strike(world, _, leftMs) {
      if (world.links.outage) return false;
      world.links.outage = true;
      world.schedule.at(world.schedule.nowMs + cutForMs(world, leftMs), () => {
        world.links.outage = false;
        for (const { process } of world.participants) world.trouble(process, 'the store is back');
      });
      return true;
    },
  },
  'account-refuses': {
    strike(world, { process }, leftMs) {
      const { links, random, schedule } = world;
      links.refusing.set(process, random.pick(ACCOUNT_ERRORS));
      const untilMs = schedule.nowMs + cutForMs(world, leftMs);
      schedule.at(untilMs, () => links.refusing.delete(process));
      return true;
    },
  },
  'asked-to-resign': { strike: (world) => operate(world, 'request-resign') },
  'asked-to-transfer': {
    strike: (world, { candidateId }) => operate(world, 'request-resign', candidateId),
  },
  'hands-over': {
    strike({ participants, random }, { term, past, handedOver, candidateId: own }) {
      const { candidateId } = random.pick(participants);
      // Some code asks a term that is over.
      const asked = random.chance(0.3) ? past : term;
      if (asked === undefined || candidateId === own) return false;
      handedOver.add(asked.token);
      asked.handOver({ candidateId });
      return true;
    },
  },
  proclaims: {
    inRuns: 0,
    strike({ schedule }, { term }) {
      if (term === undefined || term.remainingMs() <= 0) return false;
      term.proclaim({ step: `${schedule.nowMs}` });
      return true;
    },
  },
  'old-lock-lost': { inRuns: 0, strike: loseOldLock },
  'deposed-by-operator': { strike: (world) => operate(world, 'depose') },
  'reseeded-by-operator': { strike: (world) => operate(world, 'reseed') },
};

export function injectEvents(world: World, healsAtMs: number): void {
  const { schedule, random, plan } = world;
  injectFaults({
    ...{ world, random, schedule, table: EVENT_FAULTS, healsAtMs },
    ...{ enabled: plan.enabled, meanGapMs: MEAN_GAP_MS },
    victim: () => victimOf(world.participants, random),
    struck(fault, { process }) {
      world.coverage.hit(fault);
      world.trouble(process, fault);
    },
  });
  for (const fault of ['row-deleted', 'row-restored'] as const) {
    if (plan.has(fault)) {
      schedule.at(random.between(8_000, 20_000), () => loseRow(world, fault));
    }
  }
  schedule.at(healsAtMs, () => heal(world));
}

const cutForMs = ({ random, timings }: World, leftMs: number) =>
  Math.min(random.between(200, 2 * timings.leaseDurationMs), leftMs);

/** C1: from that instant its holder leads no more. */
function loseOldLock({ oldLock, participants, violations }: World): boolean {
  const holder = participants.find(({ process }) => oldLock?.isHeldBy(process));
  if (holder === undefined || !oldLock?.lose()) return false;
  if ((holder.term?.remainingMs() ?? 0) > 0) {
    const detail = `${holder.process.name} leads on without the old lock`;
    violations.push({ invariant: 'C1', detail });
  }
  return true;
}

/** Partitions, both ways and one way. */
function cut(
  world: World,
  process: SimulatedProcess,
  leftMs: number,
  sets: readonly Set<SimulatedProcess>[],
): true {
  const { schedule } = world;
  for (const set of sets) set.add(process);
  schedule.at(schedule.nowMs + cutForMs(world, leftMs), () => {
    for (const set of sets) set.delete(process);
    world.trouble(process, 'reconnected');
  });
  return true;
}

/** An operator's write, by the package's own store, over a network that always works. */
export function operate(
  world: World,
  kind: 'request-resign' | 'depose' | 'reseed',
  requestedFor?: string,
): boolean {
  const { storage, schedule } = world;
  const seen = storage.versions.at(-1)?.record;
  if (seen === undefined || (seen.holder === undefined && kind !== 'reseed')) return false;
  const client = {
    async send(command: object) {
      // A reseed states the operator's wall clock, which in production is the machine's.
      const values =
        command instanceof UpdateItemCommand && command.input.ExpressionAttributeValues;
      if (values && kind === 'reseed') {
        values[':renewedAtEpochMs'] = { N: String(Math.round(EPOCH_MS + schedule.nowMs)) };
      }
      return storage.table.execute(command);
    },
    config: { region: async () => 'simulated' },
  } as unknown as DynamoDBClient;
  const store = createLeaseStore({ client, tableName: 't', election: ELECTION, historyDays: 7 });
  const revision = `operator.${storage.versions.length}`;
  const { token, holder: seenHolder = '', revision: seenRevision } = seen;
  const { leaseDurationMs, renewIntervalMs } = seen;
  const reservation = { reservedMs: leaseDurationMs };
  const writes = {
    'request-resign': {
      ...{ kind: 'request-resign', seenHolder, seenToken: token, revision },
      requestedFor,
    },
    depose: { kind: 'depose', seenRevision, revision, reservation },
    reseed: { kind: 'reseed', seenRevision, revision, token, leaseDurationMs, renewIntervalMs },
  } as const satisfies Record<string, LeaseWrite>;
  void store.write(writes[kind], { signal: new AbortController().signal });
  return true;
}

/** Somebody deletes the record, or restores an old one; only where history could prove it. */
function loseRow(world: World, fault: 'row-deleted' | 'row-restored'): void {
  const { coverage } = world;
  const { versions, table } = world.storage;
  const token = versions.at(-1)?.record?.token ?? 0n;
  const older = versions.find(({ record }) => record !== undefined && record.token < token);
  if (older?.item === undefined) return;
  world.say('table', fault);
  coverage.hit(fault);
  table.put(LEASE_KEY, fault === 'row-deleted' ? undefined : older.item);
}

function heal(world: World): void {
  const { links, participants } = world;
  for (const set of [links.requestsCut, links.answersCut, links.resourceCut]) set.clear();
  links.outage = false;
  links.refusing.clear();
  for (const { temper, process, userCode } of participants) {
    userCode.heal();
    temper.healthy = true;
    temper.throws = false;
    temper.ignoresSignalMs = 0;
    world.trouble(process, 'healed');
  }
  // Candidates that lost terms lately may be waiting out a hold-off: this one need not.
  world.start();
}
