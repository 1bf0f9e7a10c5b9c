/** Plans' bodies that no valid program writes: each is read as it is, or refused by a typed error. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NOBODY, type PlanBody } from '../../lib/core/group/rows.ts';
import { decodePlan, encodePlan } from '../../lib/dynamodb/group/stored-plan.ts';
import { isTenureError } from '../../lib/index.ts';

const RUNS = { numRuns: 500, seed: 16 };

const plan: fc.Arbitrary<PlanBody> = fc
  .uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 })
  .chain((members) =>
    fc.record({
      members: fc.constant(members),
      leavers: fc.array(fc.string({ minLength: 1 }), { maxLength: 2 }),
      owners: fc.array(fc.integer({ min: NOBODY, max: members.length - 1 }), { maxLength: 20 }),
      pins: fc.array(
        fc.record({
          partition: fc.nat(20),
          memberId: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
          untilEpochMs: fc.nat(),
        }),
        { maxLength: 2 },
      ),
      refusals: fc.array(
        fc.record({ partition: fc.nat(20), memberId: fc.string({ minLength: 1 }) }),
        { maxLength: 2 },
      ),
    }),
  );

/** The body as the table stores it: the names of the update's values without their colon. */
function stored(body: PlanBody): Record<string, AttributeValue> {
  const values = Object.entries(encodePlan(body));
  return Object.fromEntries(values.map(([name, value]) => [name.slice(1), value]));
}

const attributeValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.record({ S: fc.string() }),
  fc.record({ N: fc.constantFrom('0', '-1', '1e3', 'NaN') }),
  fc.record({ B: fc.uint8Array({ maxLength: 9 }) }),
  fc.record({ NULL: fc.constant(true as const) }),
  fc.record({ L: fc.array(fc.record({ S: fc.string() }), { maxLength: 3 }) }),
  fc.record({ L: fc.constant<AttributeValue[]>([{ M: { partition: { S: 'x' } } }]) }),
);

test('a plan is read as it was written', () => {
  fc.assert(
    fc.property(plan, (body) => {
      expect(decodePlan('orders', stored(body))).toEqual(body);
    }),
    RUNS,
  );
});

test('a plan in which anything is changed or missing is refused, or names members only', () => {
  const names = Object.keys(stored({ ...EMPTY }));
  const change = fc.dictionary(fc.constantFrom(...names), fc.option(attributeValue));
  fc.assert(
    fc.property(plan, change, (body, changes) => {
      const item = { ...stored(body), ...changes };
      const kept = Object.entries(item).flatMap(([name, value]) =>
        value === null ? [] : [[name, value] as const],
      );
      try {
        const { members, owners } = decodePlan('orders', Object.fromEntries(kept));
        expect(owners.every((owner) => owner >= NOBODY && owner < members.length)).toBe(true);
      } catch (error) {
        if (!isTenureError(error, 'MALFORMED_DATA')) throw error;
        expect(error.message).toContain('its members keep what they lead');
      }
    }),
    RUNS,
  );
});

const EMPTY: PlanBody = { members: [], leavers: [], owners: [], pins: [], refusals: [] };
