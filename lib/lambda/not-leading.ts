/**
 * What an invocation that does not lead answers, so that no record is lost.
 *
 * Lambda takes any answer to a batch of records for "all done". So an event with records fails, or
 * names every record as failed where its source supports that.
 */
import { InvalidOptionsError, NotLeadingError } from '../errors.ts';
import type { LeaderOnlySettings } from './leader-only-options.ts';

/** Which records of a batch are to be delivered again. */
export interface BatchItemFailures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Before anything else is done with an event.
 * @throws InvalidOptionsError for a batch where `notLeading` would lose it.
 */
export function refuseSkippedBatch(
  event: unknown,
  { notLeading }: Pick<LeaderOnlySettings, 'notLeading'>,
): void {
  if (notLeading === 'throw' || !isBatch(event)) return;
  if (notLeading === 'skip') {
    throw new InvalidOptionsError([
      'notLeading must be throw or batchItemFailures for an event with records, got skip: a skipped ' +
        'batch counts as done and is lost; choose one of the two',
    ]);
  }
  const allNamed = recordsOf(event)?.every((record) => itemIdentifierOf(record) !== undefined);
  if (allNamed === true) return;
  throw new InvalidOptionsError([
    'notLeading batchItemFailures needs records of SQS, Kinesis or DynamoDB Streams, got an event of ' +
      'another source, which takes any answer for success; choose throw',
  ]);
}

/** @throws NotLeadingError where the caller chose to throw. */
export async function answerOf<E, R>(
  event: E,
  { notLeading, answer, election }: LeaderOnlySettings<E, R>,
): Promise<R | BatchItemFailures | undefined> {
  switch (notLeading) {
    case 'skip':
      return typeof answer === 'function'
        ? await (answer as (event: E) => R | Promise<R>)(event)
        : (answer as R | undefined);
    case 'throw':
      throw new NotLeadingError(election.name);
    case 'batchItemFailures':
      return { batchItemFailures: failuresOf(event) };
  }
}

function failuresOf(event: unknown): BatchItemFailures['batchItemFailures'] {
  return (recordsOf(event) ?? []).flatMap((record) => {
    const itemIdentifier = itemIdentifierOf(record);
    return itemIdentifier === undefined ? [] : [{ itemIdentifier }];
  });
}

interface BatchEvent {
  readonly Records?: unknown;
  readonly eventSource?: unknown;
}

/**
 * Kafka and MQ name their source on the event itself. A skipped batch of theirs would be lost too.
 */
function isBatch(event: unknown): boolean {
  const { Records, eventSource } = (event ?? {}) as BatchEvent;
  return Array.isArray(Records) || typeof eventSource === 'string';
}

function recordsOf(event: unknown): readonly unknown[] | undefined {
  const { Records } = (event ?? {}) as BatchEvent;
  return Array.isArray(Records) ? Records : undefined;
}

interface BatchRecord {
  readonly eventSource?: string;
  readonly messageId?: string;
  readonly kinesis?: { readonly sequenceNumber?: string };
  readonly dynamodb?: { readonly SequenceNumber?: string };
}

function itemIdentifierOf(record: unknown): string | undefined {
  const { eventSource, messageId, kinesis, dynamodb } = (record ?? {}) as BatchRecord;
  if (eventSource === 'aws:sqs') return messageId;
  if (eventSource === 'aws:kinesis') return kinesis?.sequenceNumber;
  return eventSource === 'aws:dynamodb' ? dynamodb?.SequenceNumber : undefined;
}
