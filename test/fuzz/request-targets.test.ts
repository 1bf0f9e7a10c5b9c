/**
 * Invalid request targets, sent to every server of this package: the process goes on, each request is
 * answered, and the server keeps nothing for it.
 */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createServedTerm } from '../../lib/cli/serve/served-term.ts';
import { createTermServer, type SidecarState } from '../../lib/cli/serve/term-server.ts';
import { createHub, type Hub, startDashboard } from '../../lib/dashboard/index.ts';
import { createHealth } from '../../lib/health/index.ts';

const RUNS = { numRuns: 400, seed: 22, endOnFailure: true };
const ANSWER_MS = 60_000;
/** Each of them has ended a process or confused a parser somewhere. */
const KNOWN_BAD = [
  '//',
  '///',
  '//livez',
  'http://[',
  'http://[/livez',
  'http://',
  'http://a:99999999/',
  '*',
  '?',
  '/%',
  '/%zz',
  '/%00',
  '/..%2f..%2f',
  '\\\\livez',
  '/livez#x',
  '/livez/../../leader',
  'livez',
  '/\u0080',
  '/\u202e',
];
const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'];
const target = fc.oneof(
  fc.constantFrom(...KNOWN_BAD),
  fc
    .array(
      fc.constantFrom('/', '//', '[', ']', ':', '%', '@', '?', '#', '\\', 'a', 'livez', 'http:'),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join('')),
  fc.webPath(),
);

/** What a raw request is answered with, as text; `''` where the server closes without a word. */
function asked(port: number, method: string, path: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no answer to ${method} ${path}`)));
    socket.on('data', (chunk) => {
      said += chunk;
      // A stream of events has no end of its own.
      if (said.includes('text/event-stream')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(said));
  });
}

const thrown: unknown[] = [];
const note = (error: unknown) => void thrown.push(error);
function watchProcess() {
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
}
afterEach(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  thrown.length = 0;
});

async function answersEverything(port: number, host = `127.0.0.1:${port}`) {
  watchProcess();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...METHODS), target, async (method, path) => {
      const answer = await asked(port, method, path, host);
      expect(answer, `${method} ${path}`).toMatch(/^HTTP\/1\.1 (?:[234]\d\d|503) /);
      expect(thrown, `${method} ${path}`).toEqual([]);
    }),
    { ...RUNS, examples: KNOWN_BAD.map((bad) => ['GET', bad] as [string, string]) },
  );
}

/** The port of a sidecar whose events are followed so. */
async function startSidecar(follow: SidecarState['follow']): Promise<number> {
  const clock = { now: () => ({ monotonicMs: performance.now(), epochMs: Date.now() }) };
  const server = createTermServer({
    term: createServedTerm({ drainMs: 1_000, clock }),
    health: createHealth(),
    leader: () => undefined,
    follow,
    released: async () => undefined,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('whatever target is asked for', () => {
  it('the health server answers, and lives on', async () => {
    const server = await createHealth().listen({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => server[Symbol.asyncDispose]());

    await answersEverything(server.port);

    expect(await asked(server.port, 'GET', '/livez', 'x')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await asked(server.port, 'GET', 'http://pod:8080/livez?v=1', 'x')).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });

  it('the sidecar answers, and lives on', async () => {
    await answersEverything(await startSidecar(() => () => undefined));
  });

  it('a server of the user’s that asks for our answer lives on', async () => {
    const health = createHealth();
    const server = createServer((request, response) => {
      void health.answer(request, response).then((answered) => {
        if (!answered) response.writeHead(404).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());

    await answersEverything((server.address() as AddressInfo).port);
  });

  it('the page’s server answers, with and without buttons', async () => {
    for (const actions of [undefined, { perform: async () => {} }]) {
      const page = await startDashboard({ title: 't', subtitle: 's', hub: createHub(), actions });
      onTestFinished(() => page.stop());

      await answersEverything(Number(new URL(page.url).port));

      expect((await fetch(page.url)).status).toBe(200);
    }
  });
});

/** A hub, and a function that counts its followers. */
function countedHub(): { hub: Hub; following: () => number } {
  const inner = createHub();
  let following = 0;
  const hub: Hub = {
    shows: inner.shows,
    get state() {
      return inner.state;
    },
    publish: inner.publish,
    async *follow(signal) {
      following += 1;
      try {
        yield* inner.follow(signal);
      } finally {
        following -= 1;
      }
    },
  };
  return { hub, following: () => following };
}

it('a HEAD for the events follows nothing', async () => {
  const { hub, following } = countedHub();
  const page = await startDashboard({ title: 't', subtitle: 's', hub });
  onTestFinished(() => page.stop());
  const { host, port } = new URL(page.url);

  for (let n = 0; n < 5; n += 1) {
    const answer = await asked(Number(port), 'HEAD', '/events', host);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*text\/event-stream/);
  }

  expect(following()).toBe(0);
});

it('a HEAD for the events of the sidecar follows nothing either', async () => {
  let followed = 0;
  const port = await startSidecar(() => {
    followed += 1;
    return () => undefined;
  });

  const answer = await asked(port, 'HEAD', '/events', `127.0.0.1:${port}`);

  expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*text\/event-stream/);
  expect(followed).toBe(0);
});
