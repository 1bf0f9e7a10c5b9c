/** What `npm test` says on a machine where it may install nothing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { installLockClients } from './locks.ts';
import { pythonPrograms } from './python.ts';

const INSTALL = fileURLToPath(new URL('install.ts', import.meta.url));

it('lists what is missing, what for, and the command, once and before any test', () => {
  const { JAVA_HOME: _, ...env } = process.env;

  const run = spawnSync(process.execPath, [INSTALL], {
    env: { ...env, PATH: '/nowhere' },
    encoding: 'utf8',
  });

  expect(run.status).toBe(1);
  expect(run.stdout).toBe('');
  expect(run.stderr).toMatch(
    /^npm test needs programs that are not installed:\n {2}spin: the models/,
  );
  expect(run.stderr).toContain('Java 17 or later: DynamoDB Local');
  expect(run.stderr).toMatch(/apt-get install --no-install-recommends spin gcc .*jre-headless\n$/);
});

it('says nothing where everything is there', async () => {
  await pythonPrograms();
  await installLockClients();

  const run = spawnSync(process.execPath, [INSTALL], { encoding: 'utf8' });

  expect(run).toMatchObject({ status: 0, stdout: '', stderr: '' });
});
