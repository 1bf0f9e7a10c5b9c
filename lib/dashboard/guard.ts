/**
 * Which requests the page's server answers. Pure.
 *
 * Decides against three attacks that loopback alone does not stop. An attacker's DNS points a name
 * at this machine (Host). A page of another site runs in the same browser (Origin, Sec-Fetch-Site).
 * Such a page submits a form (the token, which only this page was given).
 */
import { timingSafeEqual } from 'node:crypto';

export interface RequestFacts {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly contentType: string | undefined;
  readonly token: string | undefined;
}

export interface Refusal {
  readonly status: 400 | 403 | 405 | 415 | 421;
  readonly says: string;
}

const READING = new Set(['GET', 'HEAD']);

/** `undefined` where the request is answered. */
export function refusalOf(
  request: RequestFacts,
  server: { readonly port: number; readonly token: string },
): Refusal | undefined {
  const hosts = ['127.0.0.1', 'localhost'].map((name) => `${name}:${server.port}`);
  const { host, origin, fetchSite, method } = request;
  if (host === undefined || !hosts.includes(host)) {
    return { status: 421, says: `this server is ${hosts[0]} and answers under no other name` };
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, says: 'requests of other origins are not answered' };
  }
  if (fetchSite !== undefined && !['same-origin', 'none'].includes(fetchSite)) {
    return { status: 403, says: 'requests of other sites are not answered' };
  }
  if (READING.has(method)) return undefined;
  if (method !== 'POST') return { status: 405, says: 'only GET and POST are answered' };
  return refusalOfAction(request, server.token);
}

function refusalOfAction(request: RequestFacts, token: string): Refusal | undefined {
  if (request.origin === undefined) {
    return { status: 403, says: 'an action needs an Origin, which browsers send' };
  }
  if (!sameText(request.token ?? '', token)) {
    return { status: 403, says: 'an action needs the token of the page; reload it' };
  }
  if (request.contentType?.split(';')[0]?.trim() !== 'application/json') {
    return { status: 415, says: 'an action is application/json' };
  }
  return undefined;
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
