/**
 * A hundred leaders over one queue, each killed as soon as it leads.
 */
import { expect, it } from 'vitest';
import type { Worker } from '../support/processes.ts';
import { bundled, electedToken, LEASE_MS, prepareArena } from './candidates.ts';

it('leaves at most a handful of batons after 100 crashes in a row', {
  timeout: 300_000,
}, async () => {
  const { start, sqs, batons } = await prepareArena();
  const crasher = await bundled('crasher.ts');
  const candidates = new Set<Worker>([1, 2, 3].map(() => start(crasher)));
  const seen = new Set<Worker>();
  let last = 0n;
  let most = 0;
  for (let crash = 0; crash < 100; crash += 1) {
    const elected = await Promise.any([...candidates].map(whenElected));
    expect(seen.has(elected)).toBe(false);
    seen.add(elected);
    const token = await electedToken(elected);
    expect(token).toBeGreaterThan(last);
    last = token;
    most = Math.max(most, batons());
    elected.signal('SIGKILL');
    await elected.ended();
    candidates.delete(elected);
    candidates.add(start(crasher));
    sqs.advance(LEASE_MS);
  }
  expect(most).toBeLessThanOrEqual(5);
  expect(batons()).toBeLessThanOrEqual(5);
});

async function whenElected(worker: Worker): Promise<Worker> {
  await worker.event('elected');
  return worker;
}
