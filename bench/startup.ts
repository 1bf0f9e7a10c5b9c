/**
 * The part `startup`: what a bundle of the library weighs, and how long a new process takes to import it
 * and to lead for the first time.
 *
 * Bundles are esbuild's, minified, for Node, without the AWS SDK, which Lambda's runtime brings. Times are
 * of fresh processes, one after the other; `import` is measured inside, `first acquire` from the process's
 * own start.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { CREDENTIALS, REGION, TABLE } from './fail-over/store-names.ts';
import { startDynamoDb } from './fail-over/stores.ts';
import { type Spread, spreadOf } from './statistics.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = fileURLToPath(new URL('./.artifacts/', import.meta.url));
const run = promisify(execFile);

const ENTRIES = {
  'tenure with tenure/dynamodb': ['lib/index.ts', 'lib/dynamodb/index.ts'],
  'tenure with tenure/sqs': ['lib/index.ts', 'lib/sqs/index.ts'],
  'dynamodb-lock-client (bring aws-sdk 2)': ['bench/node_modules/dynamodb-lock-client/index.js'],
} as const;

const ELECT = `
const startedMs = performance.timeOrigin;
const { createElection, dynamoDbLease } = await import('./startup-elect-bundle.mjs');
const importedMs = Date.now();
const via = dynamoDbLease({ tableName: '${TABLE}', clientConfig: JSON.parse(process.argv[2]) });
const term = await createElection({ name: process.argv[3], via }).campaign();
console.log(JSON.stringify({ importMs: importedMs - startedMs, electedMs: Date.now() - startedMs }));
await term.resign();
`;

export async function startup({ trials }: { readonly trials: number }) {
  process.stderr.write('startup…\n');
  await mkdir(FOLDER, { recursive: true });
  const bundles: { name: string; bytes: number; gzipBytes: number; importMs: Spread }[] = [];
  for (const [name, files] of Object.entries(ENTRIES)) {
    const text = await bundle(files);
    const file = `${FOLDER}startup-${bundles.length}.mjs`;
    await writeFile(file, text);
    const sizes = { bytes: text.length, gzipBytes: gzipSync(text).length };
    bundles.push({ name, ...sizes, importMs: spreadOf(await importTimes(file, trials)) });
  }
  return { bundles, firstAcquire: await firstAcquire(trials) };
}

async function bundle(files: readonly string[]): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: {
      contents: files.map((file) => `export * from './${file}';`).join('\n'),
      resolveDir: ROOT,
    },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external: ['@aws-sdk/*', '@smithy/*', 'aws-sdk'],
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

/** The import of the bundle together with the SDK's client that it asks for. */
async function importTimes(file: string, trials: number): Promise<readonly number[]> {
  const code =
    `const at = performance.now(); await import(${JSON.stringify(file)}); ` +
    'console.log(performance.now() - at)';
  const times: number[] = [];
  for (let trial = 0; trial < trials; trial += 1) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code]);
    times.push(Number(stdout));
  }
  return times;
}

async function firstAcquire(trials: number) {
  await using store = await startDynamoDb();
  const clientConfig = {
    endpoint: `http://${store.host}:${store.port}`,
    region: REGION,
    credentials: CREDENTIALS,
  };
  const text = await bundle(ENTRIES['tenure with tenure/dynamodb']);
  await writeFile(`${FOLDER}startup-elect-bundle.mjs`, text);
  await writeFile(`${FOLDER}startup-elect.mjs`, ELECT);
  const measured: { importMs: number; electedMs: number }[] = [];
  for (let trial = 0; trial < trials; trial += 1) {
    const args = [`${FOLDER}startup-elect.mjs`, JSON.stringify(clientConfig), `startup ${trial}`];
    measured.push(JSON.parse((await run(process.execPath, args)).stdout));
  }
  return {
    importMs: spreadOf(measured.map(({ importMs }) => importMs)),
    electedMs: spreadOf(measured.map(({ electedMs }) => electedMs)),
  };
}
