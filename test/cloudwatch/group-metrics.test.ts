/**
 * The metrics of a group as its members write them: in Embedded Metric Format, one line a minute and member, and
 * nothing for each partition.
 */
import { describe, expect, it } from 'vitest';
import { cloudWatchMetrics } from '../../lib/cloudwatch/index.ts';
import { manualClock } from '../../lib/testing/index.ts';
import { eventOf, ofPartition } from '../support/journal-events.ts';

const MINUTE_MS = 60_000;

type Line = Readonly<Record<string, unknown>> & {
  readonly _aws: { readonly CloudWatchMetrics: readonly { readonly Dimensions: string[][] }[] };
};
type What = Parameters<typeof eventOf>[0];

/** A member at the beginning of a minute. */
function startMember() {
  const clock = manualClock();
  const lines: Line[] = [];
  const journal = cloudWatchMetrics({ clock, write: (line) => lines.push(JSON.parse(line)) });
  const now = () => ({ atEpochMs: clock.now().epochMs });
  const says = (what: What) =>
    journal.record(eventOf({ election: 'pollers', group: 'pollers', ...what, ...now() }));
  const saysOf = (partition: number, what: What) =>
    journal.record(ofPartition(partition, { ...what, ...now() }));
  const beats = (vacant = 0) =>
    says({
      ...{ event: 'heartbeat', latencyMs: 5, remainingMs: 9_700, vacant, version: 4 },
      imbalance: 1.5,
    });
  const joins = () => {
    says({ event: 'joined' });
    beats();
  };
  const leads = (partition: number) =>
    saysOf(partition, { event: 'elected', token: 1n, latencyMs: 80, remainingMs: 9_700 });
  const lives = async (seconds: number, vacant = 0) => {
    for (let passed = 0; passed < seconds; passed += 3) {
      await clock.advance(3_000);
      beats(vacant);
    }
  };
  return { clock, lines, journal, says, saysOf, beats, joins, leads, lives };
}

describe('PartitionsLed', () => {
  it('is the mean of a minute, of all members together the number of partitions', async () => {
    const [a, b] = [startMember(), startMember()];
    for (const member of [a, b]) member.joins();
    for (const partition of [0, 1, 2]) a.leads(partition);
    await Promise.all([a.lives(30), b.lives(30)]);
    a.saysOf(2, { event: 'resigned', token: 1n, released: true });
    b.leads(2);
    await Promise.all([a.lives(30), b.lives(30)]);

    expect(a.lines).toHaveLength(1);
    expect([a, b].map(({ lines }) => lines[0]?.PartitionsLed)).toEqual([2.5, 0.5]);
    expect([a, b].map(({ lines }) => lines[0]?.Members)).toEqual([1, 1]);
  });

  it('ends with the lease of a frozen member, for all of its partitions', async () => {
    const { clock, joins, leads, says, lines } = startMember();
    joins();
    for (const partition of [0, 1, 2, 3]) leads(partition);
    clock.jumpWallClock(10 * MINUTE_MS);
    says({ event: 'gone', why: 'lapsed' });
    await clock.advance(MINUTE_MS);

    const led = lines.map((line) => line.PartitionsLed).filter((value) => value !== undefined);
    expect(led).toEqual([(4 * 9_700) / MINUTE_MS, 0]);
  });

  it('does not count a partition whose work is stuck, though the member lives on', async () => {
    const { joins, leads, saysOf, lives, lines } = startMember();
    joins();
    for (const partition of [0, 1]) leads(partition);
    saysOf(1, { event: 'stuck', token: 1n, waitedMs: 5_000 });
    await lives(60);

    expect(lines.at(-1)?.PartitionsLed).toBe(1);
  });
});

describe('the line of a member', () => {
  it('is one a minute however many partitions it leads, and names none of them', async () => {
    const { joins, leads, lives, lines } = startMember();
    joins();
    for (let partition = 0; partition < 60; partition += 1) leads(partition);
    await lives(120);

    expect(lines).toHaveLength(2);
    const [first] = lines;
    expect(first).toMatchObject({ election: 'pollers', group: 'pollers', candidateId: 'a/1' });
    expect([first?.HandOverTime].flat()).toHaveLength(60);
    expect([first?.HeartbeatMargin].flat().length).toBeGreaterThan(18);
    expect(JSON.stringify(lines)).not.toContain('pollers/');
    const dimensions = lines.flatMap(({ _aws }) =>
      _aws.CloudWatchMetrics.flatMap(({ Dimensions }) => Dimensions.flat()),
    );
    expect(new Set(dimensions)).toEqual(new Set(['Group']));
  });

  it('has the fewest vacant partitions of its minute: a hand-over is none', async () => {
    const { joins, lives, lines } = startMember();
    joins();
    await lives(57, 3);
    await lives(3, 1);
    await lives(60, 2);

    expect(lines.map((line) => line.PartitionsVacant)).toEqual([0, 1]);
    expect(lines.map((line) => line.Imbalance)).toEqual([1.5, 1.5]);
    expect(lines.map((line) => line.PlanVersion)).toEqual([4, 4]);
  });

  it('counts the refused write of a partition for its group', async () => {
    const { saysOf, lines } = startMember();
    saysOf(17, { event: 'fence-rejected', token: 1n, highestToken: 2n, resource: 'orders' });

    expect(lines).toEqual([
      expect.objectContaining({ FencingRejections: 1, Group: 'pollers', election: 'pollers/17' }),
    ]);
  });

  it('tells of a plan once: its moves by the planner, its delay by the others', () => {
    const { says, lines } = startMember();
    const plan = { event: 'planned', version: 5, moves: 12, members: 2, imbalance: 1 } as const;
    says({ ...plan, own: true, delayMs: 0 });
    says({ ...plan, own: false, delayMs: 700 });
    // A member that joins finds this plan.
    says({ ...plan, own: false });

    expect(lines.map((line) => [line.PartitionMoves, line.PlanDelay])).toEqual([
      [12, undefined],
      [undefined, 700],
    ]);
  });
});
