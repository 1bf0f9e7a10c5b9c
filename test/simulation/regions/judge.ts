/**
 * What must hold over several Regions: one leader at a time, always; a leader wherever two of three are
 * up; home again once it has been back for long enough; and housekeeping that deletes no proof.
 */

import { leaseKeyOf, TERM_PREFIX } from '../../../lib/dynamodb/table/schema.ts';
import type { JournalEvent } from '../../../lib/ports.ts';
import type { Change } from '../table/simulated-table.ts';
import { keyOf } from '../table/simulated-table.ts';
import { ELECTION, HOME, RUN_MS, TIMINGS } from './setting.ts';
import { hasQuorum, type Participant, peersOf, type Region, type World } from './world.ts';

const PROBE_EVERY_MS = 5_000;
/** A few calls that were lost, each given up after a second, and a hand-over under way. */
const SLACK_MS = 20_000;
const BOUND_MS = TIMINGS.leaseDurationMs + TIMINGS.renewIntervalMs + SLACK_MS;
/** For as long at most a candidate lets others go first whose terms ended soon, and remembers that. */
const HOLD_OFF_MS = 10 * TIMINGS.leaseDurationMs;

const { pk, sk } = leaseKeyOf(ELECTION);
const LEASE_KEY = keyOf({ pk: { S: pk }, sk: { S: sk } });

/** What a candidate's journal tells, judged at that instant. */
export function judgeEvent(world: World, participant: Participant, event: JournalEvent): void {
  const { process, region } = participant;
  const { schedule, coverage } = world;
  if (event.event === 'elected') {
    coverage.hit(region.name === HOME ? 'elected at home' : 'elected elsewhere');
    world.say(process.name, `elected in ${region.name} with token ${event.token}`);
    world.elections.push({ ...event, by: process.name });
    measureFailOver(world);
    assertAlone(world, participant, event.token);
  }
  if (event.event === 'lost') {
    coverage.hit(`lost: ${event.why}`);
    world.say(process.name, `lost token ${event.token}: ${event.why}`);
    if (event.why !== 'resigned') participant.lostAtMs = schedule.nowMs;
    if (event.why === 'deposed') assertDeposed(world, participant, event.token);
  }
}

/** A Region is about to be lost. */
export function regionIsLost(world: World, region: Region): void {
  const others = world.regions.filter((other) => other !== region);
  const areWell = others.every((other) => peersOf(world.regions, other).length === 2);
  if (areWell && leaderOf(world)?.region === region) world.leaderLostAtMs = world.schedule.nowMs;
}

function measureFailOver(world: World): void {
  const { leaderLostAtMs, schedule, lastTroubleMs } = world;
  world.leaderLostAtMs = undefined;
  if (leaderLostAtMs === undefined || lastTroubleMs > leaderLostAtMs) return;
  world.failOversMs.push(schedule.nowMs - leaderLostAtMs);
}

/** L3: deposed only by what the table shows. */
function assertDeposed(world: World, { process, candidateId }: Participant, token: bigint): void {
  const { holder, token: recorded } = world.record ?? {};
  if (holder?.S !== candidateId || recorded?.N !== String(token)) return;
  const detail = `${process.name} gave token ${token} up as deposed, and the record has it as holder`;
  world.violations.push({ invariant: 'L3', detail });
}

/** C1: when a candidate is elected, every other one is over, by the clocks that they themselves read. */
function assertAlone(world: World, elected: Participant, token: bigint): void {
  for (const other of world.participants) {
    if (other === elected || !other.process.alive || world.bothClocksLied(other.process)) continue;
    const leftMs = other.term?.remainingMs() ?? 0;
    if (leftMs <= 0) continue;
    const detail =
      `${elected.process.name} was elected with token ${token} while ${other.process.name} ` +
      `believed to lead ${other.term?.token} for another ${leftMs.toFixed(0)} ms`;
    world.violations.push({ invariant: 'C1', detail });
  }
}

/** S2: without the record, or the newest row of its history, a token could be given out again. */
export function judgeDeletions(world: () => World) {
  let newest = '';
  return ({ key, after }: Change): void => {
    if (key === LEASE_KEY) world().record = after;
    const isTerm = key.startsWith(`${pk} ${TERM_PREFIX}`);
    if (after !== undefined) {
      if (isTerm && key > newest) newest = key;
      return;
    }
    const { coverage, violations } = world();
    coverage.hit(isTerm ? 'a term that was deleted' : 'a candidate that was deleted');
    if (key !== LEASE_KEY && key !== newest) return;
    violations.push({ invariant: 'S2', detail: `the leader deleted ${key}` });
  };
}

export function judgeLiveness(world: World): void {
  const { schedule, participants, violations } = world;
  let lastLedMs = 0;

  const probe = (): void => {
    const { nowMs } = schedule;
    if (leaderOf(world) !== undefined) lastLedMs = nowMs;
    const able = participants.filter(
      ({ process, region }) => process.alive && !process.frozen && hasQuorum(world.regions, region),
    );
    const mayWait = able.every(({ lostAtMs = -Infinity }) => nowMs - lostAtMs < 2 * HOLD_OFF_MS);
    const boundMs = BOUND_MS + (mayWait ? HOLD_OFF_MS : 0);
    const quietMs = nowMs - Math.max(lastLedMs, world.lastTroubleMs);
    if (able.length > 0 && quietMs > boundMs) {
      const detail = `nobody leads for ${quietMs} ms at ${nowMs}, though ${able.length} candidates could`;
      violations.push({ invariant: 'L1', detail });
      lastLedMs = nowMs;
    }
    schedule.at(nowMs + PROBE_EVERY_MS, probe);
  };
  schedule.at(PROBE_EVERY_MS, probe);

  // L4: the role has come home.
  schedule.at(RUN_MS - 1, () => {
    const leader = leaderOf(world);
    if (leader?.region.name === HOME) return;
    const detail = `${leader?.process.name ?? 'nobody'} leads in ${leader?.region.name} at the end`;
    violations.push({ invariant: 'L4', detail });
  });
}

function leaderOf({ participants }: World): Participant | undefined {
  return participants.find(({ process, term }) => process.alive && (term?.remainingMs() ?? 0) > 0);
}
