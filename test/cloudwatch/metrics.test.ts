import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { electionMetric, groupMetric } from '../../infra/constructs/watching/election-metrics.ts';
import { cloudWatchMetrics, METRIC_NAMESPACE } from '../../lib/cloudwatch/index.ts';
import { METRICS, metricsOf } from '../../lib/core/journal/metrics.ts';
import { isTenureError } from '../../lib/errors.ts';
import { manualClock } from '../../lib/testing/index.ts';
import { EVERY_EVENT, EVERY_GROUP_EVENT, eventOf } from '../support/journal-events.ts';

interface Line {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [field: string]: unknown;
}

/** A metric as CloudWatch would keep it. */
interface Kept {
  readonly name: string;
  readonly namespace: string;
  readonly unit: string;
  readonly value: unknown;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

const SUBJECT = { election: 'nightly', store: 'tenure' };
const GROUP = { group: 'pollers', store: 'tenure' };

function keptFrom(line: Line): readonly Kept[] {
  return line._aws.CloudWatchMetrics.flatMap((directive) =>
    directive.Dimensions.flatMap((names) =>
      directive.Metrics.flatMap(({ Name: name, Unit: unit }) =>
        [line[name]].flat().map((value) => ({
          name,
          namespace: directive.Namespace,
          unit,
          value,
          dimensions: Object.fromEntries(names.map((dimension) => [dimension, line[dimension]])),
        })),
      ),
    ),
  );
}

function startPlain() {
  const clock = manualClock();
  const lines: Line[] = [];
  const journal = cloudWatchMetrics({ clock, write: (line) => lines.push(JSON.parse(line)) });
  return { clock, lines, journal, kept: () => lines.flatMap(keptFrom) };
}

/** The lines that Powertools itself writes. */
function startPowertools() {
  const clock = manualClock({ epochMs: Date.now() });
  const lines: Line[] = [];
  const metrics = new Metrics({
    namespace: METRIC_NAMESPACE,
    serviceName: 'orders',
    defaultDimensions: { stage: 'test' },
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    lines.push(JSON.parse(String(chunk)));
    return true;
  });
  const journal = cloudWatchMetrics({ clock, metrics });
  return { clock, lines, journal, kept: () => lines.flatMap(keptFrom) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([
  ['plain lines', startPlain],
  ['Powertools', startPowertools],
])('CloudWatch metrics through %s', (_how, start) => {
  it('yield every metric with the namespace, unit and dimensions that the dashboard draws', async () => {
    const { clock, journal, kept } = start();
    const { epochMs } = clock.now();
    for (const event of [...EVERY_EVENT, ...EVERY_GROUP_EVENT])
      journal.record({ ...event, store: SUBJECT.store, atEpochMs: epochMs });
    await clock.advance(60_000);
    journal[Symbol.dispose]();

    const drawnMetrics = [
      ...metricsOf('elections').map((name) => ({ name, metric: electionMetric(name, SUBJECT) })),
      ...metricsOf('groups').map((name) => ({ name, metric: groupMetric(name, GROUP) })),
    ];
    for (const { name, metric } of drawnMetrics) {
      const drawn = metric.toMetricConfig().metricStat;
      const dimensions = Object.fromEntries(
        (drawn?.dimensions ?? []).map((dimension) => [dimension.name, dimension.value]),
      );
      expect(kept(), name).toContainEqual({
        name: drawn?.metricName,
        namespace: drawn?.namespace,
        unit: METRICS[name].unit,
        value: expect.any(Number),
        dimensions,
      });
    }
  });

  it('count a loss once in all and once by its reason', () => {
    const { clock, journal, kept } = start();
    const { epochMs: atEpochMs } = clock.now();

    journal.record(eventOf({ event: 'lost', token: 7n, why: 'lapsed', atEpochMs }));
    journal.record(eventOf({ event: 'resigned', token: 8n, released: true, atEpochMs }));

    const losses = kept().filter(({ name }) => name === 'LeadershipLost');
    expect(losses.map(({ dimensions }) => dimensions)).toEqual([
      {},
      { Reason: 'lapsed' },
      {},
      { Reason: 'resigned' },
    ]);
  });

  it('keep the exact token as text beside the nearest double', () => {
    const { clock, journal, lines, kept } = start();
    const token = 18_849_496_460_467_696_641n;
    const { epochMs: atEpochMs } = clock.now();

    journal.record(eventOf({ event: 'renewed', token, latencyMs: 1, remainingMs: 2, atEpochMs }));
    journal.flush();

    expect(lines.map((line) => line.token)).toContain(token.toString());
    const values = kept().filter(({ name }) => name === 'Token');
    expect(values.map(({ value }) => value)).toEqual([Number(token)]);
  });

  it('have the election as a property where it is no dimension, and the time of the event', () => {
    const { clock, journal, lines } = start();
    const { epochMs: atEpochMs } = clock.now();

    journal.record(
      eventOf({ event: 'elected', token: 7n, latencyMs: 1, remainingMs: 2, atEpochMs }),
    );

    expect(lines).not.toEqual([]);
    for (const line of lines) {
      expect(line).toMatchObject({ election: 'nightly', candidateId: 'a/1', event: 'elected' });
      expect(line._aws.Timestamp).toBe(atEpochMs);
    }
  });
});

describe('elections of one name in two tables', () => {
  it('are two: in what they report, and in how long they were led', async () => {
    const { clock, journal, kept } = startPlain();
    const { epochMs: atEpochMs } = clock.now();
    const elected = { event: 'elected', token: 1n, latencyMs: 5, remainingMs: 9_800 } as const;
    journal.record({ ...eventOf({ ...elected, atEpochMs }), store: 'production' });
    journal.record({ ...eventOf({ event: 'standby', atEpochMs }), store: 'staging' });

    await clock.advance(60_000);

    const led = kept().filter(({ name }) => name === 'LeadingSeconds');
    expect(led.map(({ dimensions, value }) => ({ ...dimensions, value }))).toEqual([
      { Election: 'nightly', Store: 'production', value: 9.8 },
      { Election: 'nightly', Store: 'staging', value: 0 },
    ]);
  });
});

describe('the lines of a leader', () => {
  const lead = async (minutes: number) => {
    const { clock, journal, lines, kept } = startPlain();
    const now = () => ({ atEpochMs: clock.now().epochMs });
    journal.record(
      eventOf({ event: 'elected', token: 7n, latencyMs: 5, remainingMs: 9_800, ...now() }),
    );
    const begun = lines.length;
    for (let second = 0; second < minutes * 60; second += 3) {
      await clock.advance(3_000);
      const remainingMs = second === 30 ? 2_000 : 6_800;
      journal.record(
        eventOf({ event: 'renewed', token: 7n, latencyMs: second, remainingMs, ...now() }),
      );
    }
    return { lines: lines.slice(begun), kept: kept() };
  };

  it('are one a minute, with every value that its renewals measured', async () => {
    const { lines, kept } = await lead(2);

    expect(lines).toHaveLength(2);
    const margins = kept.filter(({ name }) => name === 'LeaseMargin').map(({ value }) => value);
    expect(margins).toHaveLength(39);
    expect(margins.filter((margin) => margin === 2_000)).toHaveLength(1);
    expect(lines[0]).toMatchObject({ LeadingSeconds: 60, Token: 7, token: '7', event: 'renewed' });
  });

  it('take less than a kilobyte a minute, which is what the costs count with', async () => {
    const { lines } = await lead(1);

    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines[0]).length).toBeLessThan(1_000);
  });

  it('hold at most the hundred values that CloudWatch takes', async () => {
    const { clock, journal, lines } = startPlain();
    const { epochMs: atEpochMs } = clock.now();
    for (let renewal = 0; renewal < 250; renewal += 1) {
      journal.record(
        eventOf({ event: 'renewed', token: 7n, latencyMs: 1, remainingMs: 2, atEpochMs }),
      );
    }
    journal.flush();

    expect(lines.map((line) => [line.LeaseMargin].flat().length)).toEqual([100, 100, 50]);
  });
});

describe('LeadingSeconds', () => {
  const MINUTE_MS = 60_000;

  function startAt(secondOfMinute: number) {
    const started = startPlain();
    const { clock, journal, kept, lines } = started;
    const startMs = clock.now().epochMs;
    clock.jumpWallClock(secondOfMinute * 1_000);
    const says = (what: Parameters<typeof eventOf>[0]) =>
      journal.record(eventOf({ ...what, atEpochMs: clock.now().epochMs }));
    const leads = () => says({ event: 'elected', token: 1n, latencyMs: 5, remainingMs: 9_800 });
    const renews = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 1) {
        await clock.advance(1_000);
        says({ event: 'renewed', token: 1n, latencyMs: 5, remainingMs: 9_800 });
      }
    };
    const samples = () =>
      lines
        .filter((line) => 'LeadingSeconds' in line)
        .map((line) => ({
          minute: Math.floor((line._aws.Timestamp - startMs) / MINUTE_MS),
          seconds: line.LeadingSeconds,
        }));
    return { ...started, says, leads, renews, samples, kept };
  }

  it('are one sample for each minute of the wall clock', async () => {
    const { leads, renews, samples } = startAt(30);

    leads();
    await renews(100);

    expect(samples()).toEqual([
      { minute: 0, seconds: 30 },
      { minute: 1, seconds: 60 },
    ]);
  });

  it('are 0 for a process that waits', async () => {
    const { clock, says, samples } = startAt(0);

    says({ event: 'standby', holder: 'b/2', token: 1n });
    await clock.advance(2 * MINUTE_MS);

    expect(samples()).toEqual([
      { minute: 0, seconds: 0 },
      { minute: 1, seconds: 0 },
    ]);
  });

  it('of two processes that hand over add up to a minute', async () => {
    const one = startAt(0);
    const other = startAt(0);
    other.says({ event: 'standby', holder: 'a/1', token: 1n });
    one.leads();
    await one.renews(25);
    one.says({ event: 'resigned', token: 1n, released: true });
    await one.clock.advance(35_000);
    await other.clock.advance(25_000);
    other.leads();
    await other.renews(35);

    expect([...one.samples(), ...other.samples()]).toEqual([
      { minute: 0, seconds: 25 },
      { minute: 0, seconds: 35 },
    ]);
  });

  it('end with the lease when a process is frozen, however late it tells of its loss', async () => {
    const { clock, leads, says, samples } = startAt(55);
    leads();
    clock.jumpWallClock(10 * MINUTE_MS);
    says({ event: 'lost', token: 1n, why: 'lapsed' });

    await clock.advance(MINUTE_MS);

    expect(samples()).toEqual([
      { minute: 0, seconds: 5 },
      { minute: 1, seconds: 4.8 },
      { minute: 10, seconds: 0 },
    ]);
  });

  it('go on when the wall clock was set back', async () => {
    const { clock, leads, renews, samples } = startAt(0);
    leads();
    await renews(10);
    clock.jumpWallClock(-60 * MINUTE_MS);

    await renews(170);

    expect(samples()).toEqual([
      { minute: -59, seconds: 60 },
      { minute: -58, seconds: 60 },
    ]);
  });

  it('are told at once by flush, and no second twice', async () => {
    const { clock, journal, leads, renews, says, samples } = startAt(0);
    leads();
    await renews(12);
    says({ event: 'resigned', token: 1n, released: true });
    journal.flush();
    journal.flush();

    await clock.advance(MINUTE_MS);

    expect(samples()).toEqual([
      { minute: 0, seconds: 12 },
      { minute: 0, seconds: 0 },
    ]);
  });

  it('leave no timer behind once disposed', async () => {
    const { clock, journal, leads } = startAt(0);
    leads();
    expect(clock.pending).toBe(1);

    journal[Symbol.dispose]();

    expect(clock.pending).toBe(0);
  });
});

describe('options', () => {
  it('refuse what is not known', () => {
    const options = { metric: undefined } as object;

    expect(() => cloudWatchMetrics(options)).toThrow(/option metric is not known; allowed are/);
    try {
      cloudWatchMetrics(options);
    } catch (error) {
      expect(isTenureError(error, 'INVALID_OPTIONS')).toBe(true);
    }
  });
});
