import { describe, expect, it } from 'vitest';
import { isRunning, startWorker } from './processes.ts';
import { until } from './until.ts';

const speak = (program: string) => startWorker(['--input-type=module', '-e', program]);
const FOREVER = 'setInterval(() => {}, 1000);';

describe('a worker of a test', () => {
  it('hands over its lines, past and future, and how it ended', async () => {
    const worker = speak(`
      console.log('{"event":"one"}'); console.error('{"event":"two","n":2}'); console.log('plain');
      process.stdin.once('data', () => { console.log('{"event":"three"}'); process.exit(7); });
    `);
    await worker.event('one');
    expect(await worker.event('two')).toEqual({ event: 'two', n: 2 });

    worker.stdin.write('go\n');

    await worker.event('three');
    expect(await worker.ended()).toEqual({ code: 7, signal: null });
    expect(worker.stdout()).toContain('plain');
  });

  it('fails a wait at its deadline, or when it ends without the line', async () => {
    const silent = speak(FOREVER);
    await expect(silent.event('never', { withinMs: 50 })).rejects.toThrow(
      'a deadline passed: 50 ms',
    );
    await expect(silent.ended({ withinMs: 50 })).rejects.toThrow('still runs after 50 ms');

    silent.signal('SIGKILL');

    await expect(silent.event('never')).rejects.toThrow('"signal":"SIGKILL"');
  });

  let left: number;
  it('is left running, even frozen, by one test', async () => {
    const worker = speak(`console.log('{"event":"up"}');${FOREVER}`);
    await worker.event('up');
    worker.signal('SIGSTOP');
    left = worker.pid;
    expect(await isRunning(left)).toBe(true);
  });

  it('is gone in the next', async () => {
    await until(async () => !(await isRunning(left)), { withinMs: 5_000 });
  });
});
