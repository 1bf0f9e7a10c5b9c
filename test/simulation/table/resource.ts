/**
 * A fenced row that is written without being read: each write replaces what is there, and only the
 * order of the tokens is claimed of it.
 *
 * What is sent is what the package's own fence makes of the write, and what comes back is read by it;
 * between the two lies the way to the table, on which writes are late and come twice.
 */
import { fenceOf } from '../../../lib/dynamodb/fence/fence.ts';
import { type Plan, planOf } from '../../../lib/dynamodb/fence/plan.ts';
import type { RowWrite } from '../../../lib/dynamodb/fence/stamp.ts';
import type { Admission } from '../../judge/invariants.ts';
import type { Item } from './expressions.ts';
import { type Leader, sendingFor, TABLE_NAME } from './fenced-send.ts';
import type { SimulatedTable } from './simulated-table.ts';

export interface Resource {
  readonly admissions: readonly Admission[];
  /** The resource as one leader uses it. */
  openFor(leader: Leader): LeadersResource;
}

/** @throws StaleTokenError, or LeadershipLostError under a lease check, from each of them. */
export interface LeadersResource {
  /** Raises the stamp, and changes nothing else. */
  takeOver(): Promise<void>;
  write(newest: string, how: { readonly leaseChecked: boolean }): Promise<void>;
  /** Under a lease check; a tombstone with the stamp stays. */
  remove(): Promise<void>;
}

const UPDATE = 'UpdateItemCommand';

export function createResource(table: SimulatedTable, name: string): Resource {
  const Key: Item = { pk: { S: name }, sk: { S: 'set' } };
  const row = { TableName: TABLE_NAME, Key };
  const added = {
    ...row,
    UpdateExpression: 'SET #newest = :newest',
    ExpressionAttributeNames: { '#newest': 'newest' },
    ExpressionAttributeValues: { ':newest': { S: '' } },
  };
  const admissions: Admission[] = [];

  function openFor(leader: Leader): LeadersResource {
    const { term } = leader;
    const stamp = fenceOf(term, {});
    const lease = fenceOf(term, { check: 'lease' });
    const send = sendingFor(leader, table, admissions);
    const plans = { stamp: planOf(UPDATE, added, stamp), lease: planOf(UPDATE, added, lease) };
    return {
      async takeOver() {
        const raise = planOf(UPDATE, { ...row, ReturnValues: 'ALL_NEW' }, stamp);
        await send(raise, stamp);
      },
      async write(newest, how) {
        if (how.leaseChecked) await send(planWith(plans.lease, newest), lease);
        else await send(planWith(plans.stamp, newest), stamp);
      },
      async remove() {
        await send(planOf('DeleteItemCommand', row, lease), lease);
      },
    };
  }

  return { admissions, openFor };
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
