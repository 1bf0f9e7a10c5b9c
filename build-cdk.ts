/**
 * Builds the CommonJS form of `tenure/cdk`, since `cdk init` still makes CommonJS apps whose tests run
 * in Jest: `node build-cdk.ts`, after `tsc`.
 *
 * Decides one file for the code and copies of the declarations, under a package.json that says
 * CommonJS: the same text means the same in both, only the importer's module system differs.
 */
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const ROOT = import.meta.dirname;

export async function buildCommonJs(dist: string): Promise<void> {
  const commonJs = join(dist, 'cjs');
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['infra/index.ts'],
    outfile: join(commonJs, 'infra', 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    packages: 'external',
    define: { 'import.meta.dirname': '__dirname' },
    metafile: true,
    logLevel: 'warning',
  });
  await writeFile(join(commonJs, 'package.json'), '{ "type": "commonjs" }\n');
  const folders = new Set(Object.keys(metafile.inputs).map(dirname));
  await Promise.all([...folders].map((folder) => copyDeclarations({ folder, dist, commonJs })));
}

/** All of a folder that takes part, since a file of types alone leaves no trace in the bundle. */
async function copyDeclarations(of: {
  readonly folder: string;
  readonly dist: string;
  readonly commonJs: string;
}): Promise<void> {
  const names = await readdir(join(of.dist, of.folder));
  await mkdir(join(of.commonJs, of.folder), { recursive: true });
  const declarations = names.filter((name) => name.endsWith('.d.ts'));
  await Promise.all(
    declarations.map((name) =>
      cp(join(of.dist, of.folder, name), join(of.commonJs, of.folder, name)),
    ),
  );
}

if (import.meta.main) await buildCommonJs(join(ROOT, 'dist'));
