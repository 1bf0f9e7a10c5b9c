/**
 * A candidate of one Region, as a customer would make it: it prefers home, and its work writes a fenced
 * row of a table of the same Regions.
 */
import type { CandidateWrite } from '../../../lib/core/lease/record.ts';
import { candidateRows, contendersIn } from '../../../lib/dynamodb/election/candidates.ts';
import { candidateStore } from '../../../lib/dynamodb/election/lease-store.ts';
import { keepHouse } from '../../../lib/dynamodb/regions/housekeeping.ts';
import { inOwnNames } from '../../../lib/dynamodb/table/attribute-names.ts';
import { isTenureError } from '../../../lib/errors.ts';
import type { LeaseStore, Term } from '../../../lib/ports.ts';
import { createElection } from '../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../lib/runtime/mechanism/lease.ts';
import { byRegion } from '../../../lib/runtime/preference/rules.ts';
import type { Temper } from '../shared/faults/process-faults.ts';
import { pause } from '../shared/pause.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import { createUserCode } from '../shared/user-code.ts';
import { judgeEvent } from './judge.ts';
import { ELECTION, HOME, PREFERENCE, TIMINGS } from './setting.ts';
import type { Participant, Region, World } from './world.ts';

const tableName = 't';

export function startParticipant(
  world: World,
  process: SimulatedProcess,
  region: Region,
): Participant {
  const { random, coverage, schedule } = world;
  const leave = new AbortController();
  const terminate = () => leave.abort(new Error('asked to leave'));
  const temper: Temper = { healthy: true, ignoresSignalMs: 0, throws: false };
  const userCode = createUserCode({
    ...{ random, process, hit: coverage.hit, abort: terminate, callBack() {} },
    takesMsMax: TIMINGS.renewIntervalMs,
  });
  let nonces = 0;
  const election = createElection({
    name: ELECTION,
    candidatePrefix: 'candidate',
    via: leaseMechanism({ open: () => storeOf(world, process, region) }),
    timings: TIMINGS,
    clock: process.clock,
    random: { nonce: () => `${process.name}.${++nonces}`, unit: random.unit },
    registration: { zone: `${region.name}a` },
    prefer: byRegion(HOME, PREFERENCE),
    journal: { record: (event) => judgeEvent(world, participant, event) },
  });
  const participant: Participant = {
    ...{ process, region, temper, userCode, terminate },
    candidateId: election.candidateId,
    startedAtMs: schedule.nowMs,
    term: undefined,
    lostAtMs: undefined,
  };
  const campaign = async () => {
    await election.leadWhile((term) => work(world, participant, term), { signal: leave.signal });
    world.left(participant);
  };
  process.enter(() => {
    campaign().catch((error: unknown) => {
      // What the error says: this process should end.
      if (isTenureError(error, 'WORK_STUCK')) return world.kill(process, error.name);
      const detail = `${process.name} gave its election up: ${error}`;
      world.violations.push({ invariant: 'L8', detail });
    });
  });
  return participant;
}

function storeOf(
  world: World,
  process: SimulatedProcess,
  region: Region,
): LeaseStore<CandidateWrite> {
  const client = world.network.clientOf(process, region);
  const store = candidateStore({ client, tableName, election: ELECTION, historyDays: 1 });
  const kept = keepHouse(store, {
    ...{ client: () => client, tableName, election: ELECTION },
    failed: () => world.coverage.hit('a page that was not deleted'),
  });
  return {
    ...kept,
    // By the simulated wall clock, in place of the machine's.
    async candidates({ signal: abortSignal }) {
      const query = candidateRows({ tableName, election: ELECTION });
      const { Items = [] } = await client.send(query, { abortSignal });
      return contendersIn(
        Items.map((row) => inOwnNames(row)),
        process.clock.now().epochMs,
      );
    },
  };
}

const WRITES_EVERY_MS = 20_000;

/** Writes its row now and then, until it must stop. What is refused or lost is tried again. */
async function work(world: World, participant: Participant, term: Term): Promise<void> {
  const { network, resource, coverage } = world;
  const { process, region } = participant;
  const client = network.clientOf(process, region);
  const row = resource.openFor({
    ...{ term, by: process.name, client },
    reach: (carryOut) => network.reach(process, region, carryOut),
  });
  participant.term = term;
  while (!term.signal.aborted) {
    try {
      await row.write(process.name, { leaseChecked: false });
      coverage.hit('fenced write');
    } catch {
      coverage.hit('fenced write that failed');
    }
    await pause(process, WRITES_EVERY_MS, term.signal);
  }
}
