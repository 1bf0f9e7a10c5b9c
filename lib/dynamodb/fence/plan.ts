/**
 * What becomes of each command that goes through a fence, by its name.
 *
 * Decides which commands are fenced, which are read through, which pass and which are refused. An
 * unknown command is refused: one unfenced write would void the fence.
 */
import { type FencedOutcome, NotFenceableError } from '../../errors.ts';
import { type Fence, isLeaseChecked, keepsTombstones, type Row } from './fence.ts';
import { filteringTombstones, type Read, readingMark, visibleRow } from './reads.ts';
import { cancellationOf, refusalOf } from './refusal.ts';
import {
  type RowWrite,
  stampedCheck,
  stampedDelete,
  stampedPut,
  stampedUpdate,
  tombstonePut,
} from './stamp.ts';

/** One command's way through the fence. */
export interface Plan {
  /** What is sent in place of the user's input; the user's is left as it was. */
  readonly input: unknown;
  readonly writes: boolean;
  /** Sent as PutItem whatever the command was. */
  readonly asPut?: boolean | undefined;
  /** The actions of a lease-checked transaction, stamped; the check itself is not among them. */
  readonly leaseCheck?: LeaseCheckedPlan | undefined;
  /** For a read of an index: its name, and the read without what the index may not project. */
  readonly ofIndex?: { readonly index: string; readonly unfiltered: Plan } | undefined;
  readonly reveal?: ((output: object) => object) | undefined;
  readonly refusal?: ((error: unknown, outcome: FencedOutcome) => unknown) | undefined;
}

/** A single write becomes a transaction; a transaction of the user's gets one action more. */
export interface LeaseCheckedPlan {
  readonly from: 'single' | 'transaction';
  readonly actions: readonly Action[];
  /** As the user wrote them, in the same order. */
  readonly own: readonly RowWrite[];
}

/** A user's TransactWriteItems action: exactly one of the four. */
export interface Action {
  readonly Put?: RowWrite | undefined;
  readonly Update?: RowWrite | undefined;
  readonly Delete?: RowWrite | undefined;
  readonly ConditionCheck?: RowWrite | undefined;
}

type Planner = (input: never, fence: Fence) => Plan;

const PLANNERS: Readonly<Record<string, Planner>> = {
  PutItemCommand: (put: RowWrite, fence) => singleWrite({ Put: put }, fence),
  UpdateItemCommand: (update: RowWrite, fence) => singleWrite({ Update: update }, fence),
  DeleteItemCommand: (remove: RowWrite, fence) => singleWrite({ Delete: remove }, fence),
  TransactWriteItemsCommand: transaction,
  GetItemCommand: get,
  BatchGetItemCommand: batchGet,
  TransactGetItemsCommand: transactGet,
  QueryCommand: query,
  ScanCommand: query,
};

const INSTEAD: Readonly<Record<string, string>> = {
  BatchWriteItemCommand:
    'BatchWriteItem takes no conditions; send PutItem and DeleteItem commands, or up to 100 of ' +
    'them as one TransactWriteItems',
  ExecuteStatementCommand: 'PartiQL cannot carry the stamp; send the command that it stands for',
  BatchExecuteStatementCommand: 'PartiQL cannot carry the stamp; send the commands one by one',
  ExecuteTransactionCommand: 'PartiQL cannot carry the stamp; send TransactWriteItems',
};

/** Commands that read no rows of a table and change nothing. */
const PASSES = /^(Describe|List)[A-Za-z]+Command$/;

/** @throws NotFenceableError */
export function planOf(commandName: string, input: unknown, fence: Fence): Plan {
  const planner = Object.hasOwn(PLANNERS, commandName) ? PLANNERS[commandName] : undefined;
  if (planner !== undefined) return planner(input as never, fence);
  if (PASSES.test(commandName)) return { input, writes: false };
  const instead = Object.hasOwn(INSTEAD, commandName) ? INSTEAD[commandName] : undefined;
  throw new NotFenceableError(
    `${commandName} cannot be fenced, and was not sent: ` +
      (instead ?? 'use the client that the fence was made from, and know that nothing guards it'),
  );
}

function singleWrite(action: Action, fence: Fence): Plan {
  const own = writeOf(action);
  const stamped = stampedAction(action, fence);
  if (isLeaseChecked(fence, own.TableName)) {
    refuseValues(own);
    const leaseCheck = { from: 'single', actions: [stamped], own: [own] } as const;
    return { input: own, writes: true, leaseCheck };
  }
  return {
    input: writeOf(stamped),
    writes: true,
    asPut: action.Delete !== undefined,
    refusal: (error, outcome) => refusalOf(error, own, { fence, outcome }),
    reveal: (output) => revealAttributes(output, own, fence),
  };
}

/**
 * As without a fence: no attributes where there was no row, or where only the stamp was updated.
 */
function revealAttributes(
  output: { readonly Attributes?: Row | undefined },
  own: RowWrite,
  fence: Fence,
): object {
  const { Attributes: returned, ...rest } = output;
  const attributes = visibleRow(returned, fence);
  const updatedOnly = own.ReturnValues?.startsWith('UPDATED_') === true;
  const nothing = attributes === undefined || (updatedOnly && Object.keys(attributes).length === 0);
  return nothing ? rest : { ...rest, Attributes: attributes };
}

interface Transaction {
  readonly TransactItems?: readonly Action[] | undefined;
  readonly ReturnItemCollectionMetrics?: string | undefined;
}

function transaction(input: Transaction, fence: Fence): Plan {
  const items = input.TransactItems ?? [];
  const own = items.map(writeOf);
  const actions = items.map((action) => stampedAction(action, fence));
  if (own.some((write) => isLeaseChecked(fence, write.TableName))) {
    refuseValues(input);
    return { input, writes: true, leaseCheck: { from: 'transaction', actions, own } };
  }
  return {
    input: { ...input, TransactItems: actions },
    writes: true,
    refusal: (error, outcome) => cancellationOf(error, own, { fence, outcome }),
  };
}

/** @throws NotFenceableError */
function stampedAction(action: Action, fence: Fence): Action {
  refuseAllButOne(action);
  if (action.Put !== undefined) return { Put: stampedPut(action.Put, fence) };
  if (action.Update !== undefined) return { Update: stampedUpdate(action.Update, fence) };
  if (action.Delete !== undefined) {
    return keepsTombstones(fence, action.Delete.TableName)
      ? { Put: tombstonePut(action.Delete, fence) }
      : { Delete: stampedDelete(action.Delete, fence) };
  }
  if (action.ConditionCheck !== undefined) {
    return { ConditionCheck: stampedCheck(action.ConditionCheck, fence) };
  }
  return {};
}

const OPERATIONS: readonly string[] = ['Put', 'Update', 'Delete', 'ConditionCheck'];

/** A second operation would go unfenced, or be left out without an error. */
function refuseAllButOne(action: Action): void {
  const given = Object.entries(action).flatMap(([name, one]) => (one === undefined ? [] : [name]));
  if (given.length === 1 && OPERATIONS.includes(given[0] ?? '')) return;
  throw new NotFenceableError(
    `an action must be one of ${OPERATIONS.join(', ')}, got ${given.join(' and ') || 'none'}; give ` +
      'each operation an action of its own',
  );
}

/** The user's write behind an action, whichever of the four it is. */
function writeOf(action: Action): RowWrite {
  return action.Put ?? action.Update ?? action.Delete ?? action.ConditionCheck ?? {};
}

/** A transaction returns neither rows nor, through a fence, item collection metrics. */
function refuseValues(own: {
  readonly ReturnValues?: string | undefined;
  readonly ReturnItemCollectionMetrics?: string | undefined;
}): void {
  for (const name of ['ReturnValues', 'ReturnItemCollectionMetrics'] as const) {
    if (own[name] === undefined || own[name] === 'NONE') continue;
    throw new NotFenceableError(
      `${name} must be NONE in a lease-checked write, which is sent as a transaction, got ` +
        `${own[name]}; read the row afterwards, or fence this write by its stamp alone`,
    );
  }
}

function get(read: Read, fence: Fence): Plan {
  return {
    input: readingMark(read, fence),
    writes: false,
    reveal: (output: { Item?: Row | undefined }) => {
      const { Item: found, ...rest } = output;
      const row = visibleRow(found, fence, read);
      return row === undefined ? rest : { ...rest, Item: row };
    },
  };
}

function query(read: Read, fence: Fence): Plan {
  const input = filteringTombstones(read, fence);
  const reading = {
    writes: false,
    reveal: (output: { Items?: readonly Row[] | undefined }) =>
      output.Items === undefined
        ? output
        : { ...output, Items: visibleRows(output.Items, fence, read) },
  };
  if (read.IndexName === undefined || input === read) return { ...reading, input };
  const index = JSON.stringify([read.TableName, read.IndexName, fence.tombstoneAttribute]);
  return { ...reading, input, ofIndex: { index, unfiltered: { ...reading, input: read } } };
}

function visibleRows(rows: readonly Row[], fence: Fence, read: Read | undefined): readonly Row[] {
  return rows.map((row) => visibleRow(row, fence, read)).filter((row) => row !== undefined);
}

function batchGet(input: { RequestItems?: Record<string, Read> }, fence: Fence): Plan {
  const tables = input.RequestItems ?? {};
  const marked = Object.entries(tables).map(([table, read]) => [table, readingMark(read, fence)]);
  return {
    input: { ...input, RequestItems: Object.fromEntries(marked) },
    writes: false,
    reveal: (output: BatchGetOutput) => ({
      ...output,
      ...(output.Responses && {
        Responses: mapValues(output.Responses, (rows, table) =>
          visibleRows(rows, fence, readOf(tables, table)),
        ),
      }),
      ...(output.UnprocessedKeys && {
        UnprocessedKeys: mapValues(output.UnprocessedKeys, (left, table) => ({
          ...readOf(tables, table),
          Keys: left.Keys,
        })),
      }),
    }),
  };
}

interface BatchGetOutput {
  readonly Responses?: Record<string, readonly Row[]> | undefined;
  readonly UnprocessedKeys?: Record<string, { readonly Keys?: unknown }> | undefined;
}

/** A table may be asked for by its ARN and answered for by its name. */
function readOf(tables: Record<string, Read>, table: string): Read | undefined {
  if (Object.hasOwn(tables, table)) return tables[table];
  const arn = Object.keys(tables).find((key) => key.endsWith(`:table/${table}`));
  return arn === undefined ? undefined : tables[arn];
}

function transactGet(input: { TransactItems?: readonly { Get?: Read }[] }, fence: Fence): Plan {
  const reads = (input.TransactItems ?? []).map((item) => item.Get ?? {});
  return {
    input: { ...input, TransactItems: reads.map((read) => ({ Get: readingMark(read, fence) })) },
    writes: false,
    reveal: (output: { Responses?: readonly { Item?: Row | undefined }[] | undefined }) => ({
      ...output,
      Responses: output.Responses?.map(({ Item: found, ...rest }, index) => {
        const row = visibleRow(found, fence, reads[index]);
        return row === undefined ? rest : { ...rest, Item: row };
      }),
    }),
  };
}

function mapValues<T, U>(
  map: Record<string, T>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
