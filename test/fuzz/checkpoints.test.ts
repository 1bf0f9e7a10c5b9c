/** Checkpoints that no valid program writes, and states that would come back changed. */
import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../lib/dynamodb/index.ts';
import { isTenureError } from '../../lib/index.ts';
import { termOf } from '../support/fencing-term.ts';
import { type ScriptedCall, scriptedConnection } from '../support/network/scripted-connection.ts';

const RUNS = { numRuns: 300, seed: 11 };
const KNOWN_VERSION = 2;

const attributeValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.record({ S: fc.oneof(fc.string(), fc.json()) }),
  fc.record({ N: fc.constantFrom('0', '1', '2', '3', '-1', '1.5', '1e300', '') }),
  fc.record({ BOOL: fc.boolean() }),
  fc.record({ NULL: fc.constant(true as const) }),
  fc.record({ M: fc.constant<Record<string, AttributeValue>>({}) }),
);
const row = fc.record(
  { checkpoint: attributeValue, schemaVersion: attributeValue, fencingToken: attributeValue },
  { requiredKeys: [] },
);

/** A checkpoint over a table that answers each write so, and the writes that were sent. */
function scripted(answer: (call: ScriptedCall) => object, parse = (state: unknown) => state) {
  const { calls, clientConfig } = scriptedConnection(answer);
  const client = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
  const saved = checkpoint(termOf(5n), {
    client,
    tableName: 'work',
    key: { pk: 'state' },
    schemaVersion: KNOWN_VERSION,
    parse,
  });
  return { calls, saved };
}

const outcomeOf = <T>(promise: Promise<T>) =>
  promise.then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );

describe('a checkpoint as stored', () => {
  it('is a state, or a typed error; then nothing may be saved over it', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(row, async (Attributes) => {
        const { calls, saved } = scripted(() => ({ Attributes }));
        const { error } = await outcomeOf(saved.load());
        if (error === undefined) return;
        refused += 1;
        expect(
          isTenureError(error, 'MALFORMED_DATA') || isTenureError(error, 'UNSUPPORTED_FORMAT'),
          String(error),
        ).toBe(true);
        const { error: unsaved } = await outcomeOf(saved.save({}));
        expect(isTenureError(unsaved, 'INVALID_OPTIONS')).toBe(true);
        expect(calls).toHaveLength(1);
      }),
      RUNS,
    );
    expect(refused).toBeGreaterThan(100);
  });

  const text: AttributeValue = { S: '{}' };
  it.each<[string, Record<string, AttributeValue>, 'MALFORMED_DATA' | 'UNSUPPORTED_FORMAT']>([
    ['no version', { checkpoint: text }, 'MALFORMED_DATA'],
    ['a version in words', { checkpoint: text, schemaVersion: { S: '1' } }, 'MALFORMED_DATA'],
    ['half a version', { checkpoint: text, schemaVersion: { N: '1.5' } }, 'MALFORMED_DATA'],
    ['version 0', { checkpoint: text, schemaVersion: { N: '0' } }, 'MALFORMED_DATA'],
    ['a version below 0', { checkpoint: text, schemaVersion: { N: '-1' } }, 'MALFORMED_DATA'],
    ['a later version', { checkpoint: text, schemaVersion: { N: '3' } }, 'UNSUPPORTED_FORMAT'],
    ['no text', { checkpoint: { N: '1' }, schemaVersion: { N: '1' } }, 'MALFORMED_DATA'],
    ['no JSON', { checkpoint: { S: '{' }, schemaVersion: { N: '1' } }, 'MALFORMED_DATA'],
    ['an empty text', { checkpoint: { S: '' }, schemaVersion: { N: '1' } }, 'MALFORMED_DATA'],
  ])('is refused with %s', async (_what, Attributes, code) => {
    const { error } = await outcomeOf(scripted(() => ({ Attributes })).saved.load());

    expect(isTenureError(error, code), String(error)).toBe(true);
  });

  it('is refused where parse throws, whatever it throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (thrown) => {
        const Attributes = { checkpoint: text, schemaVersion: { N: '1' } };
        const { saved } = scripted(
          () => ({ Attributes }),
          () => {
            throw thrown;
          },
        );
        const { error } = await outcomeOf(saved.load());
        expect(isTenureError(error, 'MALFORMED_DATA')).toBe(true);
      }),
      RUNS,
    );
  });
});

/** What a save of this state sends, as the next leader would load it. */
async function savedAndLoaded(state: unknown) {
  let row: Record<string, AttributeValue> = {};
  const { calls, saved } = scripted(({ input }) => {
    const values = input.ExpressionAttributeValues as Record<string, AttributeValue>;
    const [checkpointed, schemaVersion] = [values[':checkpoint'], values[':schemaVersion']];
    if (checkpointed && schemaVersion) row = { checkpoint: checkpointed, schemaVersion };
    return { Attributes: row };
  });
  await saved.load();
  const { error } = await outcomeOf(saved.save(state));
  return { error, sent: calls.length - 1, back: error ? undefined : await saved.load() };
}

/** `-0` is the one number that JSON changes, and it comes back as 0. */
const withoutMinusZero = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? Object.values(value).every(withoutMinusZero)
    : !Object.is(value, -0);

describe('a state that is saved', () => {
  it('comes back as it was, or is refused with a typed error and not sent', async () => {
    let refused = 0;
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.anything({ withSparseArray: true, withDate: true }),
    );
    await fc.assert(
      fc.asyncProperty(anything.filter(withoutMinusZero), async (state) => {
        const { error, sent, back } = await savedAndLoaded(state);
        if (error === undefined) {
          expect(back).toEqual(state);
          return;
        }
        refused += 1;
        expect(isTenureError(error, 'MALFORMED_DATA'), String(error)).toBe(true);
        expect(sent).toBe(0);
      }),
      RUNS,
    );
    expect(refused).toBeGreaterThan(20);
    expect(refused).toBeLessThan(RUNS.numRuns - 100);
  });

  const deep = (levels: number) => {
    let state: unknown = 1;
    for (let level = 0; level < levels; level += 1) state = [state];
    return state;
  };
  const within: Record<string, unknown> = {};
  within.itself = within;
  const bare = Object.create(Object.create(null) as object) as object;
  const hidden = Object.defineProperty({}, 'hidden', { value: 1 });
  it.each([
    ['nothing', undefined],
    ['an object whose class has no constructor', { bare }],
    ['a symbol as a key', { [Symbol('key')]: 1 }],
    ['a symbol as a key of a list', Object.assign([1], { [Symbol('key')]: 1 })],
    ['a property that is not shown', hidden],
    ['a list with a property', Object.assign([1, 2], { sum: 3 })],
    ['a list with a negative place', Object.assign([1], { '-1': 2 })],
    ['a function', () => 1],
    ['a token', 7n],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['not a number', { n: Number.NaN }],
    ['a hole in a list', new Array(3)],
    ['itself', within],
    ['a hundred thousand levels', deep(100_000)],
    ['a property without a value in a list', [undefined]],
  ])('is not sent where it is, or holds, %s', async (_what, state) => {
    const { error, sent } = await savedAndLoaded(state);

    expect(isTenureError(error, 'MALFORMED_DATA'), String(error)).toBe(true);
    expect(sent).toBe(0);
  });

  it('may be nested for a hundred levels', async () => {
    expect(await savedAndLoaded(deep(100))).toMatchObject({ error: undefined, back: deep(100) });
  });
});
