/**
 * The judge of the chaos run on histories that are written down: a sound one, and one broken in each way
 * that it must notice.
 */
import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { WorkerLine } from '../workers/ways.ts';
import { judge } from './judge.ts';

/** Two terms: a leads with 1 from 0 to 100 ms, b with 2 from 150 ms. */
const A = { worker: 'w0', candidateId: 'a', token: '1' };
const B = { worker: 'w1', candidateId: 'b', token: '2' };
const LINES: readonly WorkerLine[] = [
  { ...A, event: 'elected', atMs: 0, untilMs: 100 },
  { ...A, event: 'acknowledged', element: '1/1', atMs: 10, untilMs: 100 },
  { ...B, event: 'elected', atMs: 150, untilMs: 250 },
  { ...B, event: 'acknowledged', element: '2/1', atMs: 160, untilMs: 250 },
];
const VERSIONS: readonly DynamoDBRecord[] = [
  record({ token: 1, holder: 'a', revision: 'r1', writtenBy: 'acquire' }),
  row({ token: 1, by: 'a', elements: ['1/1'] }),
  record({ token: 1, holder: 'a', revision: 'r2', writtenBy: 'renew' }),
  record({ token: 2, holder: 'b', revision: 'r3', writtenBy: 'acquire' }),
  row({ token: 2, by: 'b', elements: ['1/1', '2/1'] }),
];

function record(of: {
  token: number;
  holder: string;
  revision: string;
  writtenBy: string;
}): DynamoDBRecord {
  const Keys = { pk: { S: 'election#chaos' }, sk: { S: 'lease' } };
  const texts = { holder: of.holder, revision: of.revision, writtenBy: of.writtenBy };
  const numbers = { formatVersion: 1, token: of.token, renewedAtEpochMs: 1 };
  const NewImage = {
    ...Object.fromEntries(Object.entries(texts).map(([name, S]) => [name, { S }])),
    ...Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, { N: String(n) }])),
    ...{ leaseDurationMs: { N: '2000' }, renewIntervalMs: { N: '600' }, state: { S: 'leading' } },
  };
  return { eventName: 'MODIFY', dynamodb: { Keys, NewImage } };
}

function row(of: { token: number; by: string; elements: string[] }): DynamoDBRecord {
  const Keys = { pk: { S: 'shared' }, sk: { S: 'page#0' } };
  const { token, by, elements: SS } = of;
  const NewImage = { fencingToken: { N: `${token}` }, takenBy: { S: by }, elements: { SS } };
  return { eventName: 'MODIFY', dynamodb: { Keys, NewImage } };
}

/** Which invariants break once the lines or versions at some place are others. */
function broken(changes: {
  readonly lines?: Readonly<Record<number, Partial<WorkerLine>>>;
  readonly versions?: readonly DynamoDBRecord[];
}): readonly string[] {
  const lines = LINES.map((line, index) => ({ ...line, ...changes.lines?.[index] }));
  const { violations } = judge({ lines, versions: changes.versions ?? VERSIONS });
  return violations.map(({ invariant }) => invariant);
}

describe('the judge of a chaos run', () => {
  it('finds nothing wrong with one leader after the other', () => {
    expect(judge({ lines: LINES, versions: VERSIONS })).toMatchObject({
      violations: [],
      seen: { terms: 2, 'versions of the record': 3, 'additions acknowledged': 2 },
    });
  });

  it('sees two that believed to lead at once', () => {
    expect(broken({ lines: { 2: { atMs: 90 } } })).toEqual(['C1']);
  });

  it('forgives time that was left to a leader whose work had settled', () => {
    const settled: WorkerLine = { ...A, event: 'settled', atMs: 80, untilMs: 100 };
    const lines = LINES.map((line, n) => (n === 2 ? { ...line, atMs: 90 } : line));
    const { violations } = judge({ lines: lines.toSpliced(2, 0, settled), versions: VERSIONS });
    expect(violations).toEqual([]);
  });

  it('sees a later term with a lower token', () => {
    const early = { atMs: -150, untilMs: -50 };
    expect(broken({ lines: { 2: early, 3: early } })).toEqual(['S3']);
  });

  it('sees a token that two led with', () => {
    const twice = { token: '1' };
    expect(broken({ lines: { 2: twice, 3: twice } })).toContain('S2');
  });

  it('sees a row that admits a lower token after a higher one', () => {
    const stale = row({ token: 1, by: 'a', elements: ['1/1', '2/1'] });
    expect(broken({ versions: [...VERSIONS, stale] })).toEqual(['S1']);
  });

  it('sees a write by a candidate that was not elected with the token of the write', () => {
    const stranger = row({ token: 2, by: 'c', elements: ['1/1', '2/1'] });
    expect(broken({ versions: [...VERSIONS, stranger] })).toEqual(['S2']);
  });

  it('sees an acknowledged addition that was lost', () => {
    const without = row({ token: 2, by: 'b', elements: ['1/1'] });
    expect(broken({ versions: [...VERSIONS, without] })).toEqual(['S5']);
  });

  it('sees every version of the record: a token that jumps, a revision that returns', () => {
    const jump = record({ token: 4, holder: 'b', revision: 'r4', writtenBy: 'acquire' });
    expect(broken({ versions: [...VERSIONS, jump] })).toEqual(['S3']);
    const again = record({ token: 2, holder: 'b', revision: 'r1', writtenBy: 'renew' });
    expect(broken({ versions: [...VERSIONS, again] })).toEqual(['S3']);
  });

  it('sees a term that the record never had', () => {
    const withoutB = VERSIONS.filter((_, index) => index !== 3);
    expect(broken({ versions: withoutB })).toEqual(['S2']);
  });

  it('sees that the record was deleted', () => {
    const Keys = { pk: { S: 'election#chaos' }, sk: { S: 'lease' } };
    const gone: DynamoDBRecord = { eventName: 'REMOVE', dynamodb: { Keys } };
    expect(broken({ versions: [...VERSIONS, gone] })).toEqual(['S2']);
  });
});
