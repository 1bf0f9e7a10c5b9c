import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { environmentFor } from '../../support/dynamodb.ts';
import { preparedTable } from '../../support/election-table.ts';
import { startWorker } from '../../support/processes.ts';
import { startTenure } from '../../support/tenure.ts';
import { until } from '../../support/until.ts';

type Table = Awaited<ReturnType<typeof preparedTable>>;

async function tenure(table: Table, ...args: string[]) {
  const run = startTenure(args, table);
  const { code } = await run.ended();
  return { code, out: run.stdout(), err: run.stderr() };
}

/** Runs the line as an operator types it: `script` gives the program a terminal. */
function inTerminal(table: Table, line: string) {
  const main = new URL('../../../lib/cli/main.ts', import.meta.url).pathname;
  const command = `${process.execPath} ${main} ${line}`;
  const env = { ...environmentFor(table.endpoint), TENURE_TABLE: table.tableName, NO_COLOR: '1' };
  return startWorker(['-q', '-f', '-c', command, '/dev/null'], { command: 'script', env });
}

describe('tenure resign', () => {
  it('asks the leader, which hands over, and says so', async () => {
    const table = await preparedTable();
    const term = await table.leads('x');

    const { code, out } = await tenure(table, 'resign', 'x', '--wait', '20s', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      election: 'x',
      result: 'handed-over',
      candidateId: term.candidateId,
      token: '1',
    });
    expect(term.remainingMs()).toBe(0);
  });

  it('leaves the term alone until the leader has seen the wish', async () => {
    const table = await preparedTable();
    const term = await table.leads('x', { leaseDurationMs: 60_000, renewIntervalMs: 20_000 });

    const { code, out } = await tenure(table, 'resign', 'x');

    expect(code).toBe(0);
    expect(out).toMatch(/^x: asked worker\/\S+ \(term 1\) to hand over\n$/);
    expect(await table.record('x')).toMatchObject({ holder: term.candidateId, request: 'resign' });
  });

  it('has no leader to ask where none leads', async () => {
    const table = await preparedTable();

    expect(await tenure(table, 'resign', 'x')).toMatchObject({
      code: 1,
      out: 'x: nobody leads; there is nobody to ask\n',
    });
  });
});

describe('tenure depose', () => {
  it('takes the role and keeps it closed for a lease', async () => {
    const table = await preparedTable();
    const leaseDurationMs = 60_000;
    const term = await table.leads('x', { leaseDurationMs, renewIntervalMs: 20_000 });

    const { code, out } = await tenure(table, 'depose', 'x', '--yes', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      result: 'deposed',
      candidateId: term.candidateId,
      waitMs: leaseDurationMs,
    });
    const record = await table.record('x');
    expect(record).toMatchObject({ writtenBy: 'operator', reservedMs: leaseDurationMs });
    expect([record.holder, record.reservedFor]).toEqual([undefined, undefined]);
  });

  it('is noticed by the leader with its next renewal', async () => {
    const table = await preparedTable();
    const term = await table.leads('x', { leaseDurationMs: 60_000, renewIntervalMs: 600 });

    await tenure(table, 'depose', 'x', '--yes');

    await until(() => term.signal.aborted, { what: 'the loss' });
    expect(term.signal.reason).toMatchObject({ why: 'deposed' });
  });

  it('does not keep it closed with --now, and says what protects then', async () => {
    const table = await preparedTable();
    await table.leads('x', { leaseDurationMs: 60_000, renewIntervalMs: 20_000 });

    const { code, out } = await tenure(table, 'depose', 'x', '--now', '--yes');

    expect(code).toBe(0);
    expect(out).toMatch(
      /anyone may lead now; until its lease runs out only fenced writes are safe/,
    );
    const record = await table.record('x');
    expect(record).toMatchObject({ writtenBy: 'operator' });
    expect([record.holder, record.reservedMs]).toEqual([undefined, undefined]);
  });

  it('asks first, and where there is no terminal does nothing without --yes', async () => {
    const table = await preparedTable();
    const term = await table.leads('x');

    const { code, err } = await tenure(table, 'depose', 'x');

    expect(code).toBe(2);
    expect(err).toMatch(/this takes x from worker\/\S+; .* give --yes if that is what you want/);
    expect((await table.record('x')).holder).toBe(term.candidateId);
  });
});

describe('tenure depose in a terminal', () => {
  it.each([
    ['does nothing for another answer', 'yes', /x: nothing was done/, false],
    ['deposes for the name of the election', 'x', /x: deposed worker/, true],
  ])('asks, and %s', async (_what, answer, says, isDeposed) => {
    const table = await preparedTable();
    const term = await table.leads('x', { leaseDurationMs: 60_000, renewIntervalMs: 20_000 });
    const terminal = inTerminal(table, 'depose x');
    await until(() => terminal.stdout().includes('this takes x from'));

    terminal.stdin.write(`${answer}\n`);

    await until(() => says.test(terminal.stdout()));
    const { holder } = await table.record('x');
    expect(holder).toBe(isDeposed ? undefined : term.candidateId);
  });
});

describe('tenure reseed', () => {
  it('brings back an election whose record was deleted, above its tokens', async () => {
    const table = await preparedTable();
    const { client, tableName } = table;
    for (let n = 0; n < 2; n += 1) await (await table.candidate('x').campaign()).resign();
    const Key = { pk: { S: 'election#x' }, sk: { S: 'lease' } };
    await until(async () => (await tenure(table, 'history', 'x')).out.includes('resigned'));
    await client.send(new DeleteItemCommand({ TableName: tableName, Key }));
    await expect(table.candidate('x').campaign()).rejects.toMatchObject({
      code: 'TOKEN_REGRESSION',
    });

    const low = await tenure(table, 'reseed', 'x', '--token', '1', '--yes');
    expect(low.code).toBe(2);
    expect(low.err).toMatch(/--token must be at least 2, which the table shows to have been used/);
    const done = await tenure(table, 'reseed', 'x', '--token', '40', '--lease', '1s', '--yes');

    expect(done.out).toBe('x: the next term is 41; anyone may lead in 1.0 s\n');
    await using term = await table.candidate('x').campaign();
    expect(term.token).toBe(41n);
  });

  it('begins far above the highest stamp of whole tables, tombstones too', async () => {
    const table = await preparedTable();
    const { client, tableName: TableName } = table;
    for (const [pk, fencingToken] of [
      ['a', '7'],
      ['b', '1200'],
      ['c', '31'],
    ] as const) {
      const Item = { pk: { S: pk }, sk: { S: 'row' }, fencingToken: { N: fencingToken } };
      await client.send(new PutItemCommand({ TableName, Item }));
    }

    const args = ['reseed', 'x', '--above-stamps', TableName, '--yes', '--json'];
    const done = await tenure(table, ...args);
    expect(JSON.parse(done.out)).toMatchObject({ result: 'reseeded', token: '10000000' });
    expect((await table.record('x')).token).toBe(10_000_000n);

    const none = await tenure(table, ...args, '--stamp-attribute', 'other');
    expect(none.code).toBe(2);
    expect(none.err).toMatch(/found no row with other in/);
    const Item = { pk: { S: 'd' }, sk: { S: 'row' }, other: { N: '3' } };
    await client.send(new PutItemCommand({ TableName, Item }));
    const low = await tenure(table, ...args, '--stamp-attribute', 'other');
    expect(low.err).toMatch(/the token above the stamps must be at least 10000000.*got 10000;/);
    const neither = await tenure(table, 'reseed', 'x', '--yes');
    expect(neither.err).toMatch(/give --token or, for an election, --above-stamps/);
  });

  it.each(['0', '-1', 'seven', '1.5', '9'.repeat(39)])('refuses the token %s', async (token) => {
    const table = await preparedTable();

    expect((await tenure(table, 'reseed', 'x', `--token=${token}`, '--yes')).code).toBe(2);
  });
});

describe('tenure history and candidates', () => {
  it('show who led, why it ended, and who has registered', async () => {
    const table = await preparedTable();
    const first = await table.candidate('x').campaign();
    first.proclaim({ step: 'done' });
    await first.resign();
    expect((await tenure(table, 'status', 'x')).out).toContain('last said {"step":"done"}');
    const term = await table.leads('x');
    const history = async () => JSON.parse((await tenure(table, 'history', 'x', '--json')).out);
    await until(async () => (await history()).terms.length === 2);

    expect((await history()).terms).toEqual([
      { token: '2', candidateId: term.candidateId, electedAtEpochMs: expect.any(Number) },
      expect.objectContaining({
        ...{ token: '1', why: 'resigned', endedAtEpochMs: expect.any(Number) },
        attributes: { step: 'done' },
      }),
    ]);
    const lines = (await tenure(table, 'history', 'x')).out.split('\n');
    expect(lines[0]).toMatch(/^TERM +LEADER +SINCE \(UTC\) +LASTED +ENDED$/);
    expect(lines[2]).toMatch(
      /^1 +worker\/\S+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[\d.]+ m?s +resigned$/,
    );
    const { out } = await tenure(table, 'candidates', 'x', '--json');
    expect(JSON.parse(out).candidates).toContainEqual(
      expect.objectContaining({ candidateId: term.candidateId, holdsRole: true, version: '1.2.3' }),
    );
    expect((await tenure(table, 'candidates', 'x')).out).toMatch(/holds it +us-east-1a +1\.2\.3/);
  });

  it('say that there is nothing, with an exit code of their own', async () => {
    const table = await preparedTable();

    expect(await tenure(table, 'history', 'x')).toMatchObject({
      code: 1,
      out: 'x: no term is recorded\n',
    });
    expect((await tenure(table, 'candidates', 'x')).code).toBe(1);
  });
});

describe('tenure status', () => {
  it('says since when somebody leads and how many have registered', async () => {
    const table = await preparedTable();
    const term = await table.leads('x');
    const status = async () => JSON.parse((await tenure(table, 'status', 'x', '--json')).out);
    await until(async () => (await status()).candidates.length > 0);

    expect(await status()).toMatchObject({
      state: 'leading',
      candidateId: term.candidateId,
      sinceEpochMs: expect.any(Number),
      candidates: [term.candidateId],
    });
    expect((await tenure(table, 'status', 'x')).out).toMatch(
      /\n {2}since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, for [\d.]+ m?s; 1 candidate has registered\n$/,
    );
  });
});

describe('tenure watch', () => {
  it('prints a line for each change in a pipe, and ends with Ctrl-C', async () => {
    const table = await preparedTable();
    const watch = startTenure(['watch', 'x', '--json'], table);
    const term = await table.leads('x');
    await watch.line((line) => line.event === 'elected');
    await tenure(table, 'depose', 'x', '--yes');

    const lost = await watch.line((line) => line.event === 'lost');
    expect(lost).toMatchObject({
      election: 'x',
      candidateId: term.candidateId,
      token: '1',
      why: 'deposed',
    });
    watch.signal('SIGINT');
    expect(await watch.ended()).toEqual({ code: 0, signal: null });
  });

  it('draws who leads and how much of the lease is left in a terminal', async () => {
    const table = await preparedTable();
    const term = await table.leads('x');
    const watch = inTerminal(table, 'watch x');

    await until(() => /█+░* \d\.\d s of 4\.0 s/.test(watch.stdout()));

    expect(watch.stdout()).toContain(`${term.candidateId} leads, term 1`);
    watch.signal('SIGTERM');
    await watch.ended();
  });
});

describe('tenure dashboard', () => {
  it('serves the page of a real table, which has no buttons', async () => {
    const table = await preparedTable();
    const term = await table.leads('x');
    const dashboard = startTenure(['dashboard', 'x', '--json'], table);
    const { url } = await dashboard.line((line) => 'url' in line);
    const answer = await fetch(`${url}events`);
    let told = '';
    for await (const chunk of answer.body ?? []) {
      told += new TextDecoder().decode(chunk as Uint8Array);
      if (told.includes(term.candidateId)) break;
    }

    const page = await (await fetch(String(url))).text();

    expect(page).toContain('data-actions="false"');
    expect(page).not.toContain('Add a candidate');
    dashboard.signal('SIGTERM');
    expect(await dashboard.ended()).toEqual({ code: 0, signal: null });
  });
});

describe('every verb', () => {
  it.each(['watch', 'dashboard', 'history', 'candidates', 'resign', 'depose', 'reseed', 'doctor'])(
    'explains %s with an example, and takes --json',
    async (verb) => {
      const help = startTenure([verb, '--help']);

      expect((await help.ended()).code).toBe(0);
      expect(help.stdout()).toMatch(new RegExp(`Examples?:\\n  tenure ${verb}`));
      expect(help.stdout()).toContain('--json');
      expect(help.stdout()).toContain('Exit codes: 0');
    },
  );
});
