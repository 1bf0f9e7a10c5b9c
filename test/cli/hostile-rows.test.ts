/**
 * Rows that another program wrote, through every verb that prints them. No control character of a row
 * reaches the terminal, no row makes a verb fail, and no row forges a line.
 */
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { TTL_ATTRIBUTE } from '../../lib/dynamodb/index.ts';
import { environmentFor } from '../support/dynamodb.ts';
import { preparedTable } from '../support/election-table.ts';
import { startWorker } from '../support/processes.ts';
import { SHORT_LEASE, startTenure } from '../support/tenure.ts';
import { until } from '../support/until.ts';

/** Clears a screen, sets a title, hides text, forges a line, reverses a line, marks and joins letters. */
const HOSTILE =
  'a\u001b[2J\u001b]0;owned\u0007\u001b[8mb\u009b31m\u0090q\u009c\u0000\u0008\u007f\r\nx: forged leads\t' +
  '\u202egnorw\u2066\u2069\u200f\u061c\u2028\u2029\ufeff\u200b\u{e0041}';
/** Control and format characters, but not the end of a line. */
const UNSEEN = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** What this program draws with: colours, and back to the top of what was drawn. */
const ESCAPE = '\u001b';
const OWN = new RegExp(`${ESCAPE}\\[(?:[0-9]+m|[0-9]+A|0J)|\r(?=\n)`, 'g');
const FAR = { N: '99999999999' };

type Table = Awaited<ReturnType<typeof preparedTable>>;
type Row = Readonly<Record<string, AttributeValue>>;

async function put(table: Table, sk: string, row: Row) {
  const Item = { pk: { S: 'election#x' }, sk: { S: sk }, ...row };
  await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
}

const leaseRow = (holder: string): Row => ({
  formatVersion: { N: '1' },
  token: { N: '7' },
  holder: { S: holder },
  revision: { S: 'r' },
  leaseDurationMs: { N: '600000' },
  renewIntervalMs: { N: '3000' },
  renewedAtEpochMs: { N: String(Date.now()) },
  state: { S: 'leading' },
  writtenBy: { S: 'acquire' },
});
const termRow = (token: number, row: Row = {}): Row => ({
  token: { N: String(token) },
  holder: { S: HOSTILE },
  electedAtEpochMs: { N: '1767225600000' },
  ...row,
});
const candidateRow = (row: Row = {}): Row => ({
  startedAtEpochMs: { N: '1767225600000' },
  registeredAtEpochMs: { N: '1767225600000' },
  zone: { S: HOSTILE },
  version: { S: HOSTILE },
  [TTL_ATTRIBUTE]: FAR,
  ...row,
});

async function hostileTable() {
  const table = await preparedTable();
  await put(table, 'lease', leaseRow(HOSTILE));
  await put(table, 'term#6', termRow(6, { endedAtEpochMs: { N: '1767225601000' } }));
  await put(table, 'term#7', termRow(7));
  await put(table, `candidate#${HOSTILE}`, candidateRow());
  return table;
}

async function printed(table: Table, args: readonly string[]) {
  const run = startTenure(args, table);
  const { code } = await run.ended();
  return { code, out: run.stdout(), err: run.stderr() };
}

describe('a row with control characters in every text', () => {
  it.each([
    [0, ['status', 'x']],
    [0, ['history', 'x']],
    [0, ['candidates', 'x']],
    [0, ['doctor', 'x']],
    [2, ['depose', 'x']],
    [2, ['reseed', 'x', '--token', '9']],
    [0, ['resign', 'x']],
    [0, ['depose', 'x', '--yes']],
  ])('exits with %i and shows them escaped: %j', async (code, args) => {
    const table = await hostileTable();
    for (const json of [[], ['--json']]) {
      await put(table, 'lease', leaseRow(HOSTILE));
      const said = await printed(table, [...args, ...json]);

      expect(said).toMatchObject({ code });
      expect(said.out).not.toMatch(UNSEEN);
      expect(said.err).not.toMatch(UNSEEN);
      expect(`${said.out}${said.err}`).not.toMatch(/^x: forged/m);
      if (args[0] !== 'doctor') expect(`${said.out}${said.err}`).toContain('\\u001b');
      if (json.length > 0 && said.out !== '') JSON.parse(said.out);
    }
  });

  it.each([[[]], [['--json']]])('is printed escaped by watch: %j', async (json) => {
    const table = await hostileTable();
    const watch = startTenure(['watch', 'x', ...json], table);
    await until(() => watch.stdout().split('\n').length > 3);

    watch.signal('SIGINT');
    await watch.ended();
    expect(watch.stdout()).not.toMatch(UNSEEN);
    expect(watch.stdout()).not.toMatch(/^x: forged/m);
  });

  it.each([[[]], [['--json']]])(
    'is printed escaped by a candidate that waits: run %j',
    async (json) => {
      const table = await hostileTable();
      const run = startTenure(['run', 'x', ...SHORT_LEASE, ...json, '--', 'true'], table);
      await until(() => run.stderr().includes('\\u001b'));

      run.signal('SIGTERM');
      await run.ended();
      expect(run.stderr()).not.toMatch(UNSEEN);
    },
  );

  it('is drawn in a terminal by nothing but our own colours and moves', async () => {
    const table = await hostileTable();
    const main = new URL('../../lib/cli/main.ts', import.meta.url).pathname;
    const env = {
      ...environmentFor(table.endpoint),
      TENURE_TABLE: table.tableName,
      TERM: 'xterm-256color',
      NO_COLOR: undefined,
    };
    const inTerminal = (verb: string) =>
      startWorker(['-q', '-f', '-c', `${process.execPath} ${main} ${verb} x`, '/dev/null'], {
        command: 'script',
        env,
      });
    for (const verb of ['status', 'history', 'candidates', 'watch']) {
      const shown = inTerminal(verb);
      if (verb === 'watch') {
        await until(() => shown.stdout().split('█').length > 20);
        shown.signal('SIGTERM');
      }
      await shown.ended();

      expect(shown.stdout().length, verb).toBeGreaterThan(20);
      expect(shown.stdout().replaceAll(OWN, ''), verb).not.toMatch(UNSEEN);
    }
  });
});

describe('a row that does not parse', () => {
  const odd: readonly (readonly [string, Row])[] = [
    ['candidate#none', {}],
    ['candidate#late', candidateRow({ startedAtEpochMs: { S: 'yesterday' } })],
    ['candidate#far', candidateRow({ registeredAtEpochMs: { N: '1e20' } })],
    ['term#8', {}],
    ['term#9', termRow(9, { electedAtEpochMs: { N: '1e20' } })],
    ['term#91', termRow(91, { endedAtEpochMs: { N: '-1e20' } })],
  ];

  it.each([
    ['status', 'candidate#none'],
    ['candidates', 'candidate#none'],
    ['history', 'term#9'],
  ])('leaves %s to show the others, and to name it', async (verb, named) => {
    const table = await hostileTable();
    for (const [sk, row] of odd) await put(table, sk, row);

    const { code, out, err } = await printed(table, [verb, 'x', '--json']);

    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining(named) });
    const { candidates, terms } = JSON.parse(out) as { candidates?: []; terms?: [] };
    expect(candidates ?? terms).toHaveLength(verb === 'history' ? 2 : 1);
  });

  it('does not end watch', async () => {
    const table = await preparedTable();
    const term = await table.leads('x');
    for (const [sk, row] of odd) await put(table, sk, row);
    const watch = startTenure(['watch', 'x', '--json'], table);

    await watch.line((line) => line.event === 'elected' && line.candidateId === term.candidateId);
    await watch.line((line) => String(line.why).includes('candidate#none'));
    watch.signal('SIGINT');
    expect(await watch.ended()).toEqual({ code: 0, signal: null });
  });
});
