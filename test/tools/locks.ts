/**
 * The lock clients of others that bridges are tested with: npm packages, and awslabs' client for Java.
 */
import { execFile } from 'node:child_process';
import { cp, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { findJava } from '../../lib/local/java.ts';
import { cachedFolder } from './cached.ts';

const LOCKS = join(import.meta.dirname, 'locks');
const PROGRAMS = ['AwslabsHolder', 'AwslabsCandidate'] as const;
const SOURCES = PROGRAMS.map((program) => `${program}.java`);
const FILES = ['package.json', 'package-lock.json', 'pom.xml', ...SOURCES];
/** A plugin's version, so that every machine uses the same. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

const clients = cachedFolder(
  'tenure-locks',
  FILES.map((file) => join(LOCKS, file)),
  async (cwd) => {
    const run = promisify(execFile);
    for (const file of FILES) await cp(join(LOCKS, file), join(cwd, file));
    await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd });
    await run('mvn', ['--quiet', '--batch-mode', COPY, '-DoutputDirectory=jars'], { cwd });
    // Eclipse's compiler needs no JDK.
    const compiler = ['-cp', 'jars/*', 'org.eclipse.jdt.internal.compiler.batch.Main'];
    const jars = (await readdir(join(cwd, 'jars'))).map((jar) => join('jars', jar)).join(delimiter);
    const options = ['-17', '-nowarn', '-d', '.', '-cp', jars];
    await run(await java(), [...compiler, ...options, ...SOURCES], { cwd });
  },
);

/** Whether they are there, so that the others ask nothing of the network. */
export const hasLockClients = clients.isThere;

export async function installLockClients(): Promise<void> {
  await clients.folder();
}

/** One of the npm packages. The caller knows its shape. */
export async function npmLockClient<Shape>(name: string): Promise<Shape> {
  return createRequire(join(await clients.folder(), 'package.json'))(name) as Shape;
}

/** The command that starts the program of `AwslabsHolder.java`. */
export const awslabsHolder = () => awslabsProgram('AwslabsHolder');

/** The command that starts the program of `AwslabsCandidate.java`, for the benchmark. */
export const awslabsCandidate = () => awslabsProgram('AwslabsCandidate');

async function awslabsProgram(program: (typeof PROGRAMS)[number]): Promise<readonly string[]> {
  const folder = await clients.folder();
  const classes = [folder, join(folder, 'jars', '*')].join(delimiter);
  return [await java(), '-Xshare:auto', '-XX:TieredStopAtLevel=1', '-cp', classes, program];
}

async function java(): Promise<string> {
  const found = await findJava(process.env);
  if (found.kind === 'absent') throw new Error(`no Java: ${found.tried.join('; ')}`);
  return found.command;
}
