/**
 * Bundles the functions that ship with the package, so that an app needs no bundler for them:
 * `npm run build:functions`.
 *
 * The AWS SDK is bundled too: the fence joins the SDK's middleware by name. So the version that was
 * tested is the version that runs, whichever one the Lambda runtime brings.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Those that the constructs of `tenure/cdk` deploy by themselves. */
export const BUNDLED_FUNCTIONS = ['election-ticks', 'leader-changes', 'task-stopped'] as const;

const ROOT = join(import.meta.dirname, '..');

/** Writes `functions/<name>/index.mjs` under `dist` for each, and gives their paths. */
export async function bundleFunctions(
  names: readonly string[] = BUNDLED_FUNCTIONS,
  dist = join(ROOT, 'dist'),
): Promise<readonly string[]> {
  return Promise.all(names.map((name) => bundle(name, dist)));
}

async function bundle(name: string, dist: string): Promise<string> {
  const outfile = join(dist, 'functions', name, 'index.mjs');
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'functions', name, 'index.ts')],
    outfile,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    // CommonJS dependencies inside an ES module still call require for Node's own modules.
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`bundling ${name} gave no file`);
  await replace(outfile, output.contents, join(dist, `draft-${randomUUID()}.mjs`));
  return outfile;
}

/**
 * The file is written whole or not at all: an app that is synthesized meanwhile must not hash half
 * of it.
 */
async function replace(path: string, contents: Uint8Array, draft: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(draft, contents);
  await rename(draft, path);
}

if (import.meta.main) await bundleFunctions();
