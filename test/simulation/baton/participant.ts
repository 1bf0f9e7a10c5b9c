/**
 * A process that campaigns for a baton: the election as a customer would make it, with a user's callbacks all
 * around and work that takes its time.
 */
import type { BatonQueue, JournalEvent, Term } from '../../../lib/ports.ts';
import { createElection } from '../../../lib/runtime/election.ts';
import { batonMechanism } from '../../../lib/runtime/mechanism/baton.ts';
import { askToLast } from '../shared/ask-to-last.ts';
import { callBack } from '../shared/call-back.ts';
import type { Temper } from '../shared/faults/process-faults.ts';
import { pause } from '../shared/pause.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import { createUserCode } from '../shared/user-code.ts';
import { wayToQueue } from './way.ts';
import { campaignFailed, type Participant, TIMINGS, type World } from './world.ts';

const WORK_FAILED = 'the work failed';

export function startParticipant(world: World, process: SimulatedProcess): Participant {
  const { random, coverage } = world;
  const leave = new AbortController();
  const temper: Temper = { healthy: true, ignoresSignalMs: 0, throws: false };
  const userCode = createUserCode({
    ...{ random, process, hit: coverage.hit },
    abort: () => leave.abort(new Error('asked to leave')),
    callBack() {
      participant.calls += 1;
      return callBack(random, participant).finally(() => {
        participant.calls -= 1;
      });
    },
    takesMsMax: 1.5 * TIMINGS.renewIntervalMs,
  });
  let nonces = 0;
  const election = createElection({
    name: 'e',
    candidatePrefix: 'candidate',
    via: batonMechanism({
      open: () => watched(wayToQueue(world, process), () => participant, world),
    }),
    timings: TIMINGS,
    clock: process.clock,
    random: { nonce: () => `${process.name}.${++nonces}`, unit: random.unit },
    journal: {
      record(event) {
        witness(world, participant, event);
        void userCode.met('journal', event.event);
      },
    },
    async healthy() {
      await userCode.met('healthy');
      return temper.healthy;
    },
  });
  const participant: Participant = {
    ...{ process, temper, userCode, election, leave: leave.signal },
    candidateId: election.candidateId,
    term: undefined,
    hasLeft: false,
    calls: 0,
    terminate: () => leave.abort(new Error('asked to leave')),
  };
  process.enter(() => void leadUntilAsked(world, participant));
  return participant;
}

async function leadUntilAsked(world: World, participant: Participant): Promise<void> {
  const { election, process, leave } = participant;
  while (!leave.aborted) {
    try {
      await election.leadWhile((term) => work(world, participant, term), { signal: leave });
    } catch (error) {
      campaignFailed(world, participant, error);
      await pause(process, world.random.between(100, 1_000), leave);
    }
  }
  world.left(participant);
}

async function work(world: World, participant: Participant, term: Term): Promise<void> {
  const { process, temper, userCode } = participant;
  participant.term = term;
  await userCode.met('work');
  while (!term.signal.aborted) {
    if (temper.throws) throw new Error(WORK_FAILED);
    if (world.random.chance(0.1)) await askToLast(world, process, term);
    await pause(process, TIMINGS.renewIntervalMs, term.signal);
  }
  await pause(process, temper.ignoresSignalMs);
}

/**
 * C1: when a candidate is elected, every other one is over, by the clocks that they themselves
 * read. A candidate that claims a baton counts what it holds by its own clocks too. Nothing is
 * claimed where both of its clocks lied.
 */
function witness(world: World, elected: Participant, event: JournalEvent): void {
  if (event.event === 'lost') world.coverage.hit(`lost: ${event.why}`);
  if (event.event !== 'elected') return;
  const { process, candidateId } = elected;
  world.coverage.hit('elected');
  world.elections.push({ token: event.token, candidateId, by: process.name });
  if (world.bothClocksLied(process)) return;
  for (const other of world.participants) {
    if (other === elected || !other.process.alive || world.bothClocksLied(other.process)) continue;
    const leftMs = other.term?.remainingMs() ?? 0;
    if (leftMs <= 0) continue;
    const detail =
      `${process.name} was elected with token ${event.token} while ${other.process.name} ` +
      `believed to lead ${other.term?.token} for another ${leftMs.toFixed(1)} ms`;
    world.violations.push({ invariant: 'C1', detail });
  }
}

/** L8: nothing is extended for a program that has ended, unless a call of its callbacks still goes on. */
function watched(queue: BatonQueue, of: () => Participant, { violations }: World): BatonQueue {
  return {
    ...queue,
    extend(baton, how) {
      const { hasLeft, calls, process } = of();
      const detail = `${process.name} extends baton ${baton.sequenceNumber}, which nobody holds`;
      if (hasLeft && calls === 0) violations.push({ invariant: 'L8', detail });
      return queue.extend(baton, how);
    },
  };
}
