import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../../lib/cli/program.ts';
import { freshTable } from '../support/dynamodb.ts';
import { startTenure } from '../support/tenure.ts';

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-init-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('tenure init', () => {
  it('creates the table, writes the policy and a program, and says the next command', async () => {
    const [cwd, { client, endpoint, tableName }] = [await emptyFolder(), await freshTable()];
    onTestFinished(() => client.destroy());
    const table = `${tableName}-new`;

    const init = startTenure(['init', 'orders', '--as', 'create', '--table', table], undefined, {
      cwd,
      endpoint,
    });

    expect(await init.ended()).toEqual({ code: 0, signal: null });
    expect((await readdir(cwd)).sort()).toEqual(['lead.mjs', 'tenure-policy.json']);
    expect(init.stdout()).toMatch(
      /^wrote lead.mjs, tenure-policy.json\nnext:\n {2}npm install tenure /,
    );
    const policy = await readFile(join(cwd, 'tenure-policy.json'), 'utf8');
    expect(policy).toContain('"election#orders"');
    expect(policy).toContain(`:table/${table}"`);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    expect(Table?.KeySchema?.map(({ AttributeName }) => AttributeName)).toEqual(['pk', 'sk']);
  });

  it('writes the same table for CloudFormation and for Terraform, which keep it', async () => {
    const cwd = await emptyFolder();
    for (const as of ['cloudformation', 'terraform']) {
      const init = startTenure(['init', 'orders', '--as', as, '--dir', as, '--json'], undefined, {
        cwd,
      });
      expect((await init.ended()).code).toBe(0);
      expect(JSON.parse(init.stdout())).toMatchObject({ election: 'orders' });
    }

    const template = await readFile(join(cwd, 'cloudformation/tenure.template.json'), 'utf8');
    expect(JSON.parse(template).Resources.LeaseTable).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        TableName: 'tenure',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'expiresAtEpochSeconds', Enabled: true },
      },
    });
    const terraform = await readFile(join(cwd, 'terraform/tenure.tf'), 'utf8');
    expect(terraform).toMatch(/hash_key += "pk"\n +range_key += "sk"\n/);
    expect(terraform).toContain('attribute_name = "expiresAtEpochSeconds"');
    expect(terraform).toContain('prevent_destroy = true');
  });

  it('overwrites no file, and says which one is there', async () => {
    const cwd = await emptyFolder();
    await startTenure(['init', 'orders'], undefined, { cwd }).ended();
    const before = await readFile(join(cwd, 'lead.mjs'), 'utf8');

    const again = startTenure(['init', 'other', '--as', 'terraform'], undefined, { cwd });

    expect((await again.ended()).code).toBe(2);
    expect(again.stderr()).toContain('lead.mjs and tenure-policy.json are there already');
    expect(await readFile(join(cwd, 'lead.mjs'), 'utf8')).toBe(before);
    expect(await readdir(cwd)).not.toContain('tenure.tf');
  });
});

it('tenure init says where nothing can be written', async () => {
  const cwd = await emptyFolder();
  await writeFile(join(cwd, 'file'), '');
  const init = startTenure(['init', 'orders', '--dir', 'file/x'], undefined, { cwd });

  expect((await init.ended()).code).toBe(2);
  expect(init.stderr()).toMatch(
    /^tenure: --dir "file\/x" cannot be written to: ENOTDIR.*; give another one\n$/,
  );
});

describe('tenure completion', () => {
  const completed = async (...words: string[]) => {
    const completion = startTenure(['completion', 'bash']);
    await completion.ended();
    const script = `${completion.stdout()}
      COMP_WORDS=(tenure ${words.map((word) => `'${word}'`).join(' ')})
      COMP_CWORD=${words.length}
      _tenure
      echo "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split(' ');
  };

  it('completes every verb, and the options of a verb', async () => {
    const verbs = createProgram().commands.map((command) => command.name());

    expect(await completed('')).toEqual(verbs);
    expect(await completed('st')).toEqual(['status']);
    expect(await completed('run', '--on')).toEqual(['--once']);
    expect(await completed('status', 'x', '--t')).toEqual(['--table']);
    expect(await completed('groups', '')).toEqual(['create', 'list']);
    expect(await completed('groups', 'create', 'orders', '--part')).toEqual(['--partitions']);
    expect(await completed('groups', 'list', '--part')).toEqual(['']);
  });
});
