/**
 * The way from a process to the replica of its Region, and from there to another Region and back.
 *
 * A strongly consistent call is carried out at one instant, once its replica has reached another; without
 * one it is refused, or never answered. A write that meets one of another Region to the same row is
 * refused with `ReplicatedWriteConflictException`. A call that is under way when its Region is cut off
 * may have been carried out, or not.
 */
import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { FATES as EVERY_FATE, type Fate } from '../shared/faults/call-faults.ts';
import type { SeededRandom } from '../shared/random.ts';
import { EPOCH_MS, type SimulatedProcess } from '../shared/simulated-process.ts';
import type { Item } from '../table/expressions.ts';
import { keyOf } from '../table/simulated-table.ts';
import { HEALS_AT_MS, ROUND_TRIPS_MS } from './setting.ts';
import { hasQuorum, type Network, peersOf, type Region, type World } from './world.ts';

/** Inside a Region, one way. */
const LOCAL_MS = [1, 8] as const;
/** Of the shortest round trip to another Region. */
const JITTER = [0.9, 1.5] as const;
const LATE_MS = [300, 25_000] as const;
/** How long a replica looks for another before it refuses. */
const REFUSES_AFTER_MS = [1, 900] as const;
/** Within the time that work has to settle. */
const RESOURCE_TIMEOUT_MS = 1_500;
/** When a row expires, by the condition of the write: a past term soon, a candidate that has left at once. */
const EXPIRES_AFTER_SECONDS: Readonly<Record<string, number>> = {
  'attribute_exists(#pk)': 900,
  'attribute_exists(#ttl)': -3_600,
};

/** Those of a way. Kills are a fault of a process here, and reads lag by themselves. */
const FATES = EVERY_FATE.filter(({ kills, answer }) => kills === undefined && answer !== 'stale');

interface Call {
  readonly process: SimulatedProcess;
  readonly region: Region;
  /** Of a write: writes of one row from two Regions conflict. */
  readonly row: string | undefined;
  readonly isEventual: boolean;
  readonly carryOut: () => object;
}

type Answer = () => object;
type Answered = (answer: Answer) => void;

/** The world, and what is under way in it: rows that are being written, by the Regions that write them. */
interface Way {
  readonly world: World;
  readonly underWay: Map<string, Region[]>;
}

export function createNetwork(of: () => World): Network {
  const underWay = new Map<string, Region[]>();
  const way = () => ({ world: of(), underWay });
  return {
    clientOf(process, region) {
      const client = {
        send: (command: { input: Input }, { abortSignal }: { abortSignal: AbortSignal }) =>
          new Promise((resolve, reject) => {
            abortSignal.addEventListener('abort', () => reject(abortSignal.reason), { once: true });
            const call = callOf(of(), command, { process, region });
            send(way(), call, (answer) => settle(answer, resolve, reject));
          }),
        config: { region: async () => region.name },
      };
      return client as unknown as DynamoDBClient;
    },

    reach: (process, region, carryOut) =>
      new Promise((resolve, reject) => {
        const { table } = of();
        const late = failing('TimeoutError');
        after(of(), RESOURCE_TIMEOUT_MS, () => process.enter(() => settle(late, resolve, reject)));
        const inRegion = () => table.within(region, carryOut);
        const call = { process, region, row: 'resource', isEventual: false, carryOut: inRegion };
        send(way(), call, (answer) => settle(answer, resolve, reject));
      }),
  };
}

function callOf(
  { table, schedule }: World,
  command: { input: Input },
  { process, region }: { process: SimulatedProcess; region: Region },
): Call {
  const { input } = command;
  const isRead = command instanceof GetItemCommand || command instanceof QueryCommand;
  const isEventual = isRead && input.ConsistentRead !== true;
  const values = input.ExpressionAttributeValues;
  const afterSeconds = EXPIRES_AFTER_SECONDS[input.ConditionExpression ?? ''];
  if (values?.[':ttl'] && afterSeconds !== undefined) {
    // An expiry states the wall clock of the machine, which in a simulation is none of its own.
    const seconds = Math.floor((EPOCH_MS + schedule.nowMs) / 1_000);
    values[':ttl'] = { N: String(seconds + afterSeconds) };
  }
  const carryOut = () =>
    isEventual ? table.executeEventually(region, command) : table.execute(region, command);
  return { process, region, isEventual, carryOut, row: isRead ? undefined : keyOf(input.Key) };
}

function send(way: Way, call: Call, answered: Answered): void {
  const { world } = way;
  const { random } = world;
  const fate = draw(world, call.row !== undefined);
  if (call.region.outages > 0 || fate?.request === 'lost') return;
  const ms = drawn(random, fate?.request === 'late' ? LATE_MS : LOCAL_MS);
  if (call.isEventual) {
    after(world, ms + random.between(...LOCAL_MS), () => look(world, call, fate, answered));
  } else after(world, ms, () => arrive(way, call, fate, answered));
}

function draw(world: World, isWrite: boolean): Fate | undefined {
  const { schedule, random, enabled, callFaultRate, coverage } = world;
  if (schedule.nowMs >= HEALS_AT_MS || !random.chance(callFaultRate)) return undefined;
  const possible = FATES.filter(
    ({ name, strikes }) => enabled.has(name) && (strikes === undefined || isWrite),
  );
  const fate = possible.length === 0 ? undefined : random.pick(possible);
  if (fate !== undefined) coverage.hit(fate.name);
  return fate;
}

/** An eventually consistent read, which asks no other Region; one event for both ways of it. */
function look({ random }: World, call: Call, fate: Fate | undefined, answered: Answered): void {
  if (call.region.outages > 0 || fate?.answer === 'lost') return;
  const answer = fate?.fails ? failing(random.pick(fate.fails.by)) : attempt(call.carryOut);
  call.process.enter(() => answered(answer));
}

/** A strongly consistent call at the replica of its Region. */
function arrive(way: Way, call: Call, fate: Fate | undefined, answered: Answered): void {
  const { world, underWay } = way;
  const { regions, random, coverage } = world;
  const { region, row } = call;
  if (region.outages > 0) return;
  const back = (answer: Answer) =>
    after(world, drawn(random, fate?.answer === 'late' ? LATE_MS : LOCAL_MS), () => {
      if (region.outages > 0 || fate?.answer === 'lost') return;
      call.process.enter(() => answered(answer));
    });
  if (!hasQuorum(regions, region)) {
    coverage.hit('refused by a replica that was cut off');
    const refuse = () => back(failing('InternalServerError'));
    if (random.chance(0.5)) after(world, random.between(...REFUSES_AFTER_MS), refuse);
    return;
  }
  if (fate?.fails?.applied === false) return back(failing(random.pick(fate.fails.by)));
  const others = (row !== undefined && underWay.get(row)) || [];
  if (others.some((other) => other !== region)) {
    coverage.hit('conflict between Regions');
    return back(failing('ReplicatedWriteConflictException'));
  }
  if (row !== undefined) underWay.set(row, [...others, region]);
  after(world, roundTripMs(world, region), () => {
    const left = (row !== undefined && underWay.get(row)) || [];
    left.splice(left.indexOf(region), 1);
    commit(world, call, fate, back);
  });
  if (fate?.twice) {
    after(world, random.between(...LATE_MS), () => commit(world, call, undefined, () => {}));
  }
}

/** At that instant its replica has reached another, or will not. */
function commit(world: World, call: Call, fate: Fate | undefined, back: Answered): void {
  const { regions, random, coverage } = world;
  if (hasQuorum(regions, call.region)) {
    const answer = attempt(call.carryOut);
    return back(fate?.fails ? failing(random.pick(fate.fails.by)) : answer);
  }
  coverage.hit('cut off with a call under way');
  // Another Region may have it already, although this one never heard so.
  if (random.chance(0.5)) attempt(call.carryOut);
  if (random.chance(0.5)) back(failing('InternalServerError'));
}

function roundTripMs({ regions, slowness, random, schedule }: World, region: Region): number {
  const trips = peersOf(regions, region).map(({ name }) => ROUND_TRIPS_MS[region.name][name]);
  const factor = schedule.nowMs < HEALS_AT_MS ? slowness : 1;
  return Math.min(...trips) * factor * random.between(...JITTER);
}

function drawn(random: SeededRandom, [from, to]: readonly [number, number]): number {
  return random.between(from, to);
}

function after({ schedule }: World, ms: number, then: () => void): void {
  schedule.at(schedule.nowMs + ms, then);
}

interface Input {
  readonly Key?: Item;
  readonly ConsistentRead?: boolean;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Record<string, Item[string]>;
}

function settle(
  answer: Answer,
  resolve: (value: object) => void,
  reject: (error: unknown) => void,
): void {
  try {
    resolve(answer());
  } catch (error) {
    reject(error);
  }
}

function attempt(carryOut: () => object): Answer {
  try {
    const value = carryOut();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function failing(name: string): Answer {
  return () => {
    throw Object.assign(new Error('not now'), { name });
  };
}
