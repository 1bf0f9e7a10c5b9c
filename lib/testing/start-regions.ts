/**
 * `startRegions`: several Regions before one DynamoDB Local, which has none. Each Region is an endpoint
 * on the loopback, for any program in any language.
 *
 * Decides what AWS documents of a table with multi-Region strong consistency: a write, and a strongly
 * consistent read, reaches another Region before it is answered, and is refused where it cannot; of two
 * writes to one row from two Regions at once the later is refused with `ReplicatedWriteConflictException`;
 * transactions and TTL are refused. All else is DynamoDB Local's, which must run with `-sharedDb`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidOptionsError } from '../errors.ts';
import {
  describedAcross,
  type RegionCall,
  regionCall,
  type WireAnswer,
  wireError,
} from './region-calls.ts';
import { createReplicas, type Replicas, type SendToStore } from './region-replicas.ts';

/** What `startRegions` takes. */
export interface RegionsOptions {
  /** Of DynamoDB Local. */
  readonly endpoint: string;
  /** Three Regions, or two beside a `witness`. */
  readonly regions: readonly string[];
  /** A Region that only takes part in agreeing, and has no endpoint. Default: none. */
  readonly witness?: string | undefined;
  /** Between any two Regions and back, in milliseconds. Default 30. */
  readonly roundTripMs?: number | undefined;
}

/** Regions that a test cuts off and takes away. */
export interface Regions extends AsyncDisposable {
  /** Where programs of that Region send their requests. */
  endpointOf(region: string): string;
  /**
   * Cuts the Region's replica off from the others, not from its programs. Writes and strongly consistent
   * reads are refused there, and other reads show what was there before. A call under way is carried
   * out, and never answered.
   */
  cutOff(region: string): Promise<void>;
  /** Takes the whole Region away: nothing is answered there. */
  takeAway(region: string): void;
  /** Ends what was done to the Region. */
  heal(region: string): Promise<void>;
  /** How many writes were refused, since another Region was writing the same row. */
  readonly conflicts: number;
}

type Condition = 'well' | 'cut-off' | 'gone';

interface Shared {
  readonly options: RegionsOptions;
  readonly roundTripMs: number;
  readonly conditions: Map<string, Condition>;
  readonly replicas: Replicas;
  readonly send: SendToStore;
  readonly tables: Set<string>;
  /** Rows that are being written, and by which Regions. */
  readonly underWay: Map<string, string[]>;
  conflicts: number;
}

type Headers = Readonly<Record<string, string>>;

/**
 * Starts one endpoint a Region. Disposing stops them.
 * @throws InvalidOptionsError for another number of Regions than three, a witness included.
 */
export async function startRegions(options: RegionsOptions): Promise<Regions> {
  const all = [...options.regions, ...(options.witness === undefined ? [] : [options.witness])];
  if (all.length !== 3 || new Set(all).size !== 3 || options.regions.length < 2) {
    throw new InvalidOptionsError([
      `regions must be three Regions, or two and a witness, got ${all.join(', ')}; name each once`,
    ]);
  }
  const send = storeAt(options.endpoint);
  const shared: Shared = {
    ...{ options, send, roundTripMs: options.roundTripMs ?? 30 },
    conditions: new Map(all.map((region) => [region, 'well'])),
    replicas: createReplicas(send),
    tables: new Set(),
    underWay: new Map(),
    conflicts: 0,
  };
  const servers = new Map<string, Server>();
  for (const region of options.regions) servers.set(region, await listening(region, shared));
  const known = (region: string) => {
    if (shared.conditions.has(region)) return region;
    throw new InvalidOptionsError([`there is no Region ${region}; there are ${all.join(', ')}`]);
  };
  return {
    endpointOf(region) {
      const server = servers.get(known(region));
      if (server === undefined) {
        throw new InvalidOptionsError([`${region} is a witness, which no program can ask`]);
      }
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async cutOff(region) {
      await shared.replicas.freeze(known(region), shared.tables);
      shared.conditions.set(region, 'cut-off');
    },
    takeAway: (region) => void shared.conditions.set(known(region), 'gone'),
    async heal(region) {
      const wasGone = shared.conditions.get(known(region)) === 'gone';
      shared.conditions.set(region, 'well');
      await shared.replicas.thaw(region);
      // No connection outlives the network that it went over.
      if (wasGone) servers.get(region)?.closeAllConnections();
    },
    get conflicts() {
      return shared.conflicts;
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers.values()) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/** DynamoDB Local reads of a signature only who signed, and with `-sharedDb` not even that. */
function storeAt(endpoint: string): SendToStore {
  const own: Headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20260101T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, ' +
      'SignedHeaders=host;x-amz-date, Signature=0',
  };
  return async (operation, input, headers = own) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(input),
    });
    return { status: answer.status, body: await answer.text() };
  };
}

async function listening(region: string, shared: Shared): Promise<Server> {
  const server = createServer((request, response) => {
    serve(request, response, { region, shared }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

interface Place {
  readonly region: string;
  readonly shared: Shared;
}

async function serve(request: IncomingMessage, response: ServerResponse, at: Place) {
  const body = Buffer.concat(await request.toArray()).toString();
  const call = regionCall(String(request.headers['x-amz-target']), body);
  const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
  const answer = await answered(call, headers as Headers, at);
  // A Region that is gone keeps its callers waiting.
  if (answer === undefined || at.shared.conditions.get(at.region) === 'gone') return;
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(answer.body);
}

/** `undefined`: no answer. */
async function answered(
  call: RegionCall,
  headers: Headers,
  { region, shared }: Place,
): Promise<WireAnswer | undefined> {
  const { conditions, tables, replicas, send } = shared;
  if (conditions.get(region) === 'gone') return undefined;
  if (call.refusedBecause !== undefined) {
    return wireError('ValidationException', call.refusedBecause);
  }
  const { operation, input } = call;
  if (input.TableName !== undefined && !call.isOfControl) tables.add(input.TableName);
  if (call.isEventual) return send(operation, replicas.inputFor(region, input), headers);
  if (call.isOfControl) {
    const answer = await send(operation, input, headers);
    return operation === 'DescribeTable'
      ? describedAcross(answer, othersOf(region, shared))
      : answer;
  }
  return agreed(call, headers, { region, shared });
}

/** What is strongly consistent: carried out once another Region was reached. */
async function agreed(
  { operation, input, rows }: RegionCall,
  headers: Headers,
  { region, shared }: Place,
): Promise<WireAnswer | undefined> {
  const { send, underWay, roundTripMs } = shared;
  if (!reachesAnother(region, shared)) {
    return wireError('InternalServerError', `the replica in ${region} reaches no other Region`);
  }
  const isElsewhere = (row: string) => underWay.get(row)?.some((other) => other !== region);
  if (rows.some(isElsewhere)) {
    shared.conflicts += 1;
    const message = 'one or more items in the request are being modified in another Region';
    return wireError('ReplicatedWriteConflictException', message);
  }
  for (const row of rows) underWay.set(row, [...(underWay.get(row) ?? []), region]);
  try {
    await delay(roundTripMs);
    const answer = await send(operation, input, headers);
    return reachesAnother(region, shared) ? answer : undefined;
  } finally {
    for (const row of rows) {
      const left = underWay.get(row) ?? [];
      left.splice(left.indexOf(region), 1);
      if (left.length === 0) underWay.delete(row);
    }
  }
}

function reachesAnother(region: string, { conditions }: Shared): boolean {
  const others = [...conditions].filter(
    ([name, condition]) => name !== region && condition === 'well',
  );
  return conditions.get(region) === 'well' && others.length > 0;
}

function othersOf(region: string, { options: { regions, witness } }: Shared) {
  return { replicas: regions.filter((other) => other !== region), witness };
}
