/**
 * A proxy on loopback between a client and a store, where faults are switched while it runs.
 *
 * It stands for the network, so it forwards what the client has sent even when the client has gone:
 * that is how a write lands late. It understands HTTP just enough to hold, lose and count whole
 * requests and answers; every exchange is kept for tests that count reads and writes.
 */
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `requests` are on their way to the store: lost there, they are never applied. `answers` are on their
 * way back: lost there, the request was applied and the client does not know.
 */
export type Direction = 'requests' | 'answers';

export type Fault = {
  readonly direction: Direction;
  /** Only this operation, as `UpdateItem`; default: all. */
  readonly operation?: string;
  /** Only where this holds. */
  readonly when?: (exchange: Exchange) => boolean;
  /** How often; default: until healed. */
  readonly times?: number;
} & (
  | { readonly kind: 'black-hole' }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Kept until the fault is healed, then delivered. */
  | { readonly kind: 'hold' }
  /** Answered by the proxy: a service error before (`requests`) or after (`answers`) it was applied. */
  | { readonly kind: 'error'; readonly status: number; readonly type: string }
  /** Sent to the store twice; the client gets the second answer. Requests only. */
  | { readonly kind: 'repeat' }
);

/** One request as it passed, and what became of it. */
export interface Exchange {
  /** The last part of `X-Amz-Target`, or `method path`. */
  readonly operation: string;
  readonly body: string;
  readonly atMs: number;
  /** The store's status; absent while there is none. */
  status?: number;
  /** The store's error, as `ConditionalCheckFailedException`. */
  errorType?: string;
  answerBytes: number;
}

export interface FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Every exchange so far that reached the proxy. */
  readonly exchanges: readonly Exchange[];
  /** How many exchanges of each operation, in all or since a moment of `performance.now()`. */
  counts(sinceMs?: number): Readonly<Record<string, number>>;
  /** How many conditional writes the store has refused. */
  refusedWrites(sinceMs?: number): number;
  /** Injects a fault; what is returned heals this one. Of several, the first that matches acts. */
  inject(fault: Fault): () => void;
  /** Heals every fault. */
  heal(): void;
  stop(): Promise<void>;
}

interface Injected {
  readonly fault: Fault;
  left: number;
  readonly healed: Promise<void>;
  readonly heal: () => void;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** What the network made of something that it was to deliver. */
type Passage = 'delivered' | 'lost' | 'reset' | Answer;

/**
 * Starts a proxy in front of `target`, as `http://127.0.0.1:8000`. A long run keeps no bodies: they
 * would fill the memory.
 */
export async function startFaultProxy(
  target: string,
  { keepsBodies = true }: { readonly keepsBodies?: boolean } = {},
): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const exchanges: Exchange[] = [];
  const injected = new Set<Injected>();

  async function pass(direction: Direction, exchange: Exchange): Promise<Passage> {
    const active = [...injected].find((one) => applies(one, direction, exchange));
    if (active === undefined) return 'delivered';
    active.left -= 1;
    return suffer(active);
  }

  const server = createServer(async (incoming, outgoing) => {
    const body = await readAll(incoming).catch(() => undefined);
    // Its sender died in the middle of it: no store would take half a request either.
    if (body === undefined) return;
    const exchange = exchangeOf(incoming, keepsBodies ? body.toString() : '');
    exchanges.push(exchange);
    const there = await pass('requests', exchange);
    if (there === 'lost') return;
    if (there === 'reset') return void incoming.socket.resetAndDestroy();
    if (there !== 'delivered') return respond(there);
    if (repeats(injected, exchange)) await forward(target, agent, incoming, body);
    const answer = await forward(target, agent, incoming, body);
    if (answer === undefined) return void incoming.socket.resetAndDestroy();
    note(exchange, answer);
    const back = await pass('answers', exchange);
    if (back === 'lost') return;
    if (back === 'reset') return void incoming.socket.resetAndDestroy();
    respond(back === 'delivered' ? answer : back);

    function respond(what: Answer): void {
      if (outgoing.destroyed) return;
      outgoing.writeHead(what.status, what.headers);
      outgoing.end(what.body);
    }
  });
  // The client decides when it has waited long enough, not the proxy.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const heal = () => {
    for (const one of injected) one.heal();
  };
  const stop = () => close(server, agent, heal);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    counts: (sinceMs) => countBy(since(exchanges, sinceMs)),
    refusedWrites: (sinceMs) => since(exchanges, sinceMs).filter(isRefusedWrite).length,
    inject: (fault) => injectInto(injected, fault),
    heal,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function injectInto(injected: Set<Injected>, fault: Fault): () => void {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  const heal = () => {
    injected.delete(one);
    resolve();
  };
  const one: Injected = {
    fault,
    left: fault.times ?? Number.POSITIVE_INFINITY,
    healed: promise,
    heal,
  };
  injected.add(one);
  return heal;
}

function applies(one: Injected, direction: Direction, exchange: Exchange): boolean {
  const { fault } = one;
  return (
    one.left > 0 &&
    fault.kind !== 'repeat' &&
    fault.direction === direction &&
    (fault.operation ?? exchange.operation) === exchange.operation &&
    (fault.when?.(exchange) ?? true)
  );
}

async function suffer({ fault, healed }: Injected): Promise<Passage> {
  switch (fault.kind) {
    case 'black-hole':
      return 'lost';
    case 'reset':
      return 'reset';
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return 'delivered';
    case 'hold':
      await healed;
      return 'delivered';
    case 'error':
      return errorAnswer(fault);
    case 'repeat':
      return 'delivered';
  }
}

function errorAnswer(fault: { status: number; type: string }): Answer {
  const __type = `com.amazonaws.dynamodb.v20120810#${fault.type}`;
  return {
    status: fault.status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(JSON.stringify({ __type, message: 'injected by the fault proxy' })),
  };
}

function repeats(injected: Set<Injected>, exchange: Exchange): boolean {
  for (const one of injected) {
    const { fault } = one;
    if (fault.kind !== 'repeat' || one.left <= 0) continue;
    if ((fault.operation ?? exchange.operation) !== exchange.operation) continue;
    if (fault.when?.(exchange) === false) continue;
    one.left -= 1;
    return true;
  }
  return false;
}

function exchangeOf(incoming: IncomingMessage, body: string): Exchange {
  const target = incoming.headers['x-amz-target'];
  const operation =
    typeof target === 'string'
      ? (target.split('.').at(-1) ?? target)
      : `${incoming.method} ${incoming.url}`;
  return { operation, body, atMs: performance.now(), answerBytes: 0 };
}

function note(exchange: Exchange, answer: Answer): void {
  exchange.status = answer.status;
  exchange.answerBytes = answer.body.length;
  if (answer.status < 400) return;
  const type = /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(answer.body.toString())?.[1];
  if (type !== undefined) exchange.errorType = type;
}

/** The store's answer, or `undefined` where it could not be reached. */
function forward(
  target: string,
  agent: Agent,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const url = new URL(incoming.url ?? '/', target);
    const outgoing = request(url, { agent, method: incoming.method, headers: incoming.headers });
    outgoing.on('response', async (response) => {
      const { 'transfer-encoding': _, connection: __, ...headers } = response.headers;
      const answer = await readAll(response).catch(() => undefined);
      resolve(answer && { status: response.statusCode ?? 502, headers, body: answer });
    });
    outgoing.on('error', () => resolve(undefined));
    outgoing.end(body);
  });
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function since(exchanges: readonly Exchange[], sinceMs = 0): readonly Exchange[] {
  return exchanges.filter((exchange) => exchange.atMs >= sinceMs);
}

function countBy(exchanges: readonly Exchange[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of exchanges) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

function isRefusedWrite({ errorType }: Exchange): boolean {
  return errorType === 'ConditionalCheckFailedException';
}

async function close(server: Server, agent: Agent, heal: () => void): Promise<void> {
  heal();
  agent.destroy();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
