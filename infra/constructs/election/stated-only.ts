/**
 * Props without those that are `undefined`.
 *
 * Spreading props over defaults would let `runtime: undefined` erase a default, and CDK would then put
 * its own in place: Node 16 and a timeout of three seconds.
 */

type Stated<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

export function statedOnly<T extends object>(props: T): Stated<T> {
  const stated = Object.entries(props).filter(([, value]) => value !== undefined);
  return Object.fromEntries(stated) as Stated<T>;
}
