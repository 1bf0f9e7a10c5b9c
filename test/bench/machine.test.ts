/** A part of the benchmark is published only where nothing else ran beside it. */
import { expect, test } from 'vitest';
import {
  loadProblem,
  type Machine,
  othersOf,
  othersTicks,
  parsedStat,
  type Running,
} from '../../bench/machine.ts';

const quiet: Machine = {
  ...{ processor: 'p', cores: 2, memoryGb: 8, node: 'v24', loadBefore: 0.1, loadAfter: 1.9 },
  others: othersOf([0.01, 0.02, 0]),
};

const at = (pid: number, parent: number, ticks: number): Running => ({
  ...{ pid, parent, ticks },
  startedAt: `${pid}0`,
});

test('the load of the part itself is no reason to refuse it', () => {
  expect(loadProblem(quiet)).toBeUndefined();
});

test('a machine that others loaded meanwhile, or where that is unknown before, is refused', () => {
  expect(loadProblem({ ...quiet, loadBefore: 3 })).toBeUndefined();
  expect(loadProblem({ ...quiet, loadBefore: 3, others: undefined })).toMatch('the load average');
  expect(loadProblem({ ...quiet, others: othersOf([0.2, 0.2]) })).toMatch('other programs');
  // Quiet in the mean, and busy for a moment of each ten seconds.
  const bursts = othersOf([0.6, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(loadProblem({ ...quiet, others: bursts })).toMatch('10 %');
});

test('processes below the root are its own, also once they have lost their parent', () => {
  const own = new Set(['10']);
  const before = [at(1, 0, 5), at(10, 1, 0), at(11, 10, 0), at(12, 11, 0), at(20, 1, 50)];
  const now = [at(1, 0, 5), at(10, 1, 90), at(11, 10, 90), at(12, 11, 90), at(20, 1, 57)];
  expect(othersTicks(before, now, own)).toBe(7);

  const later = [at(1, 0, 5), at(10, 1, 99), at(12, 1, 190), at(20, 1, 57), at(30, 1, 4)];
  expect(othersTicks(now, later, own)).toBe(4);
});

test('a process is read from its line, whatever its name', () => {
  const fields = [
    'S',
    '7',
    ...Array.from({ length: 9 }, () => '0'),
    '30',
    '12',
    ...Array(6).fill('0'),
    '999',
  ];
  expect(parsedStat(`42 (a) b) ${fields.join(' ')}`)).toEqual({
    pid: 42,
    parent: 7,
    startedAt: '999',
    ticks: 42,
  });
});
