/**
 * A local EventBridge: takes PutEvents, keeps the events, and refuses those that a test tells it to refuse.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SentEvent {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

export interface EventBridge extends AsyncDisposable {
  readonly endpoint: string;
  /** The events that were accepted, in order. */
  readonly events: SentEvent[];
  /** Asked for each entry; an error code refuses it. */
  refuse: (event: SentEvent) => string | undefined;
  /** The status of each answer; anything but 200 fails the whole request. */
  status: number;
}

export async function startEventBridge(): Promise<EventBridge> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.statusCode = bus.status;
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString()) as { Entries: SentEvent[] };
    response.end(
      JSON.stringify(bus.status === 200 ? take(Entries) : { __type: 'InternalFailure' }),
    );
  });
  const bus: EventBridge = {
    endpoint: '',
    events: [],
    refuse: () => undefined,
    status: 200,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  function take(entries: readonly SentEvent[]) {
    const results = entries.map((event) => {
      const ErrorCode = bus.refuse(event);
      if (ErrorCode === undefined) bus.events.push(event);
      return ErrorCode === undefined ? { EventId: 'id' } : { ErrorCode };
    });
    return { FailedEntryCount: results.filter((r) => 'ErrorCode' in r).length, Entries: results };
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(bus, { endpoint: `http://127.0.0.1:${port}` });
}
