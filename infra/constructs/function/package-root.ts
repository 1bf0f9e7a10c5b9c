/**
 * Where the package's own bundled functions lie, for sources, ES modules and CommonJS alike.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PACKAGE_NAME = 'tenure';

/** The folder of the bundled function, with its `index.mjs`. @throws Error when it was not built. */
export function bundledFunctionPath(name: string): string {
  const path = join(packageRoot(import.meta.dirname), 'dist', 'functions', name);
  if (existsSync(join(path, 'index.mjs'))) return path;
  throw new Error(`the bundled function must be at ${path}, got nothing; run "npm run build"`);
}

/** The nearest folder above that is this package's; the CommonJS build has a package.json of its own. */
export function packageRoot(from: string): string {
  const manifest = join(from, 'package.json');
  if (existsSync(manifest)) {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
    if (name === PACKAGE_NAME) return from;
  }
  if (dirname(from) === from) throw new Error(`no package "${PACKAGE_NAME}" above this module`);
  return packageRoot(dirname(from));
}
