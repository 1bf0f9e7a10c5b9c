/**
 * Our own client beside the user's keeps the middleware that the user added: tracers, headers,
 * proxies.
 */

/** What is used of an SDK client's middleware stack. */
interface Stack {
  /** `name (a.k.a. alias) - step` for each. */
  identify(): string[];
  remove(name: string): boolean;
  clone(): Stack;
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types differ from client to client
  use(plugin: any): void;
}

/** Adds to `own` the middleware that `from` has and that a fresh client has not. Returns `own`. */
export function keepMiddleware<C extends { readonly middlewareStack: Stack }>(own: C, from: C): C {
  const users = from.middlewareStack.clone();
  // The SDK's own middleware is bound to its client's settings, retries among them.
  for (const entry of own.middlewareStack.identify()) users.remove(entry.split(' ')[0] ?? '');
  own.middlewareStack.use(users);
  return own;
}
