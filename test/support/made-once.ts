/** What the run makes once for all of its tests; the first call makes it. */
import { get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { inject } from 'vitest';

export async function madeOnce<T extends object>(path: '/dynamodb' | '/package'): Promise<T> {
  const url = new URL(path, inject('broker'));
  // `fetch` gives up after five minutes. On a slow machine, a package may take longer.
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, resolve).once('error', reject);
  });
  const found = (await json(answer)) as T & { readonly problem?: string };
  if (found.problem !== undefined) throw new Error(found.problem);
  return found;
}
