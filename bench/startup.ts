/**
 * The part `startup`: what a bundle of the library weighs, and how long a new process takes to import it
 * and to lead for the first time.
 *
 * Bundles are esbuild's, minified, for Node, without the AWS SDK, which Lambda's runtime brings. Times are
 * of fresh processes, one after the other; `import` is measured inside, `first acquire` from the start of
 * the process to its first write, for an election that nobody has led before.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { launch } from './fail-over/launching.ts';
import { machineMs } from './fail-over/program.ts';
import { createQueueFor } from './fail-over/queues.ts';
import { createResource } from './fail-over/resource.ts';
import { type Store, startStore } from './fail-over/stores.ts';
import { buildPrograms, SYSTEMS, type System } from './fail-over/systems.ts';
import { TIMINGS } from './pair.ts';
import { type Spread, spreadOf } from './statistics.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = fileURLToPath(new URL('./.artifacts/', import.meta.url));
const run = promisify(execFile);

const ENTRIES = {
  'tenure with tenure/dynamodb': ['lib/index.ts', 'lib/dynamodb/index.ts'],
  'tenure with tenure/sqs': ['lib/index.ts', 'lib/sqs/index.ts'],
  'dynamodb-lock-client (bring aws-sdk 2)': ['bench/node_modules/dynamodb-lock-client/index.js'],
} as const;

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
  return { bundles, firstAcquires: await firstAcquires(trials) };
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

export interface FirstAcquire {
  readonly name: string;
  readonly title: string;
  readonly electedMs: Spread;
}

async function firstAcquires(trials: number): Promise<readonly FirstAcquire[]> {
  await buildPrograms();
  const measured: FirstAcquire[] = [];
  for (const system of SYSTEMS) {
    await using store = await startStore(system.store);
    await using hints = system.queue === 'hints' ? await startStore('sqs') : undefined;
    const times: number[] = [];
    for (let trial = 0; trial < trials; trial += 1) {
      times.push(await firstAcquire(system, store, hints ?? store));
    }
    const { name, title } = system;
    measured.push({ name, title, electedMs: spreadOf(times) });
  }
  return measured;
}

async function firstAcquire(system: System, store: Store, queues: Store): Promise<number> {
  const election = randomUUID();
  const queueUrl = await createQueueFor(system, queues, { ...TIMINGS, election });
  const resource = createResource();
  const order = { ...TIMINGS, election, queueUrl, host: store.host, port: store.port };
  const startedMs = machineMs();
  const first = resource.next(() => true);
  const { child, ended } = launch(system, order, resource);
  const { arrivedAtMs } = await first;
  child.kill('SIGKILL');
  await ended;
  return arrivedAtMs - startedMs;
}
