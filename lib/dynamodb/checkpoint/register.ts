/**
 * One row as a register that is only replaced from a known state: compare-and-set by an id.
 *
 * Decides in which order the writes of one term take effect. The token alone cannot: all attempts
 * of a term carry the same token. The first attempt of a save may land after its retry, and after
 * later saves. So each state has an id that never comes back, and each write demands the id of the
 * state that it replaces. A late write finds another id. The next `load` settles a save without an
 * answer: it changes the id where that save might still land. Assumes that every writer of the row
 * uses this module, and that a fence keeps the terms apart.
 */
import { randomUUID } from 'node:crypto';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { UnsettledError } from '../../errors.ts';
import type { Row } from '../fence/fence.ts';

export interface RegisterOptions {
  readonly TableName: string;
  readonly Key: Row;
  /** Raises the row's stamp and returns the row, by a fenced write that may be repeated. */
  readonly takeOver: () => Promise<Row | undefined>;
  /** Sends a fenced write. */
  readonly send: (update: UpdateItemCommand) => Promise<unknown>;
}

export interface Register {
  /** The row, once no earlier write can change it any more. */
  load(): Promise<Row | undefined>;
  /**
   * Replaces the state that was last loaded or replaced here.
   * @throws UnsettledError where that is not what the row has, or where it is not known.
   */
  replace(state: Row): Promise<void>;
}

/** Where a row keeps the id of its state. */
export const STATE_ID = 'checkpointId';

/** A state by its id; `undefined` before the first save. */
interface State {
  readonly id: string | undefined;
}

export function createRegister(options: RegisterOptions): Register {
  const { TableName, Key, takeOver, send } = options;
  /** The state that the next save replaces. */
  let base: State | undefined;
  /** The state that writes without an answer demand. While the row has it, they may still land. */
  let open: State | undefined;

  /** Replaces the state `from` by one of the id `id`. Resolves to the row where it has another state. */
  async function compareAndSet(from: State, id: string, state: Row): Promise<Refused | undefined> {
    try {
      await send(updateOf({ TableName, Key }, { from, id, state }));
      return undefined;
    } catch (error) {
      const refused = refusedBy(error);
      // The row already has this write's id: an earlier attempt was applied.
      if (refused !== undefined && idIn(refused.row) === id) return undefined;
      if (refused !== undefined) return refused;
      open = from;
      throw error;
    }
  }

  /** Gives the same state another id, so that no write that demands the old id can land. */
  async function settled(row: Row | undefined): Promise<Row | undefined> {
    const id = randomUUID();
    const refused = await compareAndSet({ id: idIn(row) }, id, {});
    return refused === undefined ? { ...row, [STATE_ID]: { S: id } } : refused.row;
  }

  return {
    async load() {
      base = undefined;
      const found = await takeOver();
      const row = open !== undefined && open.id === idIn(found) ? await settled(found) : found;
      open = undefined;
      base = { id: idIn(row) };
      return row;
    },
    async replace(state) {
      const from = base;
      if (from === undefined) throw new UnsettledError(NOT_KNOWN);
      base = undefined;
      const id = randomUUID();
      const refused = await compareAndSet(from, id, state);
      if (refused !== undefined) throw new UnsettledError(NOT_THAT);
      base = { id };
    },
  };
}

const NOT_KNOWN =
  'a save before this one had no answer, so that the state to build on is not known, and this one was ' +
  'not sent; call load() and build on what it returns';
const NOT_THAT =
  'the checkpoint is no longer the one that was loaded or saved here: other code of this term saves ' +
  'it too; this save has changed nothing; keep one checkpoint object a term, and call load() again';

function updateOf(
  row: Pick<RegisterOptions, 'TableName' | 'Key'>,
  { from, id, state }: { readonly from: State; readonly id: string; readonly state: Row },
): UpdateItemCommand {
  const names = Object.keys(state);
  const changes = ['#id = :id', ...names.map((name) => `#${name} = :${name}`)];
  // Absent: nothing was saved yet. Equal: nothing was saved since. Otherwise this write would undo
  // a later state.
  const unchanged = from.id === undefined ? 'attribute_not_exists(#id)' : '#id = :from';
  return new UpdateItemCommand({
    ...row,
    UpdateExpression: `SET ${changes.join(', ')}`,
    ConditionExpression: unchanged,
    ExpressionAttributeNames: {
      '#id': STATE_ID,
      ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: {
      ':id': { S: id },
      ...(from.id === undefined ? {} : { ':from': { S: from.id } }),
      ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`:${name}`, value])),
    },
    // The old row tells a lost answer of this code from another writer's state.
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
}

/** The row that a failed condition found. */
interface Refused {
  readonly row: Row | undefined;
}

function refusedBy(error: unknown): Refused | undefined {
  const { name, Item } = error as { readonly name?: unknown; readonly Item?: Row };
  return name === 'ConditionalCheckFailedException' ? { row: Item } : undefined;
}

function idIn(row: Row | undefined): string | undefined {
  return row?.[STATE_ID]?.S;
}
