/**
 * One DynamoDB table in memory: what the package's own commands do to it, atomically, at one instant.
 *
 * Delays, losses and staleness are the network's; this is the store that is always right.
 */
import {
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { assertAllUsed, holds, type Item, type Placeholders, updated } from './expressions.ts';

export interface Change {
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** The values of the write; absent where nobody wrote by a command. */
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

  function update(input: UpdateItemCommandInput): object {
    const key = keyOf(input.Key);
    const before = items.get(key);
    const given = placeholdersOf(input);
    const { ConditionExpression: condition, UpdateExpression: update = '' } = input;
    assertAllUsed(given, condition ?? '', update);
    if (condition !== undefined && !holds(condition, before, given)) {
      throw conditionFailure(
        input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before : undefined,
      );
    }
    const after = updated(update, before ?? { ...input.Key }, given);
    put(key, after, given.values);
    return input.ReturnValues === 'ALL_NEW' ? { Attributes: after } : {};
  }

  function query(input: QueryCommandInput): object {
    const given = placeholdersOf(input);
    const found = [...items.values()]
      .filter((item) => holds(input.KeyConditionExpression ?? '', item, given))
      .sort((a, b) => ((a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1));
    if (input.ScanIndexForward === false) found.reverse();
    return { Items: found.slice(0, input.Limit) };
  }

  return {
    get: (key) => items.get(key),
    put: (key, item) => put(key, item),
    execute(command) {
      if (command instanceof GetItemCommand) return { Item: items.get(keyOf(command.input.Key)) };
      if (command instanceof UpdateItemCommand) return update(command.input);
      if (command instanceof QueryCommand) return query(command.input);
      throw new Error(`the simulated table does not know ${command.constructor.name}`);
    },
  };
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
