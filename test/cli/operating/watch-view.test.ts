import { expect, it } from 'vitest';
import { liveView } from '../../../lib/cli/election/watch-view.ts';
import { rendered } from '../../../lib/cli/terminal/line.ts';
import type { LeaseRecord } from '../../../lib/core/lease/record.ts';

const HOLDER = `ecs-task/${'0123456789abcdef'.repeat(2)}/b1c2-0123456789ab`;
const record = {
  ...{ token: 123_456n, holder: HOLDER, revision: 'r', state: 'leading', writtenBy: 'renew' },
  ...{ leaseDurationMs: 10_000, renewIntervalMs: 3_000, renewedAtEpochMs: 0 },
} as unknown as LeaseRecord;

/** The lines of the view, without colours. */
function drawn(columns: number, election = 'nightly-report'): readonly string[] {
  const events = [{ event: 'elected', lane: HOLDER, atEpochMs: 0, token: '123456' }] as const;
  const lines = liveView({ election, record, sinceSeenMs: 0, events, columns });
  // No terminal has this descriptor.
  return lines.map((line) => rendered(line, 99));
}

it.each([60, 80, 120])('says the term in full in %d columns, and breaks no line', (columns) => {
  const lines = drawn(columns);

  expect(lines[0]).toMatch(/^nightly-report {2}ecs-task\S* leads, term 123456$/);
  expect(lines.at(-1)).toMatch(/^1970-01-01 00:00:00 {2}ecs-task\S* leads, term 123456$/);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns);
});

it('cuts the name of an election that leaves no room for its leader', () => {
  const [first = ''] = drawn(80, 'e'.repeat(200));

  expect(first).toMatch(/^e+… {2}ecs-\S*… leads, term 123456$/);
  expect(first.length).toBeLessThanOrEqual(80);
});
