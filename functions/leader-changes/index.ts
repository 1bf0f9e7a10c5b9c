/**
 * Lambda on the lease table's stream: one EventBridge event for each change of leader.
 *
 * The event source filters renewals out; a record that is not a change is passed over here too. The
 * first record that cannot be read or sent is reported, and the stream delivers from there again.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { attributeNamesFromEnvironment, InvalidOptionsError } from '../../lib/index.ts';
import { changeIn } from './change.ts';
import { type Failure, type Publication, publish } from './publish.ts';

const logger = new Logger({ serviceName: 'tenure-leader-changes' });
const eventBus = eventBusOf(process.env);
const attributeNames = attributeNamesFromEnvironment();
const client = new EventBridgeClient({});

export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const { publications, unreadable } = read(event.Records);
  const { sent, failure = unreadable } = await publish({ client, eventBus, publications });
  for (const { change } of sent) logger.info('leader changed', { ...change });
  if (failure === undefined) return { batchItemFailures: [] };
  const { sequenceNumber, cause } = failure;
  logger.error('a change of leader was not sent', { sequenceNumber, cause });
  return { batchItemFailures: [{ itemIdentifier: sequenceNumber }] };
}

/** Reads up to the first record that does not parse: those before it are sent all the same. */
function read(records: readonly DynamoDBRecord[]): {
  publications: readonly Publication[];
  unreadable?: Failure;
} {
  const publications: Publication[] = [];
  for (const record of records) {
    const sequenceNumber = record.dynamodb?.SequenceNumber ?? '';
    try {
      const change = changeIn(record, attributeNames);
      if (change !== undefined) publications.push({ sequenceNumber, change });
    } catch (cause) {
      return { publications, unreadable: { sequenceNumber, cause } };
    }
  }
  return { publications };
}

function eventBusOf({ TENURE_EVENT_BUS: given }: NodeJS.ProcessEnv): string {
  if (given !== undefined && given !== '') return given;
  throw new InvalidOptionsError([
    'TENURE_EVENT_BUS must name an event bus, got nothing; set it to a name or an ARN',
  ]);
}
