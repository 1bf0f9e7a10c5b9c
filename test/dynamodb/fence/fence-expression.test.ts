/** Expression texts, read and merged without a store. */
import { describe, expect, test } from 'vitest';
import {
  attributesIn,
  freshStem,
  parenthesized,
  replacePaths,
  withAction,
} from '../../../lib/dynamodb/fence/expression.ts';

describe('the attributes of an expression', () => {
  test.each([
    ['attribute_exists(a) AND NOT b.c[0].#d = :v', ['a', 'b']],
    ['#x in (:a,:b) or size (#y.#z) between :a and :b', ['named', '#y']],
    ['contains(größe, :v)', ['größe']],
    [
      'SET a = if_not_exists(b, :zero) + :one REMOVE c[2] ADD d :v DELETE e :v',
      ['a', 'b', 'c', 'd', 'e'],
    ],
    ['a . b = c [ 0 ]', ['a', 'c']],
    ['', []],
  ])('are what its paths start from: %s', (text, attributes) => {
    expect([...attributesIn(text, { '#x': 'named' })]).toEqual(attributes);
  });
});

describe('a replaced path', () => {
  test('takes its whole length, equal ones alike and different ones apart', () => {
    const replaced = replacePaths('pk = :v OR size(pk) > :n AND #k.x <> m.pk AND pk.y = pk', {
      names: { '#k': 'pk' },
      attributes: new Set(['pk']),
      replacement: (distinct) => `#absent${distinct}`,
    });
    expect(replaced).toBe(
      '#absent0 = :v OR size(#absent0) > :n AND #absent1 <> m.pk AND #absent2 = #absent0',
    );
  });
});

describe('parentheses', () => {
  test.each([
    ['a = :v', '(a = :v)'],
    ['(a = :v)', '(a = :v)'],
    [' (a = :v) ', '(a = :v)'],
    ['(a = :v) OR (b = :v)', '((a = :v) OR (b = :v))'],
    ['(a = :v OR (b = :v))', '(a = :v OR (b = :v))'],
  ])('are put around once: %s', (text, expected) => {
    expect(parenthesized(text)).toBe(expected);
  });
});

describe('an action', () => {
  const set = { clause: 'SET', action: '#f = :t' } as const;
  test.each([
    [undefined, 'SET #f = :t'],
    ['SET a = :v', 'SET #f = :t, a = :v'],
    ['remove a set b = :v', 'remove a set #f = :t, b = :v'],
    ['REMOVE #set', 'REMOVE #set SET #f = :t'],
    ['ADD n :set', 'ADD n :set SET #f = :t'],
    ['SET#set=:set', 'SET #f = :t,#set=:set'],
  ])('goes first into its clause, or makes one: %s', (expression, expected) => {
    expect(withAction(expression, set)).toBe(expected);
  });
});

test('a stem begins no placeholder that is there', () => {
  expect(freshStem(undefined, {})).toBe('tenure');
  const stem = freshStem({ '#tenureFence': 'a' }, { ':tenure_': 1 });
  expect(['tenureFence', 'tenure_'].some((taken) => taken.startsWith(stem))).toBe(false);
});
