/**
 * What renewals measured, and heartbeats and hand-overs of a group, kept until the minute's line is written.
 *
 * Decides that a leader writes one line a minute and not one a renewal: CloudWatch takes many
 * values of a metric in one line, and charges logs by the byte. Within the minute no value is lost
 * or averaged, except where one value is the minute's sample.
 */
import type { Measurement } from '../core/journal/measurements.ts';
import { METRICS } from '../core/journal/metrics.ts';
import { keyOf } from './leading-samples.ts';
import type { Report, Subject } from './metric-line.ts';

/** CloudWatch's ceiling on the values of one metric in a line. */
const VALUES_MAX = 100;

export interface GatheredRenewals {
  /** Keeps what one renewal measured. Returns all that was kept once a line would hold no more. */
  add(renewal: Report): Report | undefined;
  /** What was kept for one election; `undefined` where no renewal came. */
  take(subject: Subject): Report | undefined;
  takeAll(): readonly Report[];
}

export function gatherRenewals(): GatheredRenewals {
  const gathered = new Map<string, { renewals: number; report: Report }>();

  function take(subject: Subject): Report | undefined {
    const { report } = gathered.get(keyOf(subject)) ?? {};
    gathered.delete(keyOf(subject));
    return report;
  }

  return {
    take,
    add(renewal) {
      const before = gathered.get(keyOf(renewal));
      const measurements = together(before?.report.measurements ?? [], renewal.measurements);
      const report = { ...renewal, measurements };
      const renewals = (before?.renewals ?? 0) + 1;
      gathered.set(keyOf(renewal), { renewals, report });
      return renewals < VALUES_MAX ? undefined : take(renewal);
    },
    takeAll() {
      const all = [...gathered.values()].map(({ report }) => report);
      gathered.clear();
      return all;
    },
  };
}

/**
 * A sampled metric keeps one value. The token of a term does not change, so the latest one is
 * enough.
 */
function together(
  before: readonly Measurement[],
  after: readonly Measurement[],
): readonly Measurement[] {
  const sampled = (name: Measurement['name']) =>
    METRICS[name].sample !== undefined && after.some((one) => one.name === name);
  const news = after.map((one) => {
    const earlier = before.find(({ name }) => name === one.name);
    const isLeast = METRICS[one.name].sample === 'least' && earlier !== undefined;
    return isLeast && earlier.value < one.value ? earlier : one;
  });
  return [...before.filter(({ name }) => !sampled(name)), ...news];
}
