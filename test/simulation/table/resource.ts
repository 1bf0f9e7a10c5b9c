/**
 * A fenced row that holds a set: the lock-set workload's shared state.
 *
 * A leader takes the set over by a fenced write, adds an element of its own, and writes it back. What is
 * sent is what the package's own fence makes of the write, and what comes back is read by it; between
 * the two lies the way to the table, on which writes are late.
 */
import { TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Fence, fenceOf } from '../../../lib/dynamodb/fence/fence.ts';
import type { SdkClient } from '../../../lib/dynamodb/fence/layered-client.ts';
import { type Plan, planOf } from '../../../lib/dynamodb/fence/plan.ts';
import type { RowWrite } from '../../../lib/dynamodb/fence/stamp.ts';
import { leaseChecked } from '../../../lib/dynamodb/lease-check/lease-check.ts';
import type { Term } from '../../../lib/ports.ts';
import type { Admission } from '../../judge/invariants.ts';
import type { Item } from './expressions.ts';
import { keyOf, type SimulatedTable } from './simulated-table.ts';

/** A set that is never changed, only added to: the newest element and what was there before. */
export type Elements = { readonly element: string; readonly rest: Elements } | undefined;

export function setOf(elements: Elements): ReadonlySet<string> {
  const set = new Set<string>();
  for (let next = elements; next !== undefined; next = next.rest) set.add(next.element);
  return set;
}

export interface Resource {
  readonly admissions: readonly Admission[];
  readonly set: Elements;
  /** The resource as one leader uses it. */
  openFor(leader: Leader): LeadersResource;
}

export interface Leader {
  readonly term: Term;
  readonly by: string;
  readonly client: SdkClient;
  /** A request on its way: carried out when it arrives, answered later. */
  reach(carryOut: () => object): Promise<object>;
}

/** @throws StaleTokenError, or LeadershipLostError under a lease check, from each of them. */
export interface LeadersResource {
  takeOver(): Promise<Elements>;
  write(set: Elements, how: { readonly leaseChecked: boolean }): Promise<void>;
  /** Under a lease check; a tombstone with the stamp stays. */
  remove(): Promise<void>;
}

const TableName = 't';
const UPDATE = 'UpdateItemCommand';

export function createResource(table: SimulatedTable, name: string): Resource {
  const Key: Item = { pk: { S: name }, sk: { S: 'set' } };
  const row = { TableName, Key };
  const added = {
    ...row,
    UpdateExpression: 'SET #newest = :newest',
    ExpressionAttributeNames: { '#newest': 'newest' },
    ExpressionAttributeValues: { ':newest': { S: '' } },
  };
  const admissions: Admission[] = [];
  /** The row has only the newest element's name, as a list's head. */
  const elements = new Map<string, Elements>();
  const setIn = (found: Item | undefined) => elements.get(found?.newest?.S ?? '');

  function openFor(leader: Leader): LeadersResource {
    const { term, by } = leader;
    const stamp = fenceOf(term, {});
    const lease = fenceOf(term, { check: 'lease' });
    const carryOut = (command: object) => () => {
      const answer = table.execute(command);
      admissions.push({ token: term.token, by });
      return answer;
    };
    const send = (plan: Plan, fence: Fence) => sendPlanned({ ...leader, carryOut }, plan, fence);
    const plans = { stamp: planOf(UPDATE, added, stamp), lease: planOf(UPDATE, added, lease) };
    return {
      async takeOver() {
        const raise = planOf(UPDATE, { ...row, ReturnValues: 'ALL_NEW' }, stamp);
        return setIn(((await send(raise, stamp)) as { Attributes?: Item }).Attributes);
      },
      async write(set, how) {
        const newest = set?.element ?? '';
        elements.set(newest, set);
        if (how.leaseChecked) await send(planWith(plans.lease, newest), lease);
        else await send(planWith(plans.stamp, newest), stamp);
      },
      async remove() {
        await send(planOf('DeleteItemCommand', row, lease), lease);
      },
    };
  }

  return {
    admissions,
    get set() {
      return setIn(table.get(keyOf(Key)));
    },
    openFor,
  };
}

/** Planned once for a term, since from write to write only the element's name differs. */
function planWith(plan: Plan, newest: string): Plan {
  const named = (write: RowWrite): RowWrite => ({
    ...write,
    ExpressionAttributeValues: { ...write.ExpressionAttributeValues, ':newest': { S: newest } },
  });
  const { leaseCheck } = plan;
  if (leaseCheck === undefined) return { ...plan, input: named(plan.input as RowWrite) };
  const actions = leaseCheck.actions.map(({ Update: update = {} }) => ({ Update: named(update) }));
  return { ...plan, leaseCheck: { ...leaseCheck, actions } };
}

/** As `fenced()` does: planned before it is sent, and the answer read when it has come back. */
async function sendPlanned(
  leader: Leader & { carryOut(command: object): () => object },
  plan: Plan,
  fence: Fence,
): Promise<object> {
  const { client, reach, carryOut } = leader;
  if (plan.leaseCheck !== undefined) {
    const send = (actions: readonly object[]) =>
      reach(carryOut(new TransactWriteItemsCommand({ TransactItems: actions as never })));
    return leaseChecked({ plan: plan.leaseCheck, fence, client, send });
  }
  try {
    const output = await reach(carryOut(new UpdateItemCommand(plan.input as never)));
    return plan.reveal?.(output) ?? output;
  } catch (error) {
    throw plan.refusal?.(error) ?? error;
  }
}
