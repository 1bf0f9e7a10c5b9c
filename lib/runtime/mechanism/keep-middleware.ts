/**
 * A client of our own beside the user's keeps what the user put on theirs: tracers, headers, proxies.
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

/** Adds what the given client has, and a client fresh from the SDK has not. Returns the first. */
export function keepMiddleware<C extends { readonly middlewareStack: Stack }>(own: C, from: C): C {
  const users = from.middlewareStack.clone();
  // The SDK's own are bound to the settings of their client: its retries among them.
  for (const entry of own.middlewareStack.identify()) users.remove(entry.split(' ')[0] ?? '');
  own.middlewareStack.use(users);
  return own;
}
