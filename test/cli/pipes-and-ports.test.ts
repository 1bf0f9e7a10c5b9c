/**
 * What a program meets in a shell: pipes that close early, terminals without colours, ports in use.
 */
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { environmentFor } from '../support/dynamodb.ts';
import { preparedTable } from '../support/election-table.ts';
import { startWorker } from '../support/processes.ts';
import { startTenure } from '../support/tenure.ts';
import { until } from '../support/until.ts';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url));
type Table = Awaited<ReturnType<typeof preparedTable>>;

/** `tenure <line>` in a pipe whose reader takes one line; the last word is the exit code of tenure. */
function intoHead(table: Table, line: string) {
  const script = `{ "${process.execPath}" "${MAIN}" ${line}; echo "code $?" >&2; } | head -1`;
  const env = { ...environmentFor(table.endpoint), TENURE_TABLE: table.tableName, NO_COLOR: '1' };
  return startWorker(['-c', script], { command: 'sh', env });
}

describe('a reader that leaves early', () => {
  it.each([
    ['status x', 0],
    ['history x', 0],
    ['candidates missing', 1],
    ['policy x', 0],
  ])('changes nothing for tenure %s', async (line, code) => {
    const table = await preparedTable();
    await table.leads('x');

    const shell = intoHead(table, line);
    await shell.ended();

    expect(shell.stderr().split('\n').at(-2)).toBe(`code ${code}`);
    expect(shell.stderr()).not.toContain('unexpected');
  });

  it('ends tenure watch, without a complaint', async () => {
    const table = await preparedTable();
    const first = await table.leads('x');
    const shell = intoHead(table, 'watch x');
    await until(() => shell.stdout() !== '');

    await first.resign();
    await table.leads('x');

    await shell.ended();
    expect(shell.stderr()).toBe('code 0\n');
  });
});

it('prints a line for each change where the terminal cannot be drawn in', async () => {
  const table = await preparedTable();
  const term = await table.leads('x');
  const env = { ...environmentFor(table.endpoint), TENURE_TABLE: table.tableName, TERM: 'dumb' };
  const command = `${process.execPath} ${MAIN} watch x`;
  const watch = startWorker(['-q', '-f', '-c', command, '/dev/null'], { command: 'script', env });
  await until(() => watch.stdout().includes(`${term.candidateId} leads`));
  await term.resign();
  await until(() => watch.stdout().includes('released'));

  watch.signal('SIGTERM');
  await watch.ended();
  expect(watch.stdout()).not.toContain('\u001b');
});

describe('a port that another program uses', () => {
  async function usedPort(answers: boolean) {
    const server = answers
      ? createServer((_request, response) => response.end('{}'))
      : createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  it('is named by tenure dashboard, with the way out', async () => {
    const table = await preparedTable();
    const port = await usedPort(false);

    const run = startTenure(['dashboard', 'x', '--port', String(port)], table);

    expect((await run.ended()).code).toBe(2);
    expect(run.stderr()).toBe(
      `tenure: port ${port} is used by another program; give another one, or leave --port out\n`,
    );
  });

  it.each([true, false])('is named by tenure local, answering like a store: %s', async (like) => {
    const port = await usedPort(like);
    const env = { AWS_ENDPOINT_URL_DYNAMODB: undefined, TENURE_DYNAMODB_ENDPOINT: undefined };

    const run = startTenure(['local', '--port', String(port)], undefined, { env });

    expect((await run.ended()).code).toBe(2);
    expect(run.stdout()).toBe('');
    expect(run.stderr()).toBe(
      `tenure: port ${port} is used by another program; give another one, or leave --port out\n`,
    );
  });
});

describe('tenure local where the shell names a store already', () => {
  it('says that nothing answers there, and how to start one', async () => {
    const run = startTenure(['local'], undefined, { endpoint: 'http://127.0.0.1:9' });

    expect((await run.ended()).code).toBe(3);
    expect(run.stderr()).toMatch(
      /^tenure: AWS_ENDPOINT_URL_DYNAMODB is http:\/\/127\.0\.0\.1:9, where nothing answers; run "unset AWS_ENDPOINT_URL_DYNAMODB" to start DynamoDB Local here\n$/,
    );
  });

  it('refuses a port, which would start another', async () => {
    const run = startTenure(['local', '--port', '8765'], undefined, {
      endpoint: 'http://127.0.0.1:9',
    });

    expect((await run.ended()).code).toBe(2);
    expect(run.stderr()).toMatch(/--port starts DynamoDB Local.*unset AWS_ENDPOINT_URL_DYNAMODB/);
  });
});
