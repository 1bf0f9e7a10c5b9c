/**
 * What becomes of one call: drawn when it is sent, and carried out when it reaches the store.
 */
import { GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Token } from '../../../lib/core/token.ts';
import type { SimulatedProcess } from '../shared/simulated-process.ts';
import type { Item } from '../table/expressions.ts';
import { keyOf } from '../table/simulated-table.ts';
import { ACCOUNT_ERRORS, CALL_FAULTS, type Fault } from './faults.ts';
import type { NetworkOptions } from './links.ts';

const STALENESS_MS_MAX = 1_500;

export function createFates(options: NetworkOptions) {
  const { schedule, random, storage, plan, coverage, healsAtMs } = options;
  const faultsOfCalls = CALL_FAULTS.filter((fault) => plan.enabled.has(fault));

  function draw(process: SimulatedProcess, command: object): Fault | undefined {
    if (schedule.nowMs >= healsAtMs || faultsOfCalls.length === 0) return undefined;
    if (!random.chance(plan.callFaultRate)) return undefined;
    const fault = random.pick(faultsOfCalls);
    const isRead = command instanceof GetItemCommand;
    if (fault === 'stale-read' && !(isRead && command.input.ConsistentRead === false))
      return undefined;
    if (fault === 'write-twice' && isRead) return undefined;
    coverage.hit(fault);
    if (fault !== 'stale-read' && fault !== 'write-twice') options.trouble(process, fault);
    return fault;
  }

  function execute(
    process: SimulatedProcess,
    command: object,
    fault: Fault | undefined,
  ): () => object {
    if (fault === 'throttled') return failing('ThrottlingException', 'rate exceeded');
    if (fault === 'account-error') return failing(random.pick(ACCOUNT_ERRORS), 'not now');
    if (fault === 'error-before-applying') return failing('InternalServerError', 'not applied');
    if (fault === 'stale-read' && command instanceof GetItemCommand) {
      const instantMs = schedule.nowMs - random.between(0, STALENESS_MS_MAX);
      const item = storage.asOf(keyOf(command.input.Key), instantMs);
      return () => ({ Item: item });
    }
    const result = attempt(process, command);
    if (fault === 'error-after-applying') return failing('InternalServerError', 'applied');
    return result;
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

/** The token of the newest history row that a query showed. */
function newestOf(answer: { readonly Items?: readonly Item[] }): Token {
  return BigInt(answer.Items?.[0]?.token?.N ?? 0);
}

export function failing(name: string, message: string): () => object {
  return () => {
    throw Object.assign(new Error(message), { name });
  };
}
