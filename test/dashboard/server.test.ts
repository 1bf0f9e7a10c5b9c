import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Action,
  createHub,
  type Dashboard,
  type HubMessage,
  startDashboard,
} from '../../lib/dashboard/index.ts';

let dashboard: Dashboard | undefined;

afterEach(async () => {
  await dashboard?.stop();
  dashboard = undefined;
});

async function start(options: { actions?: boolean; fails?: string } = {}) {
  const hub = createHub();
  const performed: Action[] = [];
  const actions = {
    async perform(action: Action) {
      if (options.fails !== undefined) throw new Error(options.fails);
      performed.push(action);
    },
  };
  const started = await startDashboard({
    title: '<nightly> & co',
    subtitle: 'here',
    hub,
    actions: options.actions === false ? undefined : actions,
  });
  dashboard = started;
  const page = await (await fetch(started.url)).text();
  const token = /data-token="([^"]*)"/.exec(page)?.[1] ?? '';
  const { origin } = new URL(started.url);
  const press = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${started.url}actions`, {
      method: 'POST',
      headers: {
        origin,
        'content-type': 'application/json',
        'x-tenure-token': token,
        ...headers,
      },
      body: JSON.stringify(body),
    });
  return { url: started.url, hub, page, token, performed, press };
}

/** Not by `fetch`, which does not send a Host header that the caller chooses. */
function statusWithHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const asked = request({ host: '127.0.0.1', port, path: '/', headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the server of the page', () => {
  it('serves the document with its names escaped, and every module that the page imports', async () => {
    const { url, page } = await start();

    expect(page).toContain('&lt;nightly&gt; &amp; co');
    const script = /<script type="module" src="([^"]+)"/.exec(page)?.[1] ?? '';
    const seen = new Set<string>();
    const pending = [new URL(script, url)];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at.pathname)) continue;
      seen.add(at.pathname);
      const answer = await fetch(at);
      expect(answer.status, at.pathname).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/);
      for (const [, specifier = ''] of (await answer.text()).matchAll(/from '(\.[^']+)'/g)) {
        pending.push(new URL(specifier, at));
      }
    }
    expect(seen.size).toBeGreaterThan(4);
  });

  it('allows the page nothing but this server', async () => {
    const { url } = await start();
    const { headers } = await fetch(url);

    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'/,
    );
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
  });

  it('tells a snapshot first, and then what happens', async () => {
    const { url, hub } = await start();
    hub.publish({ event: 'elected', lane: 'a', atEpochMs: 1, token: '1', remainingMs: 9 });
    const stop = new AbortController();
    const answer = await fetch(`${url}events`, { signal: stop.signal });
    const messages = messagesOf(answer);

    const first = (await messages.next()).value;
    expect(first).toMatchObject({ kind: 'snapshot', state: { terms: 1, lanes: [{ id: 'a' }] } });
    const renewed = {
      event: 'renewed',
      lane: 'a',
      atEpochMs: 2,
      token: '1',
      remainingMs: 9,
    } as const;
    hub.publish(renewed);
    expect((await messages.next()).value).toMatchObject({ kind: 'events', events: [renewed] });
    stop.abort();
  });

  it('does what a button asks for, with the token of its page', async () => {
    const { press, performed } = await start();

    expect((await press({ action: 'kill', lane: 'alpha' })).status).toBe(204);
    expect((await press({ action: 'add' })).status).toBe(204);

    expect(performed).toEqual([{ action: 'kill', lane: 'alpha' }, { action: 'add' }]);
  });

  it('says in words why something cannot be done', async () => {
    const { press } = await start({ fails: 'alpha is gone' });
    const answer = await press({ action: 'kill', lane: 'alpha' });

    expect([answer.status, await answer.text()]).toEqual([409, 'alpha is gone']);
  });

  it.each([
    ['a foreign origin', { origin: 'http://attacker.example' }, 403],
    ['no token', { 'x-tenure-token': '' }, 403],
    ['the token of another server', { 'x-tenure-token': 'x'.repeat(43) }, 403],
    ['the type of a form', { 'content-type': 'text/plain' }, 415],
  ])('refuses an action with %s, and does nothing', async (_what, headers, status) => {
    const { press, performed } = await start();

    expect((await press({ action: 'kill', lane: 'alpha' }, headers)).status).toBe(status);
    expect(performed).toEqual([]);
  });

  it.each([
    ['an unknown one', { action: 'explode', lane: 'a' }],
    ['one without a lane', { action: 'kill' }],
    ['an addition with a lane', { action: 'add', lane: 'a' }],
    ['a field too many', { action: 'kill', lane: 'a', force: true }],
    ['a text', 'kill'],
  ])('refuses as no action %s', async (_what, body) => {
    const { press, performed } = await start();

    expect((await press(body)).status).toBe(400);
    expect(performed).toEqual([]);
  });

  it('refuses an action that is longer than any', async () => {
    const { press } = await start();

    expect((await press({ action: 'kill', lane: 'a'.repeat(2_000) })).status).toBe(413);
  });

  it('answers under no other name', async () => {
    const { url } = await start();
    const { port } = new URL(url);

    expect(await statusWithHost(url, `attacker.example:${port}`)).toBe(421);
    expect(await statusWithHost(url, `127.0.0.1:${port}`)).toBe(200);
  });

  it('serves no other path, and none outside of its folder', async () => {
    const { url } = await start();

    for (const path of ['favicon.ico', 'package.json', '..%2f..%2fpackage.json', 'server.ts']) {
      expect((await fetch(`${url}${path}`)).status, path).toBe(404);
    }
  });

  it('gives a page that only looks neither a token nor a way to act', async () => {
    const { token, press } = await start({ actions: false });

    expect(token).toBe('');
    expect((await press({ action: 'kill', lane: 'a' })).status).toBe(403);
  });

  it('listens on loopback alone', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');

    for (const { address } of outside) {
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
    }
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });
});

async function* messagesOf(answer: Response): AsyncGenerator<HubMessage> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (data !== undefined) yield JSON.parse(data) as HubMessage;
    }
  }
}
