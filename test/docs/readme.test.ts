/**
 * The README is a product: its code is a file that runs, its commands exist, its links lead somewhere.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTableCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../../lib/cli/program.ts';
import { createLeaseTable } from '../../lib/dynamodb/index.ts';
import { ROOT } from '../architecture/source.ts';
import { environmentFor, freshTable } from '../support/dynamodb.ts';
import { startWorker } from '../support/processes.ts';
import { until } from '../support/until.ts';

const EXAMPLE = 'examples/quick-start/main.ts';
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

/** The texts of the fenced blocks of a language. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text);
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

describe('the README', () => {
  it('shows the example that runs, with the names by which a user imports it', () => {
    const source = readFileSync(join(ROOT, EXAMPLE), 'utf8').replace(/^\/\*\*[\s\S]*?\*\/\n/, '');

    const shown = source
      .replace("'../../lib/dynamodb/index.ts'", "'tenure/dynamodb'")
      .replace("'../../lib/index.ts'", "'tenure'");
    expect(blocks('ts')[0]).toBe(shown);
  });

  it('names only npm scripts that exist', () => {
    const named = matches(readme, /(?:^|`|&& )npm (?:run )?([a-z]+(?::[a-z]+)*)/gm);
    const known = [...Object.keys(manifest.scripts), 'ci', 'install'];

    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((script) => !known.includes(script))).toEqual([]);
  });

  it('names only verbs of tenure that exist', () => {
    const named = matches(readme, /(?:^|`|npx )tenure ([a-z]+)/gm);
    const verbs = createProgram().commands.map((command) => command.name());

    expect(new Set(named).size).toBeGreaterThan(3);
    expect(named.filter((verb) => !verbs.includes(verb))).toEqual([]);
  });

  it('names only subpaths that the package exports', () => {
    const named = matches(readme, /[`']tenure(\/[a-z]+)[`']/g);
    const exported = Object.keys(manifest.exports).map((path) => path.slice(1));

    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((path) => !exported.includes(path))).toEqual([]);
  });

  it('links only to what is there', () => {
    const links = matches(readme, /\]\((?!https?:)([^)#]+)/g);

    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
  });
});

describe('the README’s example', () => {
  it('settles while it leads, with the token in the row, and stops on SIGTERM', async () => {
    const { client, endpoint } = await freshTable();
    onTestFinished(() => client.destroy());
    await createLeaseTable(client, 'tenure');
    await client.send(
      new CreateTableCommand({
        TableName: 'ledger',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );

    const worker = startWorker([join(ROOT, EXAMPLE)], { env: environmentFor(endpoint) });
    const get = new GetItemCommand({ TableName: 'ledger', Key: { id: { S: 'orders' } } });
    const row = async () => (await client.send(get)).Item;
    await until(async () => Number((await row())?.settled?.N ?? 0) >= 1);
    worker.signal('SIGTERM');

    expect(await worker.ended()).toEqual({ code: 0, signal: null });
    expect((await row())?.fencingToken?.N).toBe('1');
  });
});
