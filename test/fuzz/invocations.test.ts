/** Unexpected events in an invocation that does not lead: no event counts as done that was not done. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTenureError } from '../../lib/index.ts';
import { type LeaderOnlyOptions, makeLeaderOnly } from '../../lib/lambda/index.ts';
import { invocations } from '../lambda/invocations.ts';

const RUNS = { numRuns: 500, seed: 11 };

const id = fc.oneof(fc.string(), fc.constantFrom(null, undefined, 7));
const record = fc.oneof(
  fc.record(
    {
      eventSource: fc.constantFrom('aws:sqs', 'aws:kinesis', 'aws:dynamodb', 'aws:s3', 7),
      messageId: id,
      kinesis: fc.oneof(fc.record({ sequenceNumber: id }), fc.constantFrom(null, 'x')),
      dynamodb: fc.oneof(fc.record({ SequenceNumber: id }), fc.constantFrom(null, 'x')),
    },
    { requiredKeys: ['eventSource'] },
  ),
  fc.anything(),
);
const event = fc.oneof(
  { weight: 3, arbitrary: fc.record({ Records: fc.array(record, { maxLength: 3 }) }) },
  fc.record({ eventSource: fc.string(), records: fc.anything() }),
  fc.record({ Records: fc.anything() }),
  fc.anything(),
);

/** What an invocation beside a leader makes of this event. */
async function standby() {
  const { election, context, invoke } = invocations();
  await election().campaign();
  const worked: unknown[] = [];
  return {
    worked,
    async answer(given: unknown, notLeading: LeaderOnlyOptions['notLeading']) {
      const options = { election: election(), notLeading } as never;
      const handler = makeLeaderOnly((one) => void worked.push(one), options);
      return invoke(handler(given as never, context())).then(
        (value: unknown) => ({ value, error: undefined }),
        (error: unknown) => ({ value: undefined, error }),
      );
    },
  };
}

const isBatch = (given: unknown) =>
  Array.isArray((given as { Records?: unknown } | null | undefined)?.Records);

describe('an invocation that does not lead', () => {
  it('never lets a batch count as done, whatever is in it', async () => {
    const { answer, worked } = await standby();
    const seen = { answered: 0, reported: 0, refused: 0 };
    const choice = fc.constantFrom('skip', 'throw', 'batchItemFailures', undefined);
    await fc.assert(
      fc.asyncProperty(event, choice, async (given, notLeading) => {
        const { value, error } = await answer(given, notLeading);
        if (error !== undefined) {
          seen.refused += 1;
          const typed = ['INVALID_OPTIONS', 'NOT_LEADING'] as const;
          expect(
            typed.some((code) => isTenureError(error, code)),
            String(error),
          ).toBe(true);
          return;
        }
        expect(notLeading).not.toBe('throw');
        if (notLeading !== 'batchItemFailures') {
          seen.answered += 1;
          expect(isBatch(given), 'a batch was skipped').toBe(false);
          return;
        }
        seen.reported += 1;
        const { batchItemFailures } = value as { batchItemFailures: unknown[] };
        const records = isBatch(given) ? (given as { Records: unknown[] }).Records : [];
        expect(batchItemFailures).toHaveLength(records.length);
      }),
      RUNS,
    );
    expect(worked).toEqual([]);
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
  });
});
