/** The row format of awslabs' lock client for Java, beside its jar. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { awslabsLock } from '../../lib/index.ts';
import { EVERY_MS, hold, keepsItsRules, LEASE_MS, type Place } from '../contract/other-lock.ts';
import { until } from '../support/until.ts';
import { awslabsHolder } from '../tools/locks.ts';
import { KEY_NAME, lockTable } from './lock-table.ts';

async function setting() {
  const table = await lockTable();
  const { endpoint, tableName, key, failing, overwrite } = table;

  async function theirs() {
    const [program = '', ...args] = await awslabsHolder();
    const its = [endpoint, tableName, KEY_NAME, 'orders', `${LEASE_MS}`, `${EVERY_MS}`];
    const child = spawn(program, [...args, ...its], { stdio: ['pipe', 'pipe', 'ignore'] });
    onTestFinished(() => end(child));
    const said: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
    await until(() => said.includes('ready'), { what: 'that the Java program is ready' });
    const order = (word: string, answer: string) => {
      child.stdin.write(`${word}\n`);
      return until(() => said.includes(answer), { what: `that the Java program says ${answer}` });
    };
    return {
      acquire: () => order('acquire', 'held'),
      release: () => order('release', 'released'),
      die: () => end(child),
    };
  }

  const place: Place = {
    theirs,
    ours: (faults) =>
      awslabsLock({
        ...{ documents: failing(faults), tableName, key },
        ...{ leaseDurationMs: LEASE_MS, everyMs: EVERY_MS },
      }),
    takeAway: async () => void (await overwrite('recordVersionNumber', 'another')),
  };
  return { ...table, place };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

describe('beside the jar', () => {
  keepsItsRules(async () => (await setting()).place);
});

test('leaves what the programs of before keep in the row', async () => {
  const { place, overwrite, row } = await setting();
  await overwrite('data', 'checkpoint 7');
  await overwrite('recordVersionNumber', 'of a program that died');
  await overwrite('leaseDuration', '100');

  const held = await hold(place.ours());
  expect(await row()).toMatchObject({ data: 'checkpoint 7', ownerName: 'tenure' });
  await held.release();

  expect(await row()).toMatchObject({ data: 'checkpoint 7', isReleased: '1' });
});

test('says so where the row is no lock of that client', async () => {
  const { place, overwrite } = await setting();
  await overwrite('guid', 'of another format');
  const acquiring = place.ours().acquire(new AbortController().signal);
  await expect(acquiring).rejects.toThrow('is no lock of this kind');
});
