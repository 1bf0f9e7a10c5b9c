/**
 * One DynamoDB table in memory: what the package's own commands do to it, atomically, at one instant.
 *
 * Delays, losses and staleness are the network's; this is the store that is always right.
 */
import {
  DeleteItemCommand,
  type DeleteItemCommandInput,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { assertAllUsed, holds, type Item, type Placeholders, updated } from './expressions.ts';

export interface Change {
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** The values of the write; absent where no command made the write. */
  readonly values?: Item | undefined;
}

export interface SimulatedTable {
  /** @throws as DynamoDB would; an unknown command or operator is an error of its own. */
  execute(command: object): object;
  get(key: string): Item | undefined;
  put(key: string, item: Item | undefined): void;
}

export function keyOf(key: Item | undefined): string {
  return `${key?.pk?.S} ${key?.sk?.S}`;
}

export function createSimulatedTable(changed: (change: Change) => void = () => {}): SimulatedTable {
  const items = new Map<string, Item>();

  function put(key: string, after: Item | undefined, values?: Item): void {
    const before = items.get(key);
    if (after === undefined) items.delete(key);
    else items.set(key, after);
    changed({ key, before, after, values });
  }

  /** What a write would make of its row; nothing is changed yet. */
  function judge(write: OneWrite): Judged {
    const { ConditionExpression: condition, UpdateExpression: update = '' } = write;
    const key = keyOf(write.Key ?? write.Item);
    const before = items.get(key);
    const given = placeholdersOf(write);
    assertAllUsed(given, condition ?? '', update);
    const shown = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before : undefined;
    if (condition !== undefined && !holds(condition, before, given)) {
      return { kind: 'refused', item: shown };
    }
    const after = () =>
      write.Item ?? (update === '' ? before : updated(update, before ?? { ...write.Key }, given));
    return { kind: 'admitted', key, after, values: given.values };
  }

  function update(input: UpdateItemCommandInput): object {
    const judged = judge(input);
    if (judged.kind === 'refused') throw conditionFailure(judged.item);
    const { key, values } = judged;
    const after = judged.after();
    put(key, after, values);
    return input.ReturnValues === 'ALL_NEW' ? { Attributes: after } : {};
  }

  function remove(input: DeleteItemCommandInput): object {
    const judged = judge(input);
    if (judged.kind === 'refused') throw conditionFailure(judged.item);
    put(judged.key, undefined, judged.values);
    return {};
  }

  /** All or nothing: every condition is judged before anything is written. */
  function transact(actions: readonly TransactWriteItem[]): object {
    const all = actions.map((action) => judge(writeOf(action)));
    if (all.some(({ kind }) => kind === 'refused')) throw cancellation(all);
    for (const [index, judged] of all.entries()) {
      const action = actions[index];
      if (judged.kind === 'refused' || action?.ConditionCheck !== undefined) continue;
      put(judged.key, action?.Delete ? undefined : judged.after(), judged.values);
    }
    return {};
  }

  return {
    get: (key) => items.get(key),
    put: (key, item) => put(key, item),
    execute(command) {
      if (command instanceof GetItemCommand) return { Item: items.get(keyOf(command.input.Key)) };
      if (command instanceof UpdateItemCommand) return update(command.input);
      if (command instanceof DeleteItemCommand) return remove(command.input);
      if (command instanceof QueryCommand) return queried([...items.values()], command.input);
      if (command instanceof TransactWriteItemsCommand) {
        return transact(command.input.TransactItems ?? []);
      }
      throw new Error(`the simulated table does not know ${command.constructor.name}`);
    },
  };
}

function queried(items: readonly Item[], input: QueryCommandInput): object {
  const given = placeholdersOf(input);
  const found = items
    .filter((item) => holds(input.KeyConditionExpression ?? '', item, given))
    .sort((a, b) => ((a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1));
  if (input.ScanIndexForward === false) found.reverse();
  const from = input.ExclusiveStartKey?.sk?.S;
  // Its row may have been deleted meanwhile.
  const isBeyond = ({ sk }: Item) =>
    from === undefined ||
    (input.ScanIndexForward === false ? (sk?.S ?? '') < from : (sk?.S ?? '') > from);
  const page = found.filter(isBeyond).slice(0, input.Limit);
  const filter = input.FilterExpression;
  const Items = filter === undefined ? page : page.filter((item) => holds(filter, item, given));
  // A page that is full has a next one, which may be empty.
  const last = page.length === input.Limit ? page.at(-1) : undefined;
  return last === undefined ? { Items } : { Items, LastEvaluatedKey: { pk: last.pk, sk: last.sk } };
}

/** The parts of any write that matter here. */
type OneWrite = Pick<
  UpdateItemCommandInput,
  | 'ConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
  | 'ReturnValuesOnConditionCheckFailure'
> & {
  readonly Key?: Item | undefined;
  readonly Item?: Item | undefined;
  readonly UpdateExpression?: string | undefined;
};

type Judged =
  | { readonly kind: 'refused'; readonly item: Item | undefined }
  | {
      readonly kind: 'admitted';
      readonly key: string;
      readonly after: () => Item | undefined;
      readonly values: Item;
    };

function writeOf(action: TransactWriteItem): OneWrite {
  const write = action.Put ?? action.Update ?? action.Delete ?? action.ConditionCheck;
  if (write === undefined) throw new Error('the simulated table knows no such action');
  return write as OneWrite;
}

function placeholdersOf(input: {
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Item | undefined;
}): Placeholders {
  return {
    names: input.ExpressionAttributeNames ?? {},
    values: input.ExpressionAttributeValues ?? {},
  };
}

function conditionFailure(item: Item | undefined): Error {
  const error = new Error('The conditional request failed');
  return Object.assign(error, { name: 'ConditionalCheckFailedException', Item: item });
}

function cancellation(all: readonly Judged[]): Error {
  const CancellationReasons = all.map((judged) =>
    judged.kind === 'refused'
      ? { Code: 'ConditionalCheckFailed', Item: judged.item }
      : { Code: 'None' },
  );
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
  const error = new Error(`Transaction cancelled, please refer cancellation reasons [${codes}]`);
  return Object.assign(error, { name: 'TransactionCanceledException', CancellationReasons });
}
