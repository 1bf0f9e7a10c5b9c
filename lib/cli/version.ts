/**
 * The version of this package, from its manifest: two folders up in the repository, three when built.
 */
import { readFileSync } from 'node:fs';

export function packageVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8');
      const { name, version } = JSON.parse(text) as { name?: string; version?: string };
      if (name === 'tenure' && version !== undefined) return version;
    } catch {
      // Not there: it is in the other place.
    }
  }
  return 'unknown';
}
