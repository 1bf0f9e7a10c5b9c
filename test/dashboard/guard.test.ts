import { describe, expect, it } from 'vitest';
import { type RequestFacts, refusalOf } from '../../lib/dashboard/guard.ts';

const SERVER = { port: 4000, token: 'the-token' };
const LOOK: RequestFacts = {
  method: 'GET',
  host: '127.0.0.1:4000',
  origin: undefined,
  fetchSite: 'none',
  contentType: undefined,
  token: undefined,
};
const PRESS: RequestFacts = {
  ...LOOK,
  method: 'POST',
  origin: 'http://127.0.0.1:4000',
  fetchSite: 'same-origin',
  contentType: 'application/json',
  token: 'the-token',
};

const statusOf = (request: RequestFacts) => refusalOf(request, SERVER)?.status;

describe('the guard of the page', () => {
  it('answers who opens the page here, by either name of loopback', () => {
    expect(statusOf(LOOK)).toBeUndefined();
    expect(statusOf({ ...LOOK, host: 'localhost:4000' })).toBeUndefined();
    expect(statusOf({ ...LOOK, fetchSite: undefined })).toBeUndefined();
    expect(statusOf(PRESS)).toBeUndefined();
  });

  it.each([
    ['a name that points here', 'attacker.example:4000'],
    ['another port', '127.0.0.1:4001'],
    ['a name that begins like ours', '127.0.0.1:4000.attacker.example'],
    ['no Host', undefined],
  ])('refuses %s', (_what, host) => {
    expect(statusOf({ ...LOOK, host })).toBe(421);
    expect(statusOf({ ...PRESS, host })).toBe(421);
  });

  it.each(['http://attacker.example', 'http://127.0.0.1:4001', 'https://127.0.0.1:4000', 'null'])(
    'refuses the origin %s',
    (origin) => {
      expect(statusOf({ ...LOOK, origin })).toBe(403);
      expect(statusOf({ ...PRESS, origin })).toBe(403);
    },
  );

  it.each(['cross-site', 'same-site'])('refuses a request that a browser calls %s', (fetchSite) => {
    expect(statusOf({ ...LOOK, fetchSite })).toBe(403);
  });

  it('refuses an action without the token, without an origin, or as a form sends it', () => {
    expect(statusOf({ ...PRESS, token: undefined })).toBe(403);
    expect(statusOf({ ...PRESS, token: 'the-tokem' })).toBe(403);
    expect(statusOf({ ...PRESS, token: 'the-token-and-more' })).toBe(403);
    expect(statusOf({ ...PRESS, origin: undefined })).toBe(403);
    expect(statusOf({ ...PRESS, contentType: 'text/plain' })).toBe(415);
    expect(statusOf({ ...PRESS, contentType: undefined })).toBe(415);
  });

  it('refuses every other method', () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect(statusOf({ ...PRESS, method })).toBe(405);
    }
  });
});
