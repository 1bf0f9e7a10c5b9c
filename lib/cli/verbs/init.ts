/**
 * `tenure init`: the table, the policy and a first program, and the command that comes next.
 *
 * Decides that no existing file is overwritten. Each way creates the same table, from the one
 * definition of the package. It is never deleted with its stack.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { createLeaseTable } from '../../dynamodb/index.ts';
import { InvalidOptionsError } from '../../index.ts';
import {
  clientOf,
  parseElection,
  type StoreOptions,
  withStoreOptions,
} from '../election/store-options.ts';
import { type FirstFile, firstFiles, type TableMaker } from '../planning/first-files.ts';
import { print } from '../terminal/terminal.ts';

const NEW_TABLE =
  '--attribute-names must be left out, since the table that init makes has the names of the package; ' +
  'leave it out, and unset TENURE_ATTRIBUTE_NAMES';

interface InitOptions extends StoreOptions {
  readonly as: TableMaker;
  readonly dir: string;
  readonly json?: boolean;
}

const HELP = `
Writes lead.mjs, tenure-policy.json with what a candidate may do, and the table: as tenure.template.json for
CloudFormation, as tenure.tf for Terraform, or by creating it now. Files that are there are never written over.

Exit codes: 0 done, 2 usage or a file that is there, 3 the table cannot be created.

Examples:
  tenure init nightly-report
  tenure init nightly-report --as terraform --dir infra
  tenure init nightly-report --as create --endpoint http://127.0.0.1:8000`;

export function initVerb(): Command {
  const verb = new Command('init')
    .description('write the table, the policy and a first program')
    .argument('<election>', 'what to be the leader of', parseElection);
  return withStoreOptions(verb)
    .addOption(
      new Option('--as <way>', 'how the table is made')
        .choices(['cloudformation', 'terraform', 'create'])
        .default('cloudformation'),
    )
    .option('--dir <path>', 'where the files go', '.')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(init);
}

async function init(election: string, options: InitOptions): Promise<void> {
  const { as, dir, table } = options;
  if (options.attributeNames !== undefined) throw new InvalidOptionsError([NEW_TABLE]);
  const { files, next } = firstFiles({ election, tableName: table, as });
  refuseToOverwrite(files, dir);
  if (as === 'create') await create(options);
  await write(files, dir);
  const written = files.map(({ name }) => join(dir, name));
  if (options.json) print(JSON.stringify({ election, files: written, next }));
  else print(`wrote ${written.join(', ')}`, 'next:', ...next.map((command) => `  ${command}`));
}

async function write(files: readonly FirstFile[], dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    for (const { name, text } of files) await writeFile(join(dir, name), text, { flag: 'wx' });
  } catch (cause) {
    const problem = `--dir ${JSON.stringify(dir)} cannot be written to: ${(cause as Error).message}`;
    throw new InvalidOptionsError([`${problem}; give another one`], { cause });
  }
}

/** @throws InvalidOptionsError naming each file that exists, before anything is done. */
function refuseToOverwrite(files: readonly FirstFile[], dir: string): void {
  const there = files.map(({ name }) => join(dir, name)).filter((path) => existsSync(path));
  if (there.length === 0) return;
  throw new InvalidOptionsError([
    `${there.join(' and ')} ${there.length > 1 ? 'are' : 'is'} there already, and nothing is written over; ` +
      'give another --dir, or move what is there',
  ]);
}

async function create(options: InitOptions): Promise<void> {
  const client = clientOf(options);
  try {
    await createLeaseTable(client, options.table);
  } finally {
    client.destroy();
  }
}
