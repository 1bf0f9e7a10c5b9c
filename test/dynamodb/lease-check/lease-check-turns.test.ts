/** The turns of lease-checked writes, on a term whose remaining time the test tells. */
import { expect, test } from 'vitest';
import { turnsOf } from '../../../lib/dynamodb/lease-check/turns.ts';
import { termOf } from '../../support/fencing-term.ts';
import { startWorker } from '../../support/processes.ts';

/** A term with so much left of its lease at each look; the last value stays. */
function termWith(...leftMs: number[]) {
  let looks = 0;
  const remainingMs = () => {
    looks += 1;
    return leftMs.length > 1 ? (leftMs.shift() ?? 0) : (leftMs[0] ?? 0);
  };
  return { ...termOf(1n), remainingMs, looks: () => looks };
}

test('one transaction is under way at a time, for all fenced clients of a term', async () => {
  const term = termWith(1_000);
  let underWay = 0;
  let most = 0;
  const work = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 2));
    underWay -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => turnsOf(term)(work)));
  expect(most).toBe(1);
});

test('the next one waits as long again as the last one took', async () => {
  const inTurn = turnsOf(termWith(1_000));
  const times: { readonly from: number; readonly to: number }[] = [];
  const work = async () => {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 30));
    times.push({ from, to: performance.now() });
  };
  await Promise.all([inTurn(work), inTurn(work)]);
  const [first, second] = times;
  if (first === undefined || second === undefined) throw new Error('two turns');
  // A timer may fire a millisecond early by this clock.
  expect(second.from - first.to).toBeGreaterThanOrEqual(first.to - first.from - 2);
});

test('none is sent while a renewal is overdue, and the first once it is confirmed', async () => {
  const term = termWith(1_000, 599, 450, 300, 980);
  const sentAtLook: number[] = [];
  const work = async () => void sentAtLook.push(term.looks());
  await turnsOf(term)(work);
  await turnsOf(term)(work);
  expect(sentAtLook).toEqual([1, 5]);
});

test('a renewal that goes on failing does not hold writes back without end', async () => {
  const term = termWith(1_000, 599, 249);
  const sentAtLook: number[] = [];
  const work = async () => void sentAtLook.push(term.looks());
  await turnsOf(term)(work);
  await turnsOf(term)(work);
  expect(sentAtLook).toEqual([1, 3]);
});

test('an aborted caller waits for nothing', async () => {
  const term = termWith(1_000, 500);
  const inTurn = turnsOf(term);
  await inTurn(async () => undefined);
  const caller = new AbortController();
  const held = inTurn(async () => 'sent', caller.signal);
  caller.abort();
  await expect(held).rejects.toMatchObject({ name: 'AbortError' });
});

test('a transaction that fails gives its turn on', async () => {
  const inTurn = turnsOf(termWith(1_000));
  await expect(inTurn(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  expect(await inTurn(async () => 'sent')).toBe('sent');
});

test('a process with nothing else to do does not end while the next one waits', async () => {
  const turns = new URL('../../../lib/dynamodb/lease-check/turns.ts', import.meta.url).href;
  const program = `
    import { turnsOf } from ${JSON.stringify(turns)};
    const inTurn = turnsOf({ remainingMs: () => 1000 });
    await inTurn(() => new Promise((resolve) => setTimeout(resolve, 20)));
    await inTurn(async () => console.log('{"event":"sent"}'));
  `;
  const worker = startWorker(['--input-type=module', '--eval', program]);
  expect(await worker.ended()).toEqual({ code: 0, signal: null });
  expect(worker.lines).toEqual([{ event: 'sent' }]);
});
