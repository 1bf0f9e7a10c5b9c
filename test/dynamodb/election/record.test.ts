import { expect, test } from 'vitest';
import { decodeRecord } from '../../../lib/dynamodb/index.ts';

const whole = {
  pk: { S: 'election#e' },
  sk: { S: 'lease' },
  formatVersion: { N: '1' },
  token: { N: '18889999999999999872' },
  holder: { S: 'a' },
  revision: { S: 'r' },
  leaseDurationMs: { N: '10000' },
  renewIntervalMs: { N: '3000.5' },
  renewedAtEpochMs: { N: '1767225600000' },
  state: { S: 'leading' },
  writtenBy: { S: 'renew' },
  attributes: { M: { zone: { S: 'a' } } },
};

test('reads what a holder wrote, with numbers as they are', () => {
  expect(decodeRecord('e', whole)).toEqual({
    formatVersion: 1,
    token: 18889999999999999872n,
    holder: 'a',
    revision: 'r',
    leaseDurationMs: 10_000,
    renewIntervalMs: 3_000.5,
    renewedAtEpochMs: 1_767_225_600_000,
    state: 'leading',
    writtenBy: 'renew',
    attributes: { zone: 'a' },
  });
});

test('a vacancy has no holder, and one that is reserved for no candidate names none', () => {
  const { holder: _, ...vacant } = whole;
  const reserved = { ...vacant, reservedMs: { N: '5' }, reservedFor: { S: '' } };
  expect(decodeRecord('e', reserved)).toMatchObject({ reservedMs: 5 });
  expect(decodeRecord('e', reserved).reservedFor).toBeUndefined();
  expect(decodeRecord('e', reserved).holder).toBeUndefined();
});

test('guesses nothing: each attribute that does not parse is named', () => {
  const wrong = {
    formatVersion: { N: '1.5' },
    token: { N: '-1' },
    holder: { N: '1' },
    revision: { BOOL: true },
    leaseDurationMs: { N: '-1' },
    renewIntervalMs: { S: '3000' },
    renewedAtEpochMs: { N: 'soon' },
    state: { S: 'resting' },
    writtenBy: { S: 'nobody' },
    reservedMs: { S: '5' },
    reservedFor: { N: '5' },
    request: { N: '1' },
    attributes: { M: { zone: { N: '1' } } },
  };
  for (const [name, value] of Object.entries(wrong)) {
    expect(() => decodeRecord('e', { ...whole, [name]: value } as never), name).toThrow(
      `the record of election "e" does not parse at ${name};`,
    );
  }
});

test('ignores a request that it does not know, so that the election goes on', () => {
  expect(decodeRecord('e', { ...whole, request: { S: 'dance' } }).request).toBeUndefined();
});

test('names what is missing', () => {
  expect(() => decodeRecord('e', {})).toThrow('does not parse at formatVersion, token, revision');
});

test('of a later version it reads that it is one, and nothing that may have changed', () => {
  const later = { ...whole, formatVersion: { N: '2' }, state: { S: 'resting' } };
  expect(decodeRecord('e', later)).toMatchObject({ formatVersion: 2, holder: 'a', revision: 'r' });
});
