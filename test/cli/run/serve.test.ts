/**
 * `tenure serve` with real programs beside it, in Python and in Go: a sidecar that is killed or frozen never
 * lets its program act beside the next leader's.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { preparedTable } from '../../support/election-table.ts';
import { type Line, startWorker, type Worker } from '../../support/processes.ts';
import { SHORT_LEASE, STEADY_LEASE, startTenure } from '../../support/tenure.ts';
import { until } from '../../support/until.ts';

const SIDECAR = fileURLToPath(new URL('../../../examples/sidecar/', import.meta.url));
type Table = Awaited<ReturnType<typeof preparedTable>>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-serve-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let sockets = 0;
function serve(table: Table, ...more: string[]) {
  sockets += 1;
  const socket = join(folder, `${sockets}.sock`);
  const args = ['serve', 'x', ...SHORT_LEASE, '--socket', socket, '--json', ...more];
  return { socket, sidecar: startTenure(args, table) };
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function ask(socketPath: string, path: string, method = 'GET', headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

const leads = async (socket: string) =>
  (await ask(socket, '/term').catch(() => undefined))?.status === 200;

const sees = async (socket: string) =>
  (await ask(socket, '/leader').catch(() => undefined))?.status === 200;

const CLIENTS = {
  Python: (socket: string) => startWorker([`${SIDECAR}leader.py`, socket], { command: 'python3' }),
  Go: (socket: string) => {
    const program = join(folder, 'leader-go');
    execFileSync('go', ['build', '-o', program, 'leader.go'], { cwd: SIDECAR });
    return startWorker([socket], { command: program });
  },
};

const effects = (client: Worker) => client.lines.filter(({ event }) => event === 'effect');
const tokenOf = (effect: Line | undefined) => Number(effect?.token ?? 0);
const byTime = (a: Line, b: Line) => Number(a.atMs) - Number(b.atMs);

describe.each(Object.entries(CLIENTS))('a program in %s', (_language, startClient) => {
  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'acts only while its sidecar leads, which then gets %s',
    async (signal) => {
      const table = await preparedTable();
      const first = serve(table);
      await until(() => leads(first.socket));
      const second = serve(table);
      const clients = [startClient(first.socket), startClient(second.socket)] as const;
      await until(() => effects(clients[0]).length > 3);

      first.sidecar.signal(signal);
      const last = tokenOf(effects(clients[0]).at(-1));
      const successors = () => effects(clients[1]).filter((effect) => tokenOf(effect) > last);
      await until(() => successors().length > 3);

      // In the order of time the tokens never fall: no old leader acts beside a later one.
      const tokens = clients.flatMap(effects).sort(byTime).map(tokenOf);
      expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
      if (signal === 'SIGKILL') return;
      first.sidecar.signal('SIGCONT');
      const count = effects(clients[0]).length;
      await until(async () => (await ask(first.socket, '/term')).status === 404);
      expect(effects(clients[0])).toHaveLength(count);
    },
  );
});

describe('tenure serve', () => {
  it('answers who leads, tells what happens, and hands over when asked', async () => {
    const table = await preparedTable();
    const first = serve(table, ...STEADY_LEASE);
    await until(() => leads(first.socket));
    const second = serve(table, ...STEADY_LEASE);
    await until(() => sees(second.socket));

    const term = await ask(first.socket, '/term');
    expect(term.body).toMatchObject({ election: 'x', token: '1', state: 'leading' });
    expect(Number(term.body.remainingMs)).toBeLessThanOrEqual(60_000);
    expect((await ask(second.socket, '/leader')).body).toEqual({
      candidateId: term.body.candidateId,
      token: '1',
    });
    expect((await ask(second.socket, '/term')).status).toBe(404);
    expect((await ask(second.socket, '/resign', 'POST')).status).toBe(404);
    expect((await ask(second.socket, '/readyz')).body).toMatchObject({ phase: 'standby' });
    expect((await ask(first.socket, '/readyz')).body).toMatchObject({ phase: 'leading' });

    expect((await ask(first.socket, '/resign', 'POST')).body).toEqual({ result: 'resigned' });
    expect((await ask(first.socket, '/term')).status).toBe(404);
    await until(() => leads(second.socket));
    expect((await ask(second.socket, '/term')).body).toMatchObject({ token: '2' });
  });

  it('says draining after SIGTERM, and ends once the program has stopped', async () => {
    const { socket, sidecar } = serve(await preparedTable(), ...STEADY_LEASE, '--drain', '30s');
    await until(() => leads(socket));
    const events: string[] = [];
    const followed = request({ socketPath: socket, path: '/events' }, (response) => {
      response.on('data', (chunk) => events.push(String(chunk)));
    });
    followed.on('error', () => undefined);
    followed.end();
    onTestFinished(() => void followed.destroy());
    await until(() => events.join('').includes('"event":"now"'));

    sidecar.signal('SIGTERM');
    await until(async () => (await ask(socket, '/term')).body.state === 'draining');
    await until(() => events.join('').includes('"event":"draining"'));
    await ask(socket, '/resign', 'POST').catch(() => undefined);

    expect(await sidecar.ended()).toEqual({ code: 0, signal: null });
    expect(events.join('')).toContain('"event":"now","term":{');
  });

  it('is its user’s alone, and answers no browser and under no other name', async () => {
    const table = await preparedTable();
    const { socket } = serve(table, ...STEADY_LEASE);
    await until(() => leads(socket));

    expect(statSync(socket).mode & 0o077).toBe(0);
    const page = { origin: 'http://attacker.example' };
    expect((await ask(socket, '/resign', 'POST', page)).status).toBe(403);
    expect((await ask(socket, '/term', 'GET', { host: 'attacker.example' })).status).toBe(421);
    expect((await ask(socket, '/nowhere')).status).toBe(404);
    const again = startTenure(['serve', 'x', '--socket', socket], table);
    expect((await again.ended()).code).toBe(2);
    expect(again.stderr()).toContain('is used by another program');
    expect(await leads(socket)).toBe(true);
  });

  it('takes the place of a socket that a killed one left behind', async () => {
    const table = await preparedTable();
    const { socket, sidecar } = serve(table);
    await until(() => leads(socket));
    sidecar.signal('SIGKILL');
    await sidecar.ended();

    startTenure(['serve', 'y', ...SHORT_LEASE, '--socket', socket], table);

    await until(() => leads(socket));
  });
});
