/**
 * One fenced command on its way to the simulated table, as `fenced()` sends it over the SDK: planned
 * before it is sent, and its answer read when it has come back.
 */
import { TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attemptsOf } from '../../../lib/dynamodb/fence/attempts.ts';
import type { Fence } from '../../../lib/dynamodb/fence/fence.ts';
import type { SdkClient } from '../../../lib/dynamodb/fence/layered-client.ts';
import type { Plan } from '../../../lib/dynamodb/fence/plan.ts';
import { leaseChecked } from '../../../lib/dynamodb/lease-check/lease-check.ts';
import type { Term } from '../../../lib/ports.ts';
import type { Admission } from '../../judge/invariants.ts';
import type { SimulatedTable } from './simulated-table.ts';

export interface Leader {
  readonly term: Term;
  readonly by: string;
  readonly client: SdkClient;
  /** A request on its way: carried out when it arrives, and again where the way repeats it. */
  reach(carryOut: () => object): Promise<object>;
}

export const TABLE_NAME = 't';

/** Sends what is planned; each time that it is carried out is an admission. */
export function sendingFor(leader: Leader, table: SimulatedTable, admissions: Admission[]) {
  const { term, by, client, reach } = leader;
  const carryOut = (command: object) => () => {
    const answer = table.execute(command);
    admissions.push({ token: term.token, by });
    return answer;
  };
  return async (plan: Plan, fence: Fence): Promise<object> => {
    const attempts = attemptsOf(term);
    if (plan.leaseCheck !== undefined) {
      const send = (actions: readonly object[]) =>
        reach(carryOut(new TransactWriteItemsCommand({ TransactItems: actions as never })));
      return leaseChecked({ plan: plan.leaseCheck, fence, client, attempts, send });
    }
    try {
      const update = new UpdateItemCommand(plan.input as never);
      const output = await attempts.write(() => reach(carryOut(update)));
      return plan.reveal?.(output) ?? output;
    } catch (error) {
      throw plan.refusal?.(error, attempts.outcome) ?? error;
    }
  };
}
