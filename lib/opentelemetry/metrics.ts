/**
 * The journal as OpenTelemetry metrics, under the names of `lib/core/journal/metrics.ts` and in UCUM units.
 *
 * Decides the kinds of instruments, and that the election and its store are attributes of all of them:
 * a view of yours takes them off where they would cost too much.
 */
import {
  type Attributes,
  type Meter,
  type MetricOptions,
  metrics,
  type ObservableResult,
} from '@opentelemetry/api';
import { forgetBefore, type LedPeriod, ledMs, noteLeading } from '../core/journal/leading-time.ts';
import { measurementsOf } from '../core/journal/measurements.ts';
import {
  ELECTION_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
  REASON_DIMENSION,
  STORE_DIMENSION,
} from '../core/journal/metrics.ts';
import type { Journal, JournalEvent } from '../ports.ts';

export interface OpenTelemetryMetricsOptions {
  /** Default: the global provider's meter named `Tenure`. */
  readonly meter?: Meter | undefined;
  /** The wall clock, in milliseconds since 1970. Default: this process's. */
  readonly nowEpochMs?: (() => number) | undefined;
}

const UCUM = { Count: '1', Milliseconds: 'ms', Seconds: 's', None: '1' } as const;

/**
 * Give it to `createElection` as `journal`; one serves all elections of a process. Disposing stops
 * `LeadingSeconds`, which is otherwise computed whenever your reader collects.
 */
export function openTelemetryMetrics(
  options: OpenTelemetryMetricsOptions = {},
): Journal & Disposable {
  const { meter = metrics.getMeter(METRIC_NAMESPACE), nowEpochMs = Date.now } = options;
  const record = recorders(meter);
  const leading = leadingTotals(nowEpochMs);
  const leadingSeconds = meter.createObservableCounter('LeadingSeconds', about('LeadingSeconds'));
  leadingSeconds.addCallback(leading.observe);
  return {
    record(event) {
      leading.note(event);
      for (const { name, value, reason } of measurementsOf(event)) {
        record[name]?.(value, {
          ...subjectOf(event),
          ...(reason && { [REASON_DIMENSION]: reason }),
        });
      }
    },
    [Symbol.dispose]: () => leadingSeconds.removeCallback(leading.observe),
  };
}

function about(name: MetricName): MetricOptions {
  const { unit, meaning } = METRICS[name];
  return { unit: UCUM[unit], description: meaning };
}

/** Counts are counters, times are histograms, and the token is a gauge. */
function recorders(meter: Meter) {
  const entries = (Object.keys(METRICS) as MetricName[])
    .filter((name) => name !== 'LeadingSeconds')
    .map((name) => [name, recorder(meter, name)] as const);
  return Object.fromEntries(entries) as Partial<Record<MetricName, ReturnType<typeof recorder>>>;
}

function recorder(meter: Meter, name: MetricName): (value: number, attributes: Attributes) => void {
  switch (METRICS[name].unit) {
    case 'Count': {
      const counter = meter.createCounter(name, about(name));
      return (value, attributes) => counter.add(value, attributes);
    }
    case 'Milliseconds':
    case 'Seconds': {
      const histogram = meter.createHistogram(name, about(name));
      return (value, attributes) => histogram.record(value, attributes);
    }
    case 'None': {
      const gauge = meter.createGauge(name, about(name));
      return (value, attributes) => gauge.record(value, attributes);
    }
  }
}

interface LedAccount {
  readonly subject: Attributes;
  readonly periods: readonly LedPeriod[];
  readonly ms: number;
  readonly until: number;
}

function subjectOf({ election, store }: JournalEvent): Attributes {
  return { [ELECTION_DIMENSION]: election, ...(store && { [STORE_DIMENSION]: store }) };
}

/** Seconds led since the first event, which a counter reports as they are. */
function leadingTotals(nowEpochMs: () => number) {
  const accounts = new Map<string, LedAccount>();

  return {
    note(event: JournalEvent): void {
      // A thousand partitions would be a thousand series.
      if (event.group !== undefined) return;
      const subject = subjectOf(event);
      const key = JSON.stringify(subject);
      const begun = { subject, periods: [], ms: 0, until: event.atEpochMs };
      const account = accounts.get(key) ?? begun;
      accounts.set(key, { ...account, periods: noteLeading(account.periods, event) });
    },
    observe(result: ObservableResult): void {
      for (const [key, account] of accounts) {
        // A wall clock that was set back counts nothing twice, and a counter never falls.
        const until = Math.max(account.until, nowEpochMs());
        const ms =
          account.ms + ledMs(account.periods, { fromEpochMs: account.until, toEpochMs: until });
        const periods = forgetBefore(account.periods, until);
        accounts.set(key, { ...account, periods, ms, until });
        result.observe(ms / 1_000, account.subject);
      }
    },
  };
}
