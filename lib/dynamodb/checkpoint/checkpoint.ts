/**
 * The state that one leader leaves for the next.
 *
 * Decides how the state is taken over. `load` is itself a fenced write: it raises the row's stamp
 * to this term's token and returns the row. From then on no older leader can change the row, so
 * what is built on it loses nothing. A plain read would leave a gap. An older leader's write that
 * lands between the read and the first save would be overwritten, though it was acknowledged.
 * `register.ts` decides how the saves of one term keep their order.
 */
import {
  type AttributeValue,
  GetItemCommand,
  type GetItemCommandOutput,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { InvalidOptionsError, MalformedDataError } from '../../errors.ts';
import {
  type FenceOptions,
  type FencingTerm,
  fenceOf,
  isLeaseChecked,
  type Row,
} from '../fence/fence.ts';
import { fenced } from '../fence/fenced-write.ts';
import type { SdkClient } from '../fence/layered-client.ts';
import { type StateFormat, stateFrom, stateText } from './checkpoint-state.ts';
import { createRegister } from './register.ts';

/** What `checkpoint` takes. */
export interface CheckpointOptions<T> extends StateFormat<T> {
  /** An unfenced client: the checkpoint fences it. */
  readonly client: SdkClient;
  readonly tableName: string;
  /** The row of this checkpoint, all key attributes. One row belongs to one election. */
  readonly key: Readonly<Record<string, string | number>>;
  /**
   * As for `fenced`. With a lease check, `load` costs a strongly consistent read more. Default: a
   * stamp.
   */
  readonly fence?: FenceOptions | undefined;
}

/** State that one term saves and the next takes over, in one fenced row. */
export interface Checkpoint<T> {
  /**
   * Takes the state over: raises the stamp, then returns the state saved last, `undefined` where
   * there is none. No earlier write of this term, answered or not, changes the state after that.
   * Costs a write of the row's size; after a save without an answer, two.
   * @throws StaleTokenError, LeadershipLostError, MalformedDataError, UNSUPPORTED_FORMAT
   */
  load(): Promise<T | undefined>;
  /**
   * Replaces the state that was last loaded or saved here, and no other. Takes plain JSON, nested
   * 500 deep at most. Call `load` first in the same term: a state that was not taken over may not
   * be replaced. A save that rejects with anything but MalformedDataError or TooLargeError may have
   * been applied, so the next save needs a `load` before it. Saves run one at a time: a save called
   * meanwhile waits.
   * @throws StaleTokenError, LeadershipLostError, MalformedDataError, TooLargeError; UnsettledError
   * after a save without an answer, and where other code of this term has saved.
   */
  save(state: T): Promise<void>;
}

const NAMES = { state: 'checkpoint', version: 'schemaVersion' } as const;

/** @throws InvalidOptionsError */
export function checkpoint<T>(term: FencingTerm, options: CheckpointOptions<T>): Checkpoint<T> {
  refuseInvalid(options);
  const { client, tableName: TableName, schemaVersion, fence = {} } = options;
  const Key = keyOf(options.key);
  const leader = fenced(client, term, fence);
  const send = leader.send.bind(leader) as unknown as Send;
  const isChecked = isLeaseChecked(fenceOf(term, fence), TableName);
  const register = createRegister({ TableName, Key, takeOver, send });
  const inTurn = oneAtATime();
  let isLoaded = false;

  async function takeOver(): Promise<Row | undefined> {
    if (!isChecked) {
      const raise = new UpdateItemCommand({ TableName, Key, ReturnValues: 'ALL_NEW' });
      return (await send(raise)).Attributes;
    }
    // A transaction returns nothing. Reading after it is safe: the stamp is raised already.
    await send(new UpdateItemCommand({ TableName, Key }));
    return (await send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
  }

  return {
    load: () =>
      inTurn(async () => {
        isLoaded = false;
        const state = stateIn(await register.load(), options);
        isLoaded = true;
        return state;
      }),
    save: (state) =>
      inTurn(async () => {
        if (!isLoaded) {
          throw new InvalidOptionsError([
            'save() must come after load() in the same term, else it would replace a state that was ' +
              'not taken over; call load() first',
          ]);
        }
        await register.replace({
          [NAMES.state]: { S: stateText(state) },
          [NAMES.version]: { N: `${schemaVersion}` },
        });
      }),
  };
}

/** Two saves at once would replace the same state, and one of them would be refused. */
function oneAtATime(): <R>(act: () => Promise<R>) => Promise<R> {
  let free: Promise<unknown> = Promise.resolve();
  return (act) => {
    const mine = free.then(act);
    free = mine.catch(() => undefined);
    return mine;
  };
}

interface Send {
  (command: UpdateItemCommand): Promise<UpdateItemCommandOutput>;
  (command: GetItemCommand): Promise<GetItemCommandOutput>;
}

function stateIn<T>(row: Row | undefined, options: CheckpointOptions<T>): T | undefined {
  const state = row?.[NAMES.state];
  if (state === undefined) return undefined;
  const schemaVersion = Number(row?.[NAMES.version]?.N);
  const resource = `table "${options.tableName}", key ${JSON.stringify(options.key)}`;
  if (state.S === undefined || !Number.isInteger(schemaVersion) || schemaVersion < 1) {
    throw new MalformedDataError(
      `the row at ${resource} holds no checkpoint: attributes ${Object.values(NAMES).join(' and ')} ` +
        'must be a string and a whole number from 1; give the checkpoint a row of its own',
    );
  }
  return stateFrom({ text: state.S, schemaVersion, resource }, options);
}

function keyOf(key: Readonly<Record<string, string | number>>): Row {
  const entries = Object.entries(key).map(([name, value]): [string, AttributeValue] => [
    name,
    typeof value === 'number' ? { N: `${value}` } : { S: value },
  ]);
  return Object.fromEntries(entries);
}

function refuseInvalid<T>({ schemaVersion, key }: CheckpointOptions<T>): void {
  const problems: string[] = [];
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1) {
    problems.push(
      `schemaVersion must be a whole number of at least 1, got ${schemaVersion}; count from 1`,
    );
  }
  if (Object.keys(key).length === 0) {
    problems.push('key must name the row, got no attribute; give every key attribute of the table');
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
}
