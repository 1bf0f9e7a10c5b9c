/**
 * The judge of a group's chaos on histories that are written down: a sound one, and one broken in each way
 * that it must notice.
 */
import type { DynamoDBRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import { judgeGroup } from './judge.ts';
import type { MemberLine } from './words.ts';

let sequence = 0;

function version(pk: string, sk: string, texts: object, token?: number): DynamoDBRecord {
  sequence += 1;
  const image = Object.entries(texts).map(([name, S]) => [name, { S }]);
  return {
    eventName: 'MODIFY',
    dynamodb: {
      Keys: { pk: { S: pk }, sk: { S: sk } },
      SequenceNumber: String(sequence),
      NewImage: {
        ...Object.fromEntries(image),
        ...(token !== undefined && { token: { N: String(token) } }),
      },
    },
  };
}

const record = (token: number, writtenBy: string, holder?: string) =>
  version('partitions#3#chaos', 'record#00003', { writtenBy, ...(holder && { holder }) }, token);
const gone = (member: string) => version('group#chaos', `member#${member}`, { state: 'gone' });
const line = (worker: string, token: string, atMs: number, untilMs: number): MemberLine => ({
  ...{ event: 'elected', partition: 3, worker, candidateId: worker, token, atMs, untilMs },
});
const violationsOf = (
  versions: readonly DynamoDBRecord[],
  lines: readonly MemberLine[] = [],
): readonly string[] => judgeGroup({ versions, lines }).violations.map(({ detail }) => detail);

it('finds nothing wrong with a hand-over, nor with a take-over from a member that is gone', () => {
  const versions = [
    record(0, 'seed'),
    record(1, 'acquire', 'a'),
    record(1, 'release'),
    record(2, 'acquire', 'b'),
    gone('b'),
    record(3, 'acquire', 'a'),
  ];
  expect(violationsOf(versions, [line('a', '1', 0, 10), line('b', '2', 10, 20)])).toEqual([]);
  expect(judgeGroup({ versions, lines: [] }).seen).toMatchObject({
    'take-overs from members that were gone': 1,
  });
});

it('finds a partition that was taken from a member whose row did not say that it is gone', () => {
  const taken = [
    record(0, 'seed'),
    record(1, 'acquire', 'a'),
    record(2, 'acquire', 'b'),
    gone('a'),
  ];
  expect(violationsOf(taken)).toEqual([
    'partition 3: taken from a, whose row did not say that it is gone',
  ]);
});

it('finds a token that rose by more than one, and a record that was seeded again', () => {
  const versions = [record(0, 'seed'), record(2, 'acquire', 'a'), record(0, 'seed')];
  expect(violationsOf(versions)).toEqual([
    'partition 3: token 0 became 2 by an acquire',
    'partition 3: seeded although it was there',
  ]);
});

it('finds two members that led one partition at once, and does not mind two partitions', () => {
  const both = [line('a', '1', 0, 10), line('b', '2', 5, 20)];
  expect(violationsOf([], both)).toEqual(['b led with 2 5.0 ms before a was over with 1']);
  const apart = [line('a', '1', 0, 10), { ...line('b', '2', 5, 20), partition: 4 }];
  expect(violationsOf([], apart)).toEqual([]);
});
