import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_PLAN, nextPlan, samePlan } from '../../../lib/core/group/plan/next-plan.ts';
import { successorsOf } from '../../../lib/core/group/plan/ring.ts';
import type { MemberRow, PlanBody } from '../../../lib/core/group/rows.ts';

type State = MemberRow['state'];
const rowOf = (memberId: string, capacity = 1, state: State = 'active'): MemberRow => ({
  ...{ memberId, capacity, state, revision: 'r', closedMs: 0, appliedPlan: 0 },
  ...{ leaseDurationMs: 10_000, renewIntervalMs: 3_000, joinedAtEpochMs: 0, renewedAtEpochMs: 0 },
});
const idOf = (n: number) => `m${n}`;
const countsOf = ({ members, owners }: PlanBody) =>
  members.map((_, member) => owners.filter((owner) => owner === member).length);
const ownerOf = ({ members, owners }: PlanBody, partition: number) =>
  members[owners[partition] ?? -1];
const moved = (before: PlanBody, after: PlanBody) =>
  after.owners.filter((_, p) => {
    const was = ownerOf(before, p);
    return was !== undefined && was !== ownerOf(after, p);
  }).length;

/** Members by number, with whole or broken capacities. */
const membersArb = fc.uniqueArray(
  fc.record({ n: fc.nat(30), capacity: fc.constantFrom(1, 1, 1, 2, 0.5, 3.3) }),
  { minLength: 1, maxLength: 12, selector: ({ n }) => n },
);
const rowsOf = (members: readonly { n: number; capacity: number }[]) =>
  members.map(({ n, capacity }) => rowOf(idOf(n), capacity));
const partitionsArb = fc.integer({ min: 1, max: 80 });
const plan = (input: Partial<Parameters<typeof nextPlan>[0]> & { rows: readonly MemberRow[] }) =>
  nextPlan({ partitions: 10, nowEpochMs: 1_000, ...input });

describe('a plan by count', () => {
  it('gives every member the floor or the ceiling of its share, whatever the plan before was', () => {
    fc.assert(
      fc.property(membersArb, membersArb, partitionsArb, (before, after, partitions) => {
        const previous = plan({ rows: rowsOf(before), partitions });
        const rows = rowsOf(after);
        const next = plan({ rows, partitions, previous });
        const total = rows.reduce((sum, { capacity }) => sum + capacity, 0);
        countsOf(next).forEach((count, member) => {
          const row = rows.find(({ memberId }) => memberId === next.members[member]);
          const share = (partitions * (row?.capacity ?? 0)) / total;
          expect(count).toBeGreaterThanOrEqual(Math.floor(share + 1e-9));
          expect(count).toBeLessThanOrEqual(Math.ceil(share - 1e-9));
        });
      }),
    );
  });

  it('moves as few partitions as any plan with those shares could', () => {
    fc.assert(
      fc.property(membersArb, membersArb, partitionsArb, (before, after, partitions) => {
        const previous = plan({ rows: rowsOf(before), partitions });
        const rows = rowsOf(after);
        const next = plan({ rows, partitions, previous });
        const staying = new Set(next.members);
        const gone = previous.owners.filter((_, p) => !staying.has(ownerOf(previous, p) ?? ''));
        expect(moved(previous, next)).toBe(gone.length + leastMoves(previous, rows, partitions));
      }),
    );
  });

  it('is the plan before where no member came or went', () => {
    fc.assert(
      fc.property(membersArb, membersArb, partitionsArb, (before, after, partitions) => {
        const first = plan({ rows: rowsOf(before), partitions });
        const second = plan({ rows: rowsOf(after), partitions, previous: first });
        const third = plan({ rows: rowsOf(after).reverse(), partitions, previous: second });
        expect(samePlan(second, third)).toBe(true);
      }),
    );
  });

  it('keeps partitions where they are when more are added', () => {
    const rows = [rowOf('a'), rowOf('b')];
    const previous = plan({ rows, partitions: 8 });
    const next = plan({ rows, partitions: 12, previous });

    expect(next.owners.slice(0, 8)).toEqual(previous.owners);
    expect(countsOf(next)).toEqual([6, 6]);
  });

  it('gives a spare the whole share of the member that leaves, and moves nothing else', () => {
    const previous = plan({ rows: [rowOf('a'), rowOf('b'), rowOf('c')] });
    const rows = [rowOf('a', 1, 'leaving'), rowOf('b'), rowOf('c'), rowOf('z', 1, 'spare')];
    const next = plan({ rows, previous });

    expect(next.leavers).toEqual(['a']);
    expect(moved(previous, next)).toBe(countsOf(previous)[0]);
    expect(previous.owners.map((_, p) => ownerOf(previous, p)?.replace('a', 'z'))).toEqual(
      next.owners.map((_, p) => ownerOf(next, p)),
    );
  });

  it('leaves a spare out while no member leaves, and keeps one that a plan has named', () => {
    const previous = plan({ rows: [rowOf('a'), rowOf('b')] });
    const spare = rowOf('z', 1, 'spare');

    expect(plan({ rows: [rowOf('a'), rowOf('b'), spare], previous })).toEqual(previous);
    const promoted = plan({ rows: [rowOf('a'), spare], previous });
    expect(promoted.members).toEqual(['a', 'z']);
    expect(plan({ rows: [rowOf('a'), spare], previous: promoted })).toEqual(promoted);
  });

  it('gives every partition to no member where none is left', () => {
    const next = plan({ rows: [rowOf('a', 1, 'leaving')], previous: plan({ rows: [rowOf('a')] }) });

    expect(next).toMatchObject({ members: [], leavers: ['a'], owners: Array(10).fill(-1) });
  });
});

describe('pins and refusals', () => {
  const rows = [rowOf('a'), rowOf('b'), rowOf('c')];

  it('bind a partition until the pin’s end, and the others share what is left evenly', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(29), { maxLength: 30 }), (partitions) => {
        const pins = partitions.map((partition) => ({
          partition,
          memberId: 'b',
          untilEpochMs: 5_000,
        }));
        const previous = { ...plan({ rows, partitions: 30 }), pins };
        const next = plan({ rows, partitions: 30, previous });
        for (const p of partitions) expect(ownerOf(next, p)).toBe('b');
        const [a = 0, b = 0, c = 0] = countsOf(next);
        expect(Math.abs(a - c)).toBeLessThanOrEqual(1);
        expect(b).toBe(Math.max(10, partitions.length));
        const later = plan({ rows, partitions: 30, previous: next, nowEpochMs: 5_000 });
        expect(later.pins).toEqual([]);
        expect(countsOf(later)).toEqual([10, 10, 10]);
      }),
    );
  });

  it('let a pin to no member close a partition', () => {
    const pins = [{ partition: 4, untilEpochMs: 5_000 }];
    const next = plan({ rows, previous: { ...plan({ rows }), pins } });

    expect(next.owners[4]).toBe(-1);
    expect(countsOf(next).sort()).toEqual([3, 3, 3]);
  });

  it('are forgotten with the member that they name', () => {
    const previous = {
      ...plan({ rows }),
      pins: [{ partition: 1, memberId: 'gone', untilEpochMs: 5_000 }],
      refusals: [{ partition: 2, memberId: 'gone' }],
    };
    expect(plan({ rows, previous })).toMatchObject({ pins: [], refusals: [] });
  });

  it('name another member for a refused partition, with a spread of one still', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(29), { maxLength: 12 }), (partitions) => {
        const previous = plan({ rows, partitions: 30 });
        const refusing = { memberId: 'a', partitions };
        const next = plan({ rows, partitions: 30, previous, refusing });
        for (const p of partitions) expect(ownerOf(next, p)).not.toBe('a');
        expect(countsOf(next)).toEqual([10, 10, 10]);
        expect(plan({ rows, partitions: 30, previous: next })).toEqual(next);
        const again = { memberId: 'a', partitions: [] };
        expect(plan({ rows, partitions: 30, previous: next, refusing: again }).refusals).toEqual(
          [],
        );
      }),
    );
  });

  it('leave a partition to no member where all members refuse it', () => {
    const refusals = rows.map(({ memberId }) => ({ partition: 3, memberId }));
    const next = plan({ rows, previous: { ...EMPTY_PLAN, refusals } });

    expect(next.owners[3]).toBe(-1);
  });
});

describe('a plan by weight', () => {
  const loadsOf = (body: PlanBody, weights: readonly number[]) =>
    body.members.map((_, member) =>
      body.owners.reduce((sum, owner, p) => sum + (owner === member ? (weights[p] ?? 0) : 0), 0),
    );
  const weightsArb = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 20, maxLength: 60 });
  const weighted = (weights: readonly number[], drift = false) => ({
    partitions: weights.length,
    weights: { weightOf: (p: number) => weights[p] ?? 1, drift },
  });

  it('makes the shares as equal as the largest partition allows', () => {
    fc.assert(
      fc.property(weightsArb, fc.integer({ min: 1, max: 6 }), (weights, size) => {
        const rows = Array.from({ length: size }, (_, n) => rowOf(idOf(n)));
        const loads = loadsOf(plan({ rows, ...weighted(weights) }), weights);
        const mean = loads.reduce((a, b) => a + b, 0) / size;
        const gap = Math.max(...loads) - Math.min(...loads);
        expect(gap).toBeLessThanOrEqual(Math.max(mean / 10, 2 * Math.max(...weights)));
      }),
    );
  });

  it('moves nothing for a drift below four tenths, and little above', () => {
    fc.assert(
      fc.property(weightsArb, weightsArb, (weights, drifted) => {
        const rows = [rowOf('a'), rowOf('b'), rowOf('c')];
        const previous = plan({ rows, ...weighted(weights) });
        expect(plan({ rows, previous, ...weighted(weights, true) })).toEqual(previous);
        const later = weights.map((weight, p) => drifted[p] ?? weight);
        const next = plan({ rows, previous, ...weighted(later, true) });
        expect(moved(previous, next)).toBeLessThanOrEqual(Math.ceil(weights.length / 20));
      }),
    );
  });
});

describe('the ring', () => {
  it('puts every member once after every other, and each is the next of exactly one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 20 }), (members) => {
        const next = members.map((memberId) => successorsOf(memberId, members)[0]);
        expect(new Set(next)).toEqual(new Set(members));
        for (const memberId of members) {
          const others = successorsOf(memberId, members);
          expect([...others, memberId].sort()).toEqual([...members].sort());
        }
      }),
    );
  });
});

/** Members above their ceiling must give. So must members above their floor, where all ceilings are taken. */
function leastMoves(previous: PlanBody, rows: readonly MemberRow[], partitions: number): number {
  const total = rows.reduce((sum, { capacity }) => sum + capacity, 0);
  let moves = 0;
  let above = 0;
  let floors = 0;
  for (const { memberId, capacity } of rows) {
    const share = (partitions * capacity) / total;
    const floor = Math.floor(share + 1e-9);
    floors += floor;
    const led = previous.owners.filter((_, p) => ownerOf(previous, p) === memberId).length;
    moves += Math.max(0, led - Math.ceil(share - 1e-9));
    if (led > floor && share - floor > 1e-9) above += 1;
  }
  return moves + Math.max(0, above - (partitions - floors));
}
