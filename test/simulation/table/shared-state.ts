/**
 * A fenced row that holds a set: the lock-set workload's shared state, kept as a checkpoint keeps it.
 *
 * A leader takes the set over, adds an element of its own, and replaces it. Order among the writes of one
 * term is the package's own register; between it and the table lies the way, on which writes are late
 * and come twice.
 */
import type { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createRegister } from '../../../lib/dynamodb/checkpoint/register.ts';
import { fenceOf } from '../../../lib/dynamodb/fence/fence.ts';
import { planOf } from '../../../lib/dynamodb/fence/plan.ts';
import type { Admission } from '../../judge/invariants.ts';
import type { Item } from './expressions.ts';
import { type Leader, sendingFor, TABLE_NAME } from './fenced-send.ts';
import { keyOf, type SimulatedTable } from './simulated-table.ts';

/** A set that is never changed, only added to: the newest element and what was there before. */
export type Elements = { readonly element: string; readonly rest: Elements } | undefined;

export function setOf(elements: Elements): ReadonlySet<string> {
  const set = new Set<string>();
  for (let next = elements; next !== undefined; next = next.rest) set.add(next.element);
  return set;
}

export interface SharedState {
  readonly admissions: readonly Admission[];
  readonly set: Elements;
  /** As one leader uses it. */
  openFor(leader: Leader): LeadersState;
}

/** @throws StaleTokenError, LeadershipLostError or UnsettledError, or what the way throws. */
export interface LeadersState {
  load(): Promise<Elements>;
  save(set: Elements, how: { readonly leaseChecked: boolean }): Promise<void>;
}

const UPDATE = 'UpdateItemCommand';

export function createSharedState(table: SimulatedTable, name: string): SharedState {
  const Key: Item = { pk: { S: name }, sk: { S: 'set' } };
  const row = { TableName: TABLE_NAME, Key };
  const admissions: Admission[] = [];
  /** The row has only the newest element's name, as a list's head. */
  const elements = new Map<string, Elements>();
  const setIn = (found: Item | undefined) => elements.get(found?.newest?.S ?? '');

  return {
    admissions,
    get set() {
      return setIn(table.get(keyOf(Key)));
    },
    openFor(leader) {
      const stamp = fenceOf(leader.term, {});
      const lease = fenceOf(leader.term, { check: 'lease' });
      const send = sendingFor(leader, table, admissions);
      const raise = planOf(UPDATE, { ...row, ReturnValues: 'ALL_NEW' }, stamp);
      let fence = stamp;
      const register = createRegister({
        ...row,
        takeOver: async () => ((await send(raise, stamp)) as { Attributes?: Item }).Attributes,
        send: ({ input }: UpdateItemCommand) => send(planOf(UPDATE, input, fence), fence),
      });
      return {
        async load() {
          fence = stamp;
          return setIn(await register.load());
        },
        async save(set, how) {
          const newest = set?.element ?? '';
          elements.set(newest, set);
          fence = how.leaseChecked ? lease : stamp;
          await register.replace({ newest: { S: newest } });
        },
      };
    },
  };
}
