/**
 * SQS for tests, as strict as AWS documents it: an HTTP front that speaks the SQS JSON protocol.
 *
 * The emulator behind it stores, deduplicates and numbers messages and answers everything about
 * queues. For FIFO queues this front takes the messages over as soon as they are sent and hands them
 * out by `fifo-delivery.ts`, because the emulator accepts expired receipt handles, ignores attempt
 * ids and returns one message of a group at a time. Standard queues are passed through.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import type { Answer, Emulator, SqsCall } from './sqs-call.ts';
import { createStrictQueue, type StrictQueue } from './strict-queue.ts';

/** `lose-request`: never applied. `lose-answer`: applied. Both cut the connection. */
export type SqsFault =
  | { readonly kind: 'lose-request' }
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'hold-request'; readonly until: Promise<void> }
  | { readonly kind: 'hold-answer'; readonly until: Promise<void> }
  | { readonly kind: 'answer'; readonly status: number; readonly code: string };

export interface StrictSqs extends AsyncDisposable {
  readonly endpoint: string;
  readonly clientConfig: SQSClientConfig;
  readonly client: SQSClient;
  /** Every request so far, in the order of arrival. */
  readonly calls: readonly SqsCall[];
  /** Asked for each request. */
  setFault(fault: ((call: SqsCall) => SqsFault | undefined) | undefined): void;
  /** Lets time pass for visibility, attempt ids and retention. */
  advance(ms: number): void;
  queue(name: string): StrictQueue;
  /** Adds this to every sequence number of the queue: the emulator counts from 1, SQS does not. */
  numberFrom(name: string, offset: bigint): void;
}

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

export async function startStrictSqs(): Promise<StrictSqs> {
  const emulator = await startEmulator();
  const queues = new Map<string, StrictQueue>();
  const calls: SqsCall[] = [];
  let fault: ((call: SqsCall) => SqsFault | undefined) | undefined;
  let skewMs = 0;
  const nowMs = () => Date.now() + skewMs;

  const queue = (name: string): StrictQueue => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const created = createStrictQueue({ name, emulator, nowMs, nextHandle: randomUUID });
    queues.set(name, created);
    return created;
  };
  const server = createServer((request, response) => {
    // An error here, such as a stop in the middle of a poll, reaches the client as a broken
    // connection.
    answer(request, response, front).catch(() => response.destroy());
  });
  const endpoint = await listen(server);
  const front: Front = {
    calls,
    queue,
    emulator,
    faultOf: (call) => fault?.(call),
    origin: endpoint,
  };
  const clientConfig = { endpoint, region: 'us-east-1', credentials: CREDENTIALS };
  const client = new SQSClient(clientConfig);
  return {
    endpoint,
    clientConfig,
    client,
    calls,
    queue,
    setFault: (next) => {
      fault = next;
    },
    numberFrom: (name, offset) => queue(name).numberFrom(offset),
    advance: (ms) => {
      skewMs += ms;
      for (const one of queues.values()) one.reconsider();
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await emulator.close();
    },
  };
}

async function startEmulator() {
  const app = buildApp({ logger: false });
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  const emulator: Emulator = {
    async request({ action, input }) {
      const response = await fetch(origin, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `AmazonSQS.${action}`,
        },
        body: JSON.stringify(input),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
  };
  return { ...emulator, close: () => app.close() };
}

interface Front {
  readonly calls: SqsCall[];
  readonly queue: (name: string) => StrictQueue;
  readonly emulator: Emulator;
  readonly faultOf: (call: SqsCall) => SqsFault | undefined;
  readonly origin: string;
}

async function answer(request: IncomingMessage, response: ServerResponse, front: Front) {
  const call = await parse(request);
  front.calls.push(call);
  const fault = front.faultOf(call);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  if (fault?.kind === 'lose-request') {
    request.socket.destroy();
    return;
  }
  if (fault?.kind === 'hold-request') await fault.until;
  const given =
    fault?.kind === 'answer'
      ? { status: fault.status, body: { __type: `com.amazonaws.sqs#${fault.code}` } }
      : await route(call, front, gone.signal);
  if (fault?.kind === 'lose-answer') {
    request.socket.destroy();
    return;
  }
  if (fault?.kind === 'hold-answer') await fault.until;
  if (response.destroyed) return;
  response.writeHead(given.status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(given.body));
}

async function route(call: SqsCall, front: Front, gone: AbortSignal): Promise<Answer> {
  const name =
    String(call.input.QueueUrl ?? '')
      .split('/')
      .at(-1) ?? '';
  const own = name.endsWith('.fifo') ? await front.queue(name).answer(call, gone) : undefined;
  const given = own ?? (await front.emulator.request(call));
  const url = given.body.QueueUrl;
  if (typeof url !== 'string') return given;
  // The emulator's URLs lead past this front.
  return { ...given, body: { QueueUrl: front.origin + new URL(url).pathname } };
}

async function parse(request: IncomingMessage): Promise<SqsCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const action = String(request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');
  return { action, input: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
