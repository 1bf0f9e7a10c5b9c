/**
 * Sends changes to EventBridge in order, and says where sending failed.
 *
 * Decides how many go into one request and what counts as sent. What is not sent is left to the stream,
 * which delivers again from the first failure on.
 */
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { LeaderChange } from './change.ts';

/** EventBridge's ceiling on one PutEvents request. */
const ENTRIES_MAX = 10;

export interface Publication {
  readonly sequenceNumber: string;
  readonly change: LeaderChange;
}

export interface Failure {
  readonly sequenceNumber: string;
  readonly cause: unknown;
}

/** The changes that were sent, in order, and the first that was not; later ones are not tried. */
export async function publish(of: {
  readonly client: EventBridgeClient;
  readonly eventBus: string;
  readonly publications: readonly Publication[];
}): Promise<{ sent: readonly Publication[]; failure?: Failure }> {
  const { publications } = of;
  for (let start = 0; start < publications.length; start += ENTRIES_MAX) {
    const some = publications.slice(start, start + ENTRIES_MAX);
    const failed = await send(of.client, of.eventBus, some);
    if (failed === undefined) continue;
    const { sequenceNumber } = some[failed.index] as Publication;
    const sent = publications.slice(0, start + failed.index);
    return { sent, failure: { sequenceNumber, cause: failed.cause } };
  }
  return { sent: publications };
}

/** The index of the first entry that EventBridge did not take. */
async function send(client: EventBridgeClient, eventBus: string, some: readonly Publication[]) {
  const Entries = some.map(({ change }) => ({
    EventBusName: eventBus,
    Source: 'tenure',
    DetailType: 'tenure: Leader Changed',
    Detail: JSON.stringify(change),
    Resources: [change.tableArn],
  }));
  try {
    const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries }));
    const index = results.findIndex(({ ErrorCode }) => ErrorCode !== undefined);
    return index < 0 ? undefined : { index, cause: results[index] };
  } catch (cause) {
    return { index: 0, cause };
  }
}
