import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startWorker, type Worker } from '../support/processes.ts';
import { until } from '../support/until.ts';

// An engine and four workers, each with its guard, for each test, on a busy machine.
const WHOLE_STORY = { withinMs: 500_000 };

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));

/** The demo with an engine of its own, and how many of its processes live: all inherit one variable. */
function startDemo(...args: readonly string[]): { demo: Worker; living: () => Promise<number> } {
  const mark = randomUUID();
  const env = {
    DEMO_TEST_MARK: mark,
    NO_COLOR: '1',
    AWS_ENDPOINT_URL_DYNAMODB: undefined,
    TENURE_DYNAMODB_ENDPOINT: undefined,
  };
  return { demo: startWorker([MAIN, ...args], { env }), living: () => countMarked(mark) };
}

async function countMarked(mark: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const environments = await Promise.all(pids.map(read));
  return environments.filter((text) => text.includes(`DEMO_TEST_MARK=${mark}`)).length;
}

const said = (demo: Worker, text: string) =>
  until(() => demo.stdout().includes(text), { ...WHOLE_STORY, what: text });

describe('the demo', () => {
  it('survives a crash, a lost machine, a pause and a stop, loses nothing and refuses the late write', async () => {
    const { demo, living } = startDemo('--json');

    expect(await demo.ended(WHOLE_STORY)).toEqual({ code: 0, signal: null });

    const result = JSON.parse(demo.stdout().trim().split('\n').at(-1) ?? '') as DemoJson;
    expect(Object.keys(result)).toEqual(['store', 'terms', 'failovers', 'ledger']);
    expect(result.store).toMatch(/^DynamoDB Local \d+\.\d+\.\d+ with fauxqs/);
    expect(endsOf(result).slice(0, STORY.length)).toEqual(STORY);
    expect(result.terms.map(({ token }) => Number(token))).toEqual(
      result.terms.map((_, n) => n + 1),
    );
    expect(new Set(result.terms.map(({ candidateId }) => candidateId)).size).toBe(4);
    expect(result.failovers).toHaveLength(result.terms.length - 1);
    expect(result.failovers.every(({ leaderlessMs }) => leaderlessMs >= 0)).toBe(true);
    expect(result.ledger).toEqual({
      admitted: expect.any(Number),
      refused: expect.any(Number),
      lost: 0,
    });
    expect(result.ledger.refused).toBeGreaterThan(0);
    expect(result.ledger.admitted).toBeGreaterThan(20);
    expect(await living()).toBe(0);
    expect(demo.stderr()).toMatch(/last will of demo .*released it/);
    expect(demo.stderr()).toContain('SIGSTOP for it and its guard, for good');
    expect(demo.stderr()).toContain('is frozen with SIGSTOP, in the middle of a write');
    expect(demo.stderr()).toMatch(/a late write of \w+ with token \d+ is refused/);
  });

  it('survives the same over a queue', async () => {
    const { demo, living } = startDemo('--json', '--queue');

    expect(await demo.ended(WHOLE_STORY)).toEqual({ code: 0, signal: null });

    const result = JSON.parse(demo.stdout().trim().split('\n').at(-1) ?? '') as DemoJson;
    expect(result.store).toMatch(/^DynamoDB Local \d+\.\d+\.\d+ with fauxqs/);
    expect(endsOf(result).slice(0, STORY.length)).toEqual(STORY);
    const tokens = result.terms.map(({ token }) => BigInt(token));
    expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(result.ledger.refused).toBeGreaterThan(0);
    expect(result.ledger.lost).toBe(0);
    expect(demo.stderr()).toMatch(/last will of demo .*released it/);
    expect(await living()).toBe(0);
  });

  it('shares 24 partitions through a kill, a freeze, a leave and a join, none with two leaders', {
    timeout: 600_000,
  }, async () => {
    const { demo, living } = startDemo('--json', '--partitions');

    expect(await demo.ended({ withinMs: 590_000 })).toEqual({ code: 0, signal: null });

    const result = JSON.parse(demo.stdout().trim().split('\n').at(-1) ?? '') as PartitionsJson;
    expect(result.overlaps).toBe(0);
    expect(result.scenes).toHaveLength(6);
    const [start, killed, frozen] = result.scenes;
    expect(new Set(start?.moves.map(({ partition }) => partition)).size).toBe(24);
    expect(killed?.moves.some(({ from }) => from === 'north')).toBe(true);
    expect(frozen?.moves.some(({ from }) => from === 'east')).toBe(true);
    expect(result.scenes.at(-1)?.moves.some(({ to }) => to === 'zenith')).toBe(true);
    expect(await living()).toBe(0);
    expect(demo.stderr()).toContain('zenith joins');
  });

  it('stops cleanly on Ctrl-C and leaves no process behind', async () => {
    const { demo, living } = startDemo();
    await said(demo, 'is killed with SIGKILL');
    expect(await living()).toBeGreaterThan(3);

    demo.signal('SIGINT');

    expect(await demo.ended()).toEqual({ code: 130, signal: null });
    expect(await living()).toBe(0);
    expect(demo.stdout()).toContain('stopped; every process has been ended');
    expect(demo.stderr()).toBe('');
  });

  it('leaves no process behind when it is itself killed', async () => {
    const { demo, living } = startDemo();
    await said(demo, 'leads, token 1');

    demo.signal('SIGKILL');

    await until(async () => (await living()) === 0);
  });

  it('refuses an option that it does not know', async () => {
    const { demo } = startDemo('--jsom');

    expect((await demo.ended()).code).toBe(2);
    expect(demo.stderr()).toContain('unknown option --jsom; usage: npm run demo');
  });
});

/** What the story does to the leaders, in order; then it ends. */
const STORY = ['crash', 'machine', 'pause', 'resign'];

/** How the story ended each term, without lapses: a busy machine causes those. */
function endsOf({ terms }: DemoJson): readonly string[] {
  return terms.map(({ endedBy }) => endedBy).filter((end) => end !== 'lapse');
}

interface PartitionsJson {
  readonly overlaps: number;
  readonly scenes: readonly {
    readonly moves: readonly { partition: number; from?: string; to: string }[];
  }[];
}

interface DemoJson {
  readonly store: string;
  readonly terms: readonly { token: string; candidateId: string; endedBy: string }[];
  readonly failovers: readonly { kind: string; leaderlessMs: number }[];
  readonly ledger: { admitted: number; refused: number; lost: number };
}
