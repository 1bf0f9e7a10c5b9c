/**
 * The way from a process to the replica of its Region, and from there to another Region and back.
 *
 * A strongly consistent call is carried out at one instant, once its replica has reached another; without
 * one it is refused, or never answered. A write that meets one of another Region to the same row is
 * refused with `ReplicatedWriteConflictException`. A call that is under way when its Region is cut off
 * may have been carried out, or not.
 */
import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { FATES, type Fate } from '../shared/faults/call-faults.ts';
import { EPOCH_MS, type SimulatedProcess } from '../shared/simulated-process.ts';
import type { Item } from '../table/expressions.ts';
import { keyOf } from '../table/simulated-table.ts';
import { HEALS_AT_MS, ROUND_TRIPS_MS } from './setting.ts';
import { hasQuorum, peersOf, type Region, type World } from './world.ts';

export interface Network {
  clientOf(process: SimulatedProcess, region: Region): DynamoDBClient;
  /** A fenced write on its way; gives up by itself. */
  reach(process: SimulatedProcess, region: Region, carryOut: () => object): Promise<object>;
}

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

interface Call {
  readonly process: SimulatedProcess;
  readonly region: Region;
  /** Of a write: writes of one row from two Regions conflict. */
  readonly row: string | undefined;
  readonly isEventual: boolean;
  readonly carryOut: () => object;
}

type Answer = () => object;

export function createNetwork(world: () => World): Network {
  /** Rows that are being written, by the Regions that write them. */
  const underWay = new Map<string, Region[]>();
  const after = (ms: number, then: () => void) => {
    const { schedule } = world();
    schedule.at(schedule.nowMs + ms, then);
  };
  const between = ([from, to]: readonly [number, number]) => world().random.between(from, to);

  function draw(row: string | undefined, { isWrite }: { isWrite: boolean }): Fate | undefined {
    const { schedule, random, enabled, callFaultRate, coverage } = world();
    if (schedule.nowMs >= HEALS_AT_MS || !random.chance(callFaultRate)) return undefined;
    const possible = FATES.filter(
      ({ name, strikes, kills, answer }) =>
        enabled.has(name) &&
        kills === undefined &&
        answer !== 'stale' &&
        (strikes === undefined || isWrite),
    );
    const fate = possible.length === 0 ? undefined : random.pick(possible);
    if (fate !== undefined) coverage.hit(fate.name);
    return row === undefined && fate?.twice ? undefined : fate;
  }

  function send(call: Call, answered: (answer: Answer) => void): void {
    const fate = draw(call.row, { isWrite: call.row !== undefined });
    if (call.region.outages > 0 || fate?.request === 'lost') return;
    const ms = fate?.request === 'late' ? between(LATE_MS) : between(LOCAL_MS);
    if (call.isEventual) after(ms + between(LOCAL_MS), () => look(call, fate, answered));
    else after(ms, () => arrive(call, fate, answered));
  }

  /** An eventually consistent read, which asks no other Region; one event for both ways of it. */
  function look(call: Call, fate: Fate | undefined, answered: (answer: Answer) => void): void {
    if (call.region.outages > 0 || fate?.answer === 'lost') return;
    const answer = fate?.fails
      ? failing(world().random.pick(fate.fails.by))
      : attempt(call.carryOut);
    call.process.enter(() => answered(answer));
  }

  function arrive(call: Call, fate: Fate | undefined, answered: (answer: Answer) => void): void {
    const { regions, random, coverage } = world();
    const { region, row } = call;
    const back = (answer: Answer) =>
      after(fate?.answer === 'late' ? between(LATE_MS) : between(LOCAL_MS), () => {
        if (region.outages === 0 && fate?.answer !== 'lost')
          call.process.enter(() => answered(answer));
      });
    if (region.outages > 0) return;
    if (!hasQuorum(regions, region)) {
      coverage.hit('refused by a replica that was cut off');
      if (random.chance(0.5))
        after(between(REFUSES_AFTER_MS), () => back(failing('InternalServerError')));
      return;
    }
    if (fate?.fails?.applied === false) return back(failing(random.pick(fate.fails.by)));
    if (row === undefined) return after(roundTripMs(region), () => commit(call, fate, back));
    const others = underWay.get(row) ?? [];
    if (others.some((other) => other !== region)) {
      coverage.hit('conflict between Regions');
      return back(failing('ReplicatedWriteConflictException'));
    }
    underWay.set(row, [...others, region]);
    after(roundTripMs(region), () => {
      const left = underWay.get(row) ?? [];
      left.splice(left.indexOf(region), 1);
      commit(call, fate, back);
    });
    if (fate?.twice) after(between(LATE_MS), () => commit(call, undefined, () => {}));
  }

  function commit(call: Call, fate: Fate | undefined, back: (answer: Answer) => void): void {
    const { regions, random, coverage } = world();
    if (!hasQuorum(regions, call.region)) {
      coverage.hit('cut off with a call under way');
      // Another Region may have it already, although this one never heard so.
      if (random.chance(0.5)) attempt(call.carryOut);
      return random.chance(0.5) ? back(failing('InternalServerError')) : undefined;
    }
    const answer = attempt(call.carryOut);
    back(fate?.fails ? failing(random.pick(fate.fails.by)) : answer);
  }

  function roundTripMs(region: Region): number {
    const { regions, slowness, schedule } = world();
    const trips = peersOf(regions, region).map(({ name }) => ROUND_TRIPS_MS[region.name][name]);
    const factor = schedule.nowMs < HEALS_AT_MS ? slowness : 1;
    return Math.min(...trips) * factor * between(JITTER);
  }

  return {
    clientOf(process, region) {
      const client = {
        send: (command: { input: Input }, { abortSignal }: { abortSignal: AbortSignal }) =>
          new Promise((resolve, reject) => {
            abortSignal.addEventListener('abort', () => reject(abortSignal.reason), { once: true });
            send(callOf(command, process, region), (answer) => settle(answer, resolve, reject));
          }),
        config: { region: async () => region.name },
      };
      return client as unknown as DynamoDBClient;
    },

    reach: (process, region, carryOut) =>
      new Promise((resolve, reject) => {
        const { table } = world();
        after(RESOURCE_TIMEOUT_MS, () =>
          process.enter(() => settle(failing('TimeoutError'), resolve, reject)),
        );
        const inRegion = () => table.within(region, carryOut);
        const call = { process, region, row: 'resource', isEventual: false, carryOut: inRegion };
        send(call, (answer) => settle(answer, resolve, reject));
      }),
  };

  function callOf(command: { input: Input }, process: SimulatedProcess, region: Region): Call {
    const { table, schedule } = world();
    const { input } = command;
    const isRead = command instanceof GetItemCommand || command instanceof QueryCommand;
    const isEventual = isRead && input.ConsistentRead !== true;
    const values = input.ExpressionAttributeValues;
    // An expiry states the wall clock of the machine, which in a simulation is none of its own.
    const seconds = Math.floor((EPOCH_MS + schedule.nowMs) / 1_000);
    const afterSeconds = EXPIRES_AFTER_SECONDS[input.ConditionExpression ?? ''];
    if (values?.[':ttl'] && afterSeconds !== undefined) {
      values[':ttl'] = { N: String(seconds + afterSeconds) };
    }
    const carryOut = () =>
      isEventual ? table.executeEventually(region, command) : table.execute(region, command);
    return { process, region, isEventual, carryOut, row: isRead ? undefined : keyOf(input.Key) };
  }
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
