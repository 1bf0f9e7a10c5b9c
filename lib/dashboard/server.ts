/**
 * The server of the live page: on loopback only, for one election or group, with events as they happen.
 *
 * Thin: `guard.ts` decides what is answered, and the page what is shown. Assumes that any program
 * that may open a connection from this machine may look. Pressing a button takes the page's token.
 */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Context, Hono } from 'hono';
import { MissingDependencyError } from '../index.ts';
import { type Actions, parseAction } from './actions.ts';
import { refusalOf } from './guard.ts';
import type { GroupHub, Hub } from './hub.ts';
import { groupDocument, pageDocument, type RangeMs } from './page-document.ts';
import { GROUP_SCRIPT, PAGE_SCRIPT, pageFiles } from './page-files.ts';

/** What `startDashboard` takes. */
export interface DashboardOptions {
  readonly title: string;
  readonly subtitle: string;
  /** Of an election or of a group: the page follows from it. */
  readonly hub: Hub | GroupHub;
  /** What the buttons do. Default: the page has none. */
  readonly actions?: Actions | undefined;
  /** How much time is in sight at first. Default: two minutes. */
  readonly rangeMs?: RangeMs | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** The page as it is served. */
export interface Dashboard extends AsyncDisposable {
  /** As `http://127.0.0.1:40123/`. */
  readonly url: string;
  /** Resolves once no connection is left. */
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const BODY_BYTES_MAX = 1_024;

/** Nothing but this server, no inline script, and no frame around the page. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Listens until stopped. @throws when the port is taken; MissingDependencyError without Hono. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const token = randomBytes(32).toString('base64url');
  const stopping = new AbortController();
  let port = 0;
  const library = await loadHono();
  const serving = { token, stopping: stopping.signal, portOf: () => port };
  const app = createApp(options, serving, library);
  const server = library.serve({ fetch: app.fetch, hostname: LOOPBACK, port: options.port ?? 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  ({ port } = server.address() as AddressInfo);
  async function stop(): Promise<void> {
    stopping.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
  }
  return { url: `http://${LOOPBACK}:${port}/`, stop, [Symbol.asyncDispose]: stop };
}

/** Optional peers: only this page uses them, and they would be most of an install's size. */
async function loadHono() {
  try {
    const [{ serve }, { Hono }, { streamSSE }] = await Promise.all([
      import('@hono/node-server'),
      import('hono'),
      import('hono/streaming'),
    ]);
    return { serve, Hono, streamSSE };
  } catch (cause) {
    throw new MissingDependencyError(
      'the live page needs the packages hono and @hono/node-server, which are not installed; run ' +
        '"npm install hono @hono/node-server"',
      { cause },
    );
  }
}

interface Serving {
  readonly token: string;
  readonly stopping: AbortSignal;
  readonly portOf: () => number;
}

function createApp(
  options: DashboardOptions,
  { token, stopping, portOf }: Serving,
  { Hono, streamSSE }: Awaited<ReturnType<typeof loadHono>>,
): Hono {
  const { hub, actions } = options;
  const files = pageFiles();
  const app = new Hono();
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
    const refusal = refusalOf(factsOf(c), { port: portOf(), token });
    if (refusal !== undefined) return c.text(refusal.says, refusal.status);
    await next();
  });
  app.get('/', (c) => {
    const hasActions = actions !== undefined;
    const { title, subtitle, rangeMs = 120_000 } = options;
    const still = { title, subtitle, rangeMs, hasActions, token };
    return c.html(
      hub.shows === 'group'
        ? groupDocument({ ...still, script: GROUP_SCRIPT })
        : pageDocument({ ...still, script: PAGE_SCRIPT }),
    );
  });
  for (const [path, { contentType, body }] of files) {
    app.get(path, (c) => c.body(body, 200, { 'Content-Type': contentType }));
  }
  app.get('/events', (c) => {
    // A HEAD request has no reader for a body, so its stream would never end.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
    return streamSSE(c, async (stream) => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      for await (const message of hub.follow(AbortSignal.any([gone.signal, stopping]))) {
        await stream.writeSSE({ data: JSON.stringify(message) });
      }
    });
  });
  if (actions !== undefined) app.post('/actions', (c) => act(c, actions));
  return app;
}

function factsOf({ req }: Context) {
  return {
    method: req.method,
    host: req.header('host'),
    origin: req.header('origin'),
    fetchSite: req.header('sec-fetch-site'),
    contentType: req.header('content-type'),
    token: req.header('x-tenure-token'),
  };
}

async function act(c: Context, actions: Actions): Promise<Response> {
  if (Number(c.req.header('content-length') ?? Infinity) > BODY_BYTES_MAX) {
    return c.text(`an action has at most ${BODY_BYTES_MAX} bytes`, 413);
  }
  const body: unknown = await c.req.json().catch(() => undefined);
  const action = parseAction(body);
  if (action === undefined) return c.text('that is no action', 400);
  try {
    await actions.perform(action);
  } catch (error) {
    return c.text(error instanceof Error ? error.message : String(error), 409);
  }
  return c.body(null, 204);
}
