/**
 * What becomes of one call: drawn when it is sent, and carried out when it reaches the store.
 */
import { GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Token } from '../../../../lib/core/token.ts';
import { FATES, type Fate } from '../../shared/faults/call-faults.ts';
import type { SimulatedProcess } from '../../shared/simulated-process.ts';
import type { Item } from '../../table/expressions.ts';
import { keyOf } from '../../table/simulated-table.ts';
import type { NetworkOptions } from './links.ts';

const STALENESS_MS_MAX = 1_500;

export function createFates(options: NetworkOptions) {
  const { schedule, random, storage, plan, coverage, healsAtMs } = options;
  const enabled = FATES.filter(({ name }) => plan.enabled.has(name));

  function draw(process: SimulatedProcess, command: object): Fate | undefined {
    if (schedule.nowMs >= healsAtMs || enabled.length === 0) return undefined;
    if (!random.chance(plan.callFaultRate)) return undefined;
    const fate = random.pick(enabled);
    if (!strikes(fate, command)) return undefined;
    coverage.hit(fate.name);
    if (!fate.harmless) options.trouble(process, fate.name);
    return fate;
  }

  function execute(process: SimulatedProcess, command: object, fate?: Fate): () => object {
    if (fate?.answer === 'stale' && command instanceof GetItemCommand) {
      const instantMs = schedule.nowMs - random.between(0, STALENESS_MS_MAX);
      const item = storage.asOf(keyOf(command.input.Key), instantMs);
      return () => ({ Item: item });
    }
    const { fails } = fate ?? {};
    const applied = fails?.applied === false ? undefined : attempt(process, command);
    return fails || !applied ? failing(random.pick(fails?.by ?? []), 'not now') : applied;
  }

  function attempt(process: SimulatedProcess, command: object): () => object {
    try {
      const answer = storage.table.execute(command);
      if (command instanceof QueryCommand) storage.proven.set(process.name, newestOf(answer));
      return () => answer;
    } catch (error) {
      noteRefusal(command, error);
      return () => {
        throw error;
      };
    }
  }

  /** A refusal that carries the write's own nonce is none: an answer that was lost, found again. */
  function noteRefusal(command: object, error: unknown): void {
    if (!(command instanceof UpdateItemCommand)) return;
    const values = command.input.ExpressionAttributeValues ?? {};
    const mine = values[':revision']?.S;
    const found = (error as { Item?: Item }).Item?.revision?.S;
    if (mine !== undefined && mine === found) coverage.hit('own nonce read back');
    else storage.refused(values);
  }

  return { draw, execute, attempt };
}

function strikes(fate: Fate, command: object): boolean {
  const isGet = command instanceof GetItemCommand;
  switch (fate.strikes) {
    case 'writes':
      return !isGet && !(command instanceof QueryCommand);
    case 'eventual-reads':
      return isGet && command.input.ConsistentRead === false;
    case undefined:
      return true;
  }
}

/** The token of the newest history row that a query showed. */
function newestOf(answer: { readonly Items?: readonly Item[] }): Token {
  return BigInt(answer.Items?.[0]?.token?.N ?? 0);
}

export function failing(name: string, message: string): () => object {
  return () => {
    throw Object.assign(new Error(message), { name });
  };
}
