import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timingProblems, withDefaults } from '../../lib/core/time/timing.ts';
import { createElection, type ElectionOptions, InvalidOptionsError } from '../../lib/index.ts';
import { createMemory, manualClock, memoryLease } from '../../lib/testing/index.ts';

const problemsOf = (options: Partial<ElectionOptions>): readonly string[] => {
  try {
    createElection({ name: 'e', via: memoryLease(), ...options });
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems;
    throw error;
  }
  return [];
};

describe('an election', () => {
  test.each<[string, Partial<ElectionOptions>, string]>([
    ['an empty name', { name: '' }, "name must be a text of 1 to 200 characters, got ''"],
    ['a long name', { name: 'x'.repeat(201) }, 'name must have at most 200 characters, got 201'],
    ['a control character', { name: 'a\nb' }, 'name must have no control characters, got "a\\nb"'],
    ['a name that is no text', { name: 7 as never }, 'name must be a text of 1 to 200 characters'],
    ['a misspelt option', { timing: {} } as never, 'option timing is not known'],
    ['a misspelt timing', { timings: { lease: 5 } as never }, 'timing lease is not known'],
    ['no mechanism', { via: undefined as never }, 'via must be what dynamoDbLease() or sqsBaton()'],
    [
      'attributes that are no texts',
      { attributes: { port: 1 as never } },
      'attributes must be texts',
    ],
    [
      'attributes that are long',
      { attributes: { a: 'x'.repeat(300) } },
      'at most 300 bytes as JSON',
    ],
    ['a lease of zero', { timings: { leaseDurationMs: 0 } }, 'leaseDurationMs must be a number'],
    ['a lease of a week', { timings: { leaseDurationMs: 6e8 } }, 'at most 86400000 (a day)'],
    ['a negative rank', { timings: { rank: -1 } }, 'rank must be a number of at least 0, got -1'],
    [
      'no room for a renewal',
      { timings: { marginMs: 9_000 } },
      '9000 + 1000 + 3000 + 1000 = 14000',
    ],
  ])('refuses %s', (_, options, message) => {
    expect(problemsOf(options).join('; ')).toContain(message);
  });

  test('refuses everything that is wrong at once, and does nothing', () => {
    const memory = createMemory();
    const options = { name: '', via: memoryLease(memory), timings: { rank: -1 } };
    expect(problemsOf(options)).toHaveLength(2);
    expect(memory.records.size).toBe(0);
  });

  test('takes any name of 1 to 200 characters without control characters', async () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what is refused is left out here
      return name.length <= 200 && !/[\u0000-\u001f\u007f-\u009f]/.test(name);
    });
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const clock = manualClock();
        const memory = createMemory();
        const term = await createElection({ name, via: memoryLease(memory), clock }).campaign();
        expect(memory.records.get(name)?.token).toBe(1n);
        await term.resign();
      }),
      { numRuns: 100 },
    );
  });
});

test('timings derived from any lease keep every inequality', () => {
  const leases = fc.double({ min: 1_000, max: 86_400_000, noNaN: true });
  fc.assert(
    fc.property(leases, (leaseDurationMs) => {
      expect(timingProblems(withDefaults({ leaseDurationMs }))).toEqual([]);
    }),
  );
});
