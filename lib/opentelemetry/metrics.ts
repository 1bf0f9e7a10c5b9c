/**
 * The journal as OpenTelemetry metrics, under the names of `lib/core/journal/metrics.ts` and in UCUM units.
 *
 * Decides the kinds of instruments. The election, or the group, and its store are attributes of all
 * of them. Where they cost too much, remove them with a view of your own. A partition is never an
 * attribute.
 */
import {
  type Attributes,
  type Meter,
  type MetricOptions,
  metrics,
  type ObservableResult,
} from '@opentelemetry/api';
import {
  forgetIn,
  type LedPeriod,
  type LedPeriods,
  ledMs,
  noteIn,
} from '../core/journal/leading-time.ts';
import { measurementsOf } from '../core/journal/measurements.ts';
import {
  ELECTION_DIMENSION,
  GROUP_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
  REASON_DIMENSION,
  STORE_DIMENSION,
} from '../core/journal/metrics.ts';
import type { Journal, JournalEvent } from '../ports.ts';

/** What `openTelemetryMetrics` takes. */
export interface OpenTelemetryMetricsOptions {
  /** Default: the global provider's meter named `Tenure`. */
  readonly meter?: Meter | undefined;
  /** The wall clock, in milliseconds since 1970. Default: this process's. */
  readonly nowEpochMs?: (() => number) | undefined;
}

const UCUM = { Count: '1', Milliseconds: 'ms', Seconds: 's', None: '1' } as const;

/**
 * Give it to `createElection` or `createGroup` as `journal`; one serves all of a process. Disposing stops
 * `LeadingSeconds`, `PartitionsLed` and `Members`, which are otherwise computed whenever your reader collects.
 */
export function openTelemetryMetrics(
  options: OpenTelemetryMetricsOptions = {},
): Journal & Disposable {
  const { meter = metrics.getMeter(METRIC_NAMESPACE), nowEpochMs = Date.now } = options;
  const record = recorders(meter);
  const leading = leadingTotals(nowEpochMs);
  const observed = [
    [meter.createObservableCounter('LeadingSeconds', about('LeadingSeconds')), leading.seconds],
    [meter.createObservableGauge('PartitionsLed', about('PartitionsLed')), leading.partitions],
    [meter.createObservableGauge('Members', about('Members')), leading.members],
  ] as const;
  for (const [instrument, observe] of observed) instrument.addCallback(observe);
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
    [Symbol.dispose]() {
      for (const [instrument, observe] of observed) instrument.removeCallback(observe);
    },
  };
}

/** Of time, and not of events: asked whenever your reader collects. */
const OBSERVED: readonly MetricName[] = ['LeadingSeconds', 'PartitionsLed', 'Members'];

function about(name: MetricName): MetricOptions {
  const { unit, meaning } = METRICS[name];
  return { unit: UCUM[unit], description: meaning };
}

/** Counts are counters, times are histograms, and what stands for a while, as the token does, is a gauge. */
function recorders(meter: Meter) {
  const entries = (Object.keys(METRICS) as MetricName[])
    .filter((name) => !OBSERVED.includes(name))
    .map((name) => [name, recorder(meter, name)] as const);
  return Object.fromEntries(entries) as Partial<Record<MetricName, ReturnType<typeof recorder>>>;
}

function recorder(meter: Meter, name: MetricName): (value: number, attributes: Attributes) => void {
  const { unit, sample } = METRICS[name];
  switch (sample === undefined ? unit : 'None') {
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

function subjectOf({ election, group, store }: JournalEvent): Attributes {
  const subject =
    group === undefined ? { [ELECTION_DIMENSION]: election } : { [GROUP_DIMENSION]: group };
  return { ...subject, ...(store && { [STORE_DIMENSION]: store }) };
}

interface LedAccount {
  readonly subject: Attributes;
  readonly isGroup: boolean;
  readonly periods: LedPeriods;
  ms: number;
  until: number;
}

/** Seconds led since the first event, which a counter reports as they are; of a group, what is led now. */
function leadingTotals(nowEpochMs: () => number) {
  const accounts = new Map<string, LedAccount>();

  function open(event: JournalEvent): LedAccount {
    const subject = subjectOf(event);
    const key = JSON.stringify(subject);
    const isGroup = event.group !== undefined;
    const begun = { subject, isGroup, periods: new Map(), ms: 0, until: event.atEpochMs };
    const account = accounts.get(key) ?? begun;
    accounts.set(key, account);
    return account;
  }

  /** A wall clock that was set back counts nothing twice, and a counter never falls. */
  function count(account: LedAccount): number {
    const until = Math.max(account.until, nowEpochMs());
    const window = { fromEpochMs: account.until, toEpochMs: until };
    account.ms += ledMs(account.periods.get('whole') ?? [], window);
    account.until = until;
    forgetIn(account.periods, until);
    return account.ms / 1_000;
  }

  const observing =
    (isGroup: boolean, value: (account: LedAccount) => number) => (result: ObservableResult) => {
      for (const account of accounts.values()) {
        if (account.isGroup === isGroup) result.observe(value(account), account.subject);
      }
    };
  const isLed = (some: readonly LedPeriod[] = []) =>
    some.some(({ ended, untilEpochMs }) => !ended && untilEpochMs > nowEpochMs());

  return {
    note(event: JournalEvent): void {
      const { periods, isGroup } = open(event);
      noteIn(periods, event);
      // Nothing is summed for a group: a term that is over is of no more use.
      if (isGroup) forgetIn(periods, event.atEpochMs);
    },
    seconds: observing(false, count),
    members: observing(true, ({ periods }) => (isLed(periods.get('whole')) ? 1 : 0)),
    partitions: observing(
      true,
      ({ periods }) => [...periods].filter(([led, some]) => led !== 'whole' && isLed(some)).length,
    ),
  };
}
