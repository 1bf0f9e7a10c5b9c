import { afterEach, expect, test, vi } from 'vitest';
import {
  createElection,
  createGroup,
  type GroupMechanism,
  type GroupOptions,
  groupOperator,
} from '../../../lib/index.ts';
import {
  createGroupRows,
  createMemory,
  createMemoryGroup,
  memoryGroup,
  memoryLease,
} from '../../../lib/testing/index.ts';
import { openHall, untilStopped } from './hall.ts';

afterEach(() => vi.unstubAllEnvs());

const valid: GroupOptions = { name: 'orders', partitions: 4, via: memoryGroup() };
const anyOf = (options: object) => options as Partial<GroupOptions>;

test.each([
  [{ partitions: 0 }, 'partitions must be a whole number from 1 to 10000, got 0'],
  [{ partitions: 10_001 }, 'partitions must be a whole number from 1 to 10000, got 10001'],
  [{ partitions: Number.NaN }, 'got NaN'],
  [{ name: '' }, "name must be a text of 1 to 200 characters, got ''"],
  [{ capacity: 0 }, 'capacity must be a number above 0, got 0'],
  [{ capacity: Number.NaN }, 'capacity must be a number above 0, got NaN'],
  [{ capacity: Number.POSITIVE_INFINITY }, 'got Infinity'],
  [{ weightOf: () => -1 }, 'weightOf must give numbers of at least 0, got -1 for partition 0'],
  [{ weightOf: (p: number) => (p === 2 ? Number.NaN : 1) }, 'got NaN for partition 2'],
  [{ weightOf: 3 }, "weightOf must be a function or 'measured', got 3"],
  [{ timings: { spareMs: -1 } }, 'spareMs must be a number of at least 0, got -1'],
  [{ timings: { rank: 1 } }, 'timing rank of a group is not known'],
  [{ timings: { leaseDurationMs: 1_000, renewIntervalMs: 500 } }, 'at least 3 times'],
  [{ attributes: { url: 'x'.repeat(400) } }, 'attributes must have at most 300 bytes'],
  [{ memberPrefix: 'a\nb' }, 'memberPrefix must have no control characters'],
  [{ partition: 4 }, 'option partition is not known'],
])('refuses %o', (wrong, message) => {
  expect(() => createGroup({ ...valid, ...anyOf(wrong) })).toThrow(message);
});

test('elections and groups each say what they want instead of the other’s mechanism', () => {
  const lease = memoryLease(createMemory());
  expect(() => createGroup({ ...valid, via: lease as never })).toThrow('dynamoDbGroup()');
  expect(() => createElection({ name: 'e', via: valid.via as never })).toThrow('dynamoDbLease()');
});

test('a group that was never created says which command creates it', async () => {
  const group = createGroup({ ...valid, via: memoryGroup() });
  const left = group.leadWhile(untilStopped);
  await expect(left).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(left).rejects.toThrow('run "tenure groups create orders --partitions 4" once');
  await expect(group.observe().next()).rejects.toThrow('was never created');
});

test('a group with fewer partitions than its member was told of is refused, and one with more is not', async () => {
  const { via, clock, join } = await openHall(3);
  const more = createGroup({ ...valid, via, clock }).leadWhile(untilStopped);
  const refused = expect(more).rejects.toThrow(
    'partitions must be at most 3, with which group "orders" was created, got 4',
  );
  await clock.advance(1_000);
  await refused;

  const fewer = join({ partitions: 2 });
  await clock.advance(10_000);
  expect(fewer.leads()).toEqual([0, 1, 2]);
});

test('a group of a later format is refused by a member of an older one', async () => {
  const { clock, rows, join } = await openHall(2);
  if (rows.head !== undefined) rows.head = { ...rows.head, formatVersion: 2 };
  const refused = expect(join().left).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
  await clock.advance(1_000);
  await refused;
});

test('a member in a Lambda function is refused, and watching from one is not', async () => {
  const { via, clock, join } = await openHall(2);
  join();
  await clock.advance(10_000);
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'poller');
  const group = createGroup({ ...valid, partitions: 2, via, clock });
  await expect(group.leadWhile(untilStopped)).rejects.toThrow(
    'lead with makeLeaderOnly of tenure/lambda, one election for each partition, or run members on ECS',
  );
  const { value } = await group.observe().next();
  expect(value?.leaders.size).toBe(2);
});

test('a second membership of the same object is refused', async () => {
  const { clock, join } = await openHall(2);
  const { group } = join();
  await clock.advance(10_000);
  await expect(group.leadWhile(untilStopped)).rejects.toMatchObject({ code: 'BUSY' });
});

test('a load is refused where nothing measures, or where it is no number', async () => {
  const counted = createGroup(valid);
  expect(() => counted.report(0, 1)).toThrow("report needs weightOf: 'measured'");
  const measured = createGroup({ ...valid, weightOf: 'measured' });
  expect(() => measured.report(0, -1)).toThrow('load must be a number of at least 0, got -1');
  expect(() => measured.report(1.5, 1)).toThrow('partition must be a whole number');
});

test('a plan that is missing leaves its members what they lead, and is planned again', async () => {
  const { clock, rows, join } = await openHall(6);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const before = [a.leads(), b.leads()];
  rows.bodies.clear();
  if (rows.head !== undefined) {
    rows.head = { ...rows.head, version: rows.head.version + 1, body: 'lost' };
  }
  await clock.advance(20_000);

  expect([a.leads(), b.leads()]).toEqual(before);
  expect(rows.head?.body).not.toBe('lost');
  const errors = [...a.journal.events, ...b.journal.events].filter(
    ({ event }) => event === 'error',
  );
  expect(errors).toContainEqual(
    expect.objectContaining({ error: expect.objectContaining({ code: 'MALFORMED_DATA' }) }),
  );
});

test('a plan that does not parse leaves its members what they lead, and is planned again', async () => {
  const { clock, rows, via, join } = await openHall(6);
  let unreadable: string | undefined;
  const broken: GroupMechanism = {
    ...via,
    open(group) {
      const store = via.open(group);
      const malformed = { kind: 'body', malformed: new Error('owners: no bytes') } as const;
      return {
        ...store,
        read: async (read, options) =>
          read.kind === 'body' && read.body === unreadable ? malformed : store.read(read, options),
      };
    },
  };
  const [a, b] = [join({ via: broken }), join({ via: broken })];
  await clock.advance(12_000);
  const before = [a.leads(), b.leads()];
  unreadable = 'nonsense';
  if (rows.head !== undefined) {
    rows.head = { ...rows.head, version: rows.head.version + 1, body: unreadable };
  }
  await clock.advance(20_000);

  expect([a.leads(), b.leads()]).toEqual(before);
  expect(rows.head?.body).not.toBe(unreadable);
  expect([...a.journal.events, ...b.journal.events]).toContainEqual(
    expect.objectContaining({
      ...{ event: 'error', group: 'orders' },
      error: expect.objectContaining({ code: 'MALFORMED_DATA' }),
    }),
  );
});

test('a partition is not moved to a member that is gone', async () => {
  const { clock, operator, join } = await openHall(4);
  const [a, b] = [join(), join()];
  await clock.advance(12_000);
  const gone = b.terms[0]?.candidateId ?? '';
  b.stop.abort();
  await clock.advance(12_000);
  const move = operator.move({ partition: 1, to: gone, forMs: 60_000 });
  await expect(move).rejects.toThrow(`member must be one that the newest plan has, got ${gone}`);
  expect(a.leads()).toEqual([0, 1, 2, 3]);
});

test('an operator’s name, number, partition and member are checked', async () => {
  const via = { kind: 'group', open: () => createMemoryGroup(createGroupRows()) } as const;
  expect(() => groupOperator({ name: '', via })).toThrow('name must be');
  const nobody = groupOperator({ name: 'orders', via });
  await expect(nobody.create({ partitions: 0 })).rejects.toThrow('from 1 to 10000, got 0');
  await expect(nobody.look()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(nobody.rebalance()).rejects.toMatchObject({ code: 'NOT_FOUND' });

  const { clock, operator, join } = await openHall(4);
  await expect(operator.create({ partitions: 3 })).rejects.toThrow(
    'partitions must be at least 4, which group "orders" has already, got 3',
  );
  const a = join();
  await clock.advance(10_000);
  const to = [...a.group.leading().values()][0]?.candidateId ?? '';
  await expect(operator.move({ partition: 4, to, forMs: 1_000 })).rejects.toThrow('from 0 to 3');
  await expect(operator.move({ partition: 1, to: 'gone', forMs: 1 })).rejects.toThrow(
    'member must be one that the newest plan has, got gone',
  );
  await expect(operator.resignPartition(2)).rejects.toThrow('nobody else who would lead it');
  expect(await operator.resignMember('gone')).toBe(false);
  expect(await operator.deposeMember('gone')).toEqual({ kind: 'gone' });
});
