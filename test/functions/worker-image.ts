/**
 * The worker as its image has it: built by the very command of the Dockerfile, run by its CMD.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
export const DOCKERFILE = join(ROOT, 'functions/worker/Dockerfile');

/** Instructions of the Dockerfile, continued lines joined, comments left out. */
export async function instructions(dockerfile = DOCKERFILE): Promise<readonly string[]> {
  const text = await readFile(dockerfile, 'utf8');
  return text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '');
}

/** Runs a build as the image does, but writes the bundle to a path of the test. */
export async function buildWorker(outfile: string, name = 'main'): Promise<void> {
  const built = `--outfile=${name}.mjs`;
  const build = (await instructions()).find(
    (line) => line.startsWith('RUN') && line.includes(built),
  );
  const command = build?.slice('RUN '.length).split(' && ').at(-1);
  if (command === undefined) throw new Error(`no build of ${name}.mjs in ${DOCKERFILE}`);
  const here = command.replace(built, `--outfile=${outfile} --log-level=warning`);
  await promisify(execFile)('/bin/sh', ['-c', here], { cwd: ROOT });
}
