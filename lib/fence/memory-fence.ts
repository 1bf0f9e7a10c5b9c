/**
 * The highest tokens in this process's memory.
 *
 * Guards a resource that lives and dies with this one process, such as a cache or a device that
 * only this process drives. It forgets everything when the process ends. For a resource that
 * outlives the process, or that several processes reach, use a table.
 */
import type { Token } from '../core/token.ts';
import type { FenceStore } from '../ports.ts';

/** One entry for each resource, for as long as the store lives. */
export function memoryFence(): FenceStore {
  const highest = new Map<string, Token>();
  return {
    async raise({ resource, token, stepMax }) {
      const known = highest.get(resource) ?? 0n;
      if (known >= token) return known;
      if (stepMax !== undefined && token - known > stepMax) return known;
      highest.set(resource, token);
      return token;
    },
  };
}
