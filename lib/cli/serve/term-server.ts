/**
 * The answers of a sidecar over HTTP, on loopback or on a Unix socket.
 *
 * Decides paths and status codes, and that browsers get no answer: a page of another site may send
 * requests to this machine, and must not end a term. `served-term.ts` decides what may be done.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Health } from '../../health/index.ts';
import type { EventLine } from '../command/event-lines.ts';
import type { ServedTerm } from './served-term.ts';

export interface SidecarState {
  readonly term: Pick<ServedTerm, 'answer' | 'release'>;
  readonly health: Health;
  /** Who leads, as this candidate last saw it. */
  leader(): { readonly candidateId: string; readonly token: string } | undefined;
  /** Calls back at each event. Returns a function that ends the calls. */
  follow(listener: (line: EventLine) => void): () => void;
  /** Resolves once the role is released, or the lease has lapsed. */
  released(): Promise<void>;
}

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;
/** A reader that is this far behind is taken as gone. */
const UNREAD_BYTES_MAX = 65_536;
/** Shows a proxy, and a reader that waits, that the sidecar is there. */
const HEARTBEAT_MS = 10_000;

export function createTermServer(state: SidecarState): Server {
  return createServer((request, response) => {
    // A connection that broke under its answer ends alone. It must not end the leader's process.
    answer(state, request, response).catch(() => response.destroy());
  });
}

async function answer(
  state: SidecarState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refusal = refusalOf(request);
  if (refusal !== undefined) return json(response, refusal.status, { error: refusal.says });
  const path = request.url?.split('?', 1)[0] ?? '';
  switch (`${request.method === 'HEAD' ? 'GET' : request.method} ${path}`) {
    case 'GET /term':
      return found(response, state.term.answer());
    case 'GET /leader':
      return found(response, state.leader());
    case 'GET /events':
      return request.method === 'HEAD'
        ? stream(response).end() && undefined
        : events(state, response);
    case 'POST /resign':
      return resign(state, response);
    case 'GET /livez':
    case 'GET /readyz':
      await state.health.answer(request, response);
      return;
    default:
      return json(response, 404, {
        error: 'known are GET /term, /leader, /events, /livez and /readyz, and POST /resign',
      });
  }
}

function refusalOf({ headers }: IncomingMessage): { status: number; says: string } | undefined {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
    return { status: 403, says: 'browsers are not answered' };
  }
  // A page can reach this machine under a name that an attacker's DNS points at it.
  if (headers.host !== undefined && !LOOPBACK.test(headers.host)) {
    return { status: 421, says: 'this server answers as localhost and under no other name' };
  }
  return undefined;
}

function found(response: ServerResponse, body: object | undefined): void {
  json(response, body === undefined ? 404 : 200, body ?? {});
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Answered once another candidate may lead: the caller may exit then. */
async function resign({ term, released }: SidecarState, response: ServerResponse): Promise<void> {
  if (!term.release()) return json(response, 404, {});
  await released();
  json(response, 200, { result: 'resigned' });
}

function stream(response: ServerResponse): ServerResponse {
  return response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
  });
}

/** The present state, then each event, until the reader leaves or falls too far behind. */
function events({ term, follow }: SidecarState, response: ServerResponse): void {
  const send = (text: string) => {
    if (response.writableLength > UNREAD_BYTES_MAX) response.destroy();
    else response.write(text);
  };
  const tell = (line: object) => send(`data: ${JSON.stringify(line)}\n\n`);
  stream(response);
  tell({ event: 'now', term: term.answer() ?? null });
  const unfollow = follow(tell);
  const heartbeat = setInterval(send, HEARTBEAT_MS, ':\n\n');
  response.once('close', () => {
    clearInterval(heartbeat);
    unfollow();
  });
}
