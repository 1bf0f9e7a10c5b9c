/**
 * Checkpoints under the SDK's own retries, over a network that holds, doubles and loses requests, by
 * leaders that are killed, told to stop, or frozen. An independent judge asks whether each answer was true.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkpoint, checkpoint } from '../../../lib/dynamodb/index.ts';
import { isTenureError } from '../../../lib/index.ts';
import { type Load, registerProblems, type Save } from '../../judge/register.ts';
import { seeded } from '../../simulation/shared/random.ts';
import { type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { termOf } from '../../support/fencing-term.ts';
import { type UnrulyNetwork, unrulyNetwork } from '../../support/network/unruly-network.ts';

const REGISTERS = 8;
const TERMS = 5;
const SAVES_MAX = 14;
const FAULT_RATE = 0.2;

interface State {
  readonly id: string;
}
type History = (Save | Load)[];

let table: FreshTable;
beforeAll(async () => {
  table = await freshTable();
});
afterAll(() => table[Symbol.dispose]());

function clientOver(network: UnrulyNetwork, maxAttempts: number): DynamoDBClient {
  const client = new DynamoDBClient({ ...table.clientConfig, maxAttempts });
  client.config.requestHandler = network.around(client.config.requestHandler);
  return client;
}

/** One leader of one register: loads, saves again and again, and loads again when an outcome is unknown. */
function createLeader(
  by: string,
  about: {
    readonly saved: Checkpoint<State>;
    readonly history: History;
    readonly network: UnrulyNetwork;
  },
) {
  const { saved, history, network } = about;
  let stopped = false;

  async function load(): Promise<State | undefined> {
    const beganMs = performance.now();
    const state = await saved.load();
    const endedMs = performance.now();
    history.push({ kind: 'load', by, found: state?.id, beganMs, endedMs });
    return state;
  }

  async function save(state: State, base: State | undefined): Promise<State> {
    const begun = { kind: 'save', by, id: state.id, builtOn: base?.id } as const;
    const beganMs = performance.now();
    const tell = (told: Save['told']) => {
      const endedMs = told === 'unknown' ? undefined : performance.now();
      history.push({ ...begun, told, beganMs, endedMs });
    };
    try {
      await saved.save(state);
    } catch (error) {
      tell(toldBy(error));
      throw error;
    }
    tell('saved');
    return state;
  }

  return {
    stop() {
      stopped = true;
    },
    /** `reached` is told after each operation. */
    async lead(reached: () => void): Promise<void> {
      let base: State | undefined;
      let isSure = false;
      for (let sequence = 1; !stopped && sequence <= SAVES_MAX; sequence += 1) {
        try {
          if (!isSure) base = await load();
          isSure = true;
          base = await save({ id: `${by}/${sequence}` }, base);
        } catch (error) {
          if (isTenureError(error, 'STALE_TOKEN') || isTenureError(error, 'LEADERSHIP_LOST')) break;
          isSure = false;
        }
        reached();
        await network.tick();
      }
    },
  };
}

function toldBy(error: unknown): Save['told'] {
  if (isTenureError(error, 'STALE_TOKEN') || isTenureError(error, 'LEADERSHIP_LOST')) {
    return error.outcome === 'unknown' ? 'unknown' : 'refused';
  }
  return isTenureError(error, 'UNSETTLED') ? 'refused' : 'unknown';
}

/** Terms one after the other. The old leader is killed, told to stop, or frozen and then goes on. */
async function liveOf(register: string, maxAttempts: number, seed: number): Promise<History> {
  const random = seeded(seed);
  const network = unrulyNetwork(random, FAULT_RATE);
  const history: History = [];
  const led: Promise<void>[] = [];
  for (let token = 1n; token <= TERMS; token += 1n) {
    const client = clientOver(network, maxAttempts);
    const term = termOf(token);
    const saved = checkpoint<State>(term, {
      client,
      tableName: table.tableName,
      key: { pk: register, sk: 'register' },
      schemaVersion: 1,
      parse: (state) => state as State,
    });
    const leader = createLeader(`${register}/${token}`, { saved, history, network });
    let left = Math.ceil(random.between(2, SAVES_MAX));
    await new Promise<void>((resolve) => {
      const reached = () => {
        left -= 1;
        if (left === 0) resolve();
      };
      led.push(leader.lead(reached).finally(resolve));
    });
    const end = random.pick(['killed', 'told', 'frozen'] as const);
    if (end === 'killed') leader.stop();
    if (end === 'told') term.end();
  }
  await Promise.all(led);
  await network.settle();
  return history;
}

async function lastStateOf(register: string): Promise<string | undefined> {
  const row = await table.stored({ pk: { S: register }, sk: { S: 'register' } });
  return (JSON.parse(row?.checkpoint?.S ?? '{}') as Partial<State>).id;
}

describe('the history of checkpoints', () => {
  it.each([
    ['whose SDK tries three times', 3],
    ['whose SDK tries once', 1],
  ])('is linearizable with a client %s', async (_how, maxAttempts) => {
    const registers = Array.from({ length: REGISTERS }, (_, at) => `r${maxAttempts}/${at}`);
    const histories = await Promise.all(
      registers.map((name, at) => liveOf(name, maxAttempts, 100 * maxAttempts + at)),
    );

    const problems: string[] = [];
    const told = { saved: 0, refused: 0, unknown: 0 };
    for (const [index, history] of histories.entries()) {
      problems.push(...registerProblems(history, await lastStateOf(registers[index] ?? '')));
      for (const one of history) if (one.kind === 'save') told[one.told] += 1;
    }
    expect(problems).toEqual([]);
    // Enough saves succeeded and enough failed to make the result mean something.
    expect(told.saved).toBeGreaterThan(100);
    expect(told.unknown).toBeGreaterThan(maxAttempts === 1 ? 20 : 0);
  });
});
