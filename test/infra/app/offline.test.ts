/**
 * `cdk synth` and `cdk diff` with no account, no credentials and no network.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const ARTEFACTS = join(ROOT, '.artifacts');
/** Nothing listens on the discard port: a request to the network fails at once. */
const NOWHERE = 'http://127.0.0.1:9';
/** Only a hang lasts so long. */
const CLI_MS = 180_000;

let folder: string;

beforeAll(async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  folder = await mkdtemp(join(ARTEFACTS, 'offline-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function cdk(...args: readonly string[]): Promise<{ code: number; said: string }> {
  const {
    AWS_ACCESS_KEY_ID: _,
    AWS_SECRET_ACCESS_KEY: __,
    NODE_OPTIONS: ___,
    ...rest
  } = process.env;
  const env = {
    ...rest,
    PATH: `${join(process.execPath, '..')}:${rest.PATH}`,
    HTTP_PROXY: NOWHERE,
    HTTPS_PROXY: NOWHERE,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  const bin = join(ROOT, 'node_modules', '.bin', 'cdk');
  try {
    const run = await promisify(execFile)(bin, [...args, '--no-notices'], { cwd: ROOT, env });
    return { code: 0, said: run.stdout + run.stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

describe('without a network', { timeout: CLI_MS }, () => {
  const out = () => join(folder, 'cdk.out');
  const everything = ['-c', 'service=true', '-c', 'queue=true'];

  it('the app is synthesized by the command of cdk.json', async () => {
    const { code, said } = await cdk('synth', '--quiet', '--output', out(), ...everything);
    expect([code, said]).toEqual([0, expect.stringContaining('Successfully synthesized')]);
  });

  it('a stack is compared with a template that was kept', async () => {
    const kept = join(folder, 'kept.json');
    const template = JSON.parse(await readFile(join(out(), 'TenureState.template.json'), 'utf8'));
    await writeFile(kept, JSON.stringify(template));
    const same = await cdk('diff', 'TenureState', '--app', out(), '--template', kept, '--fail');
    expect([same.code, same.said]).toEqual([0, expect.stringContaining('no differences')]);

    const [table] = Object.values<{ Properties: object }>(template.Resources);
    Object.assign(table?.Properties ?? {}, { BillingMode: 'PROVISIONED' });
    await writeFile(kept, JSON.stringify(template));
    const other = await cdk('diff', 'TenureState', '--app', out(), '--template', kept, '--fail');
    expect([other.code, other.said]).toEqual([1, expect.stringContaining('PAY_PER_REQUEST')]);
  });
});
