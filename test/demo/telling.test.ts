import { describe, expect, it } from 'vitest';
import { failoversOf, termsOf } from '../../demo/chronicle.ts';
import { audit } from '../../demo/ledger.ts';
import type { StageEvent, StageEventKind } from '../../demo/stage-event.ts';
import { drawTimeline } from '../../demo/timeline.ts';
import { startWorker } from '../support/processes.ts';

const at = (
  atEpochMs: number,
  worker: string,
  kind: StageEventKind,
  token?: string,
): StageEvent => ({
  atEpochMs,
  worker,
  kind,
  token,
  candidateId: `${worker}/1`,
});

const EVENTS: readonly StageEvent[] = [
  at(0, 'red', 'ready'),
  at(0, 'green', 'ready'),
  at(1_000, 'red', 'elected', '1'),
  at(4_000, 'red', 'frozen'),
  at(6_000, 'green', 'elected', '2'),
  at(7_000, 'red', 'thawed'),
  at(7_000, 'red', 'refused', '1'),
  at(9_000, 'green', 'killed'),
  at(10_000, 'red', 'elected', '3'),
];

describe('the terms of a demo', () => {
  it('are those that ended, with what ended them, and the gaps between', () => {
    const terms = termsOf([...EVENTS, at(20_000, 'red', 'resigned', '3')]);

    expect(terms.map(({ token, endedBy }) => [token, endedBy])).toEqual([
      ['1', 'pause'],
      ['2', 'crash'],
      ['3', 'resign'],
    ]);
    expect(failoversOf(terms)).toEqual([
      { kind: 'pause', leaderlessMs: 2_000, fromEpochMs: 4_000 },
      { kind: 'crash', leaderlessMs: 1_000, fromEpochMs: 9_000 },
    ]);
  });
});

describe('the audit of the ledger', () => {
  const entries = [
    { id: 'a', token: '1' },
    { id: 'b', token: '2' },
  ];

  it('finds a write that was acknowledged and is not there', () => {
    const found = audit({ entries, acknowledged: ['a', 'b', 'c'], refused: 1 });

    expect(found).toEqual({ admitted: 2, refused: 1, lost: 1, outOfOrder: 0 });
  });

  it('finds a lower token that was admitted after a higher one', () => {
    const late = [...entries, { id: 'c', token: '1' }];

    expect(audit({ entries: late, acknowledged: [], refused: 0 }).outOfOrder).toBe(1);
  });

  it('counts no loss where only an answer was lost', () => {
    expect(audit({ entries, acknowledged: ['a'], refused: 0 }).lost).toBe(0);
  });
});

describe('the narrator', () => {
  it('does not keep the demo from ending while it shows a moving line', async () => {
    const module = import.meta.resolve('../../demo/narrate.ts');
    const program = `
      const { createNarrator } = await import(${JSON.stringify(module)});
      createNarrator(Object.assign(process.stdout, { isTTY: true })).waitFor('the end');`;

    const worker = startWorker(['--input-type=module', '-e', program]);

    expect(await worker.ended()).toEqual({ code: 0, signal: null });
  });
});

describe('the time line', () => {
  it('draws a lane for each candidate, and the gaps in which nobody led', () => {
    const terms = termsOf([...EVENTS, at(12_000, 'red', 'resigned', '3')]);
    const lines = drawTimeline({
      events: [...EVENTS, at(12_000, 'red', 'resigned', '3')],
      terms,
      failovers: failoversOf(terms),
      workers: ['red', 'green'],
      width: 35,
      style: (_, text) => text,
    });

    expect(lines.slice(0, 4)).toEqual([
      'token      1         2       3',
      'red      ··██████░░░░░░✗·····████',
      'green    ············██████      ',
      'nobody           2000 ms   1000 ms',
    ]);
  });
});
