/**
 * The functions that ship bundled, in a folder with nothing but Node. Lambda brings an SDK, but other
 * platforms do not, and no test here has run Lambda's version.
 */
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BUNDLED_FUNCTIONS, bundleFunctions } from '../../functions/bundle.ts';
import { startWorker } from '../support/processes.ts';

const ENVIRONMENT = {
  TENURE_TABLE: 'tenure',
  TENURE_ELECTION: 'report',
  TENURE_EVENT_BUS: 'default',
  TENURE_CLUSTER_ARN: 'arn:aws:ecs:eu-west-1:123456789012:cluster/c',
  TENURE_SERVICE_NAME: 's',
};

describe('the bundled functions', () => {
  it.each([...BUNDLED_FUNCTIONS])('loads %s with no package beside it', async (name) => {
    const folder = await mkdtemp(join(tmpdir(), 'tenure-bundle-'));
    const [built] = await bundleFunctions([name], folder);
    const alone = join(folder, 'index.mjs');
    await copyFile(built as string, alone);
    const load = `const { handler } = await import(${JSON.stringify(alone)});
      console.log(JSON.stringify({ event: 'loaded', handler: typeof handler }));`;
    const process = startWorker(['--input-type=module', '--eval', load], {
      env: ENVIRONMENT,
      cwd: folder,
    });
    const end = await process.ended();
    expect({ stderr: process.stderr(), ...end }).toMatchObject({ stderr: '', code: 0 });
    expect(process.lines).toContainEqual({ event: 'loaded', handler: 'function' });
  });
});

describe('the sizes that docs/deploy.md says', () => {
  const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)`.*\| (\d+) \| (\d+) \|$/gm)];

  it('are of every bundle', () => {
    expect(rows.map(([, name]) => name)).toEqual(expect.arrayContaining([...BUNDLED_FUNCTIONS]));
  });

  it.each(rows.map(([, name = '', kb, compressed]) => ({ name, kb, compressed })))(
    'of $name are those that are built',
    async ({ name, kb, compressed }) => {
      const folder = await mkdtemp(join(tmpdir(), 'tenure-bundle-'));
      const [built] = await bundleFunctions([name], folder);
      const code = readFileSync(built as string);

      // A tenth: the SDK changes by a few KB from release to release.
      expect(Math.abs(code.length / 1_000 / Number(kb) - 1)).toBeLessThan(0.1);
      expect(Math.abs(gzipSync(code).length / 1_000 / Number(compressed) - 1)).toBeLessThan(0.1);
    },
  );
});
