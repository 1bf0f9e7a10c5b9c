/**
 * What `tenure doctor` looks at, in order: each check rests on those before it.
 *
 * Pure: the caller makes the calls and passes their answers in. Decides what is a failure, what a
 * warning, and what to do about it.
 */
import type { TimeToLiveDescription } from '@aws-sdk/client-dynamodb';
import { TTL_ATTRIBUTE } from '../../dynamodb/index.ts';
import { lasting } from '../terminal/text-table.ts';

export interface Finding {
  readonly check:
    | ('credentials' | 'table' | 'expiry' | 'clock' | 'latency' | 'timings')
    /** Of a queue. */
    | ('queue' | 'encryption' | 'batons' | 'grants');
  readonly result: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found. */
  readonly says: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
  readonly figures?: Readonly<Record<string, number>> | undefined;
}

/** Above it wall clocks are no use as hints, and logs of two machines cannot be put in order. */
const CLOCK_ERROR_MS_MAX = 1_000;

export function checkExpiry(
  ttl: TimeToLiveDescription | undefined,
  tableName: string,
  wanted = TTL_ATTRIBUTE,
): Finding {
  const check = 'expiry';
  const { AttributeName, TimeToLiveStatus } = ttl ?? {};
  const isOn = TimeToLiveStatus === 'ENABLED' || TimeToLiveStatus === 'ENABLING';
  const enable =
    `aws dynamodb update-time-to-live --table-name ${tableName} --time-to-live-specification ` +
    `Enabled=true,AttributeName=${wanted}`;
  if (!isOn) {
    const says = 'expiry is off: rows of past terms and candidates are never deleted';
    return { check, result: 'warning', says, advice: enable };
  }
  if (AttributeName === wanted) return { check, result: 'ok', says: `by ${wanted}` };
  return {
    check,
    result: 'failed',
    says: `rows expire by the attribute ${AttributeName}, and not by ${wanted}`,
    advice: `switch it off before it deletes a record, then: ${enable}`,
  };
}

/** One answer of the service: its Date header, and the local instants around the call. */
export interface DateSample {
  readonly sentAtEpochMs: number;
  readonly receivedAtEpochMs: number;
  /** In whole seconds. */
  readonly serviceEpochMs: number;
}

/**
 * How far the local clock is ahead, as an interval. Each answer bounds it, and all bounds hold. The
 * header has whole seconds, so it names the beginning of the second in which it was written.
 */
export function clockAheadMs(samples: readonly DateSample[]): { atLeast: number; atMost: number } {
  return samples.reduce(
    (bounds, { sentAtEpochMs, receivedAtEpochMs, serviceEpochMs }) => ({
      atLeast: Math.max(bounds.atLeast, sentAtEpochMs - serviceEpochMs - 1_000),
      atMost: Math.min(bounds.atMost, receivedAtEpochMs - serviceEpochMs),
    }),
    { atLeast: -Infinity, atMost: Infinity },
  );
}

export function checkClock(samples: readonly DateSample[]): Finding {
  const check = 'clock';
  if (samples.length === 0) {
    return { check, result: 'skipped', says: 'the service sent no Date header' };
  }
  const { atLeast, atMost } = clockAheadMs(samples);
  const middle = (atLeast + atMost) / 2;
  const figures = { aheadAtLeastMs: atLeast, aheadAtMostMs: atMost };
  const side = middle > 0 ? 'ahead of' : 'behind';
  const says = `this clock is about ${lasting(Math.abs(middle))} ${side} the service’s`;
  const isCertainlyOff = atLeast > CLOCK_ERROR_MS_MAX || atMost < -CLOCK_ERROR_MS_MAX;
  if (isCertainlyOff) {
    const advice =
      'set the clock by NTP or the Amazon Time Sync Service; take-overs are slower until then, ' +
      'and a clockErrorMsMax below this would be wrong';
    return { check, result: 'failed', says, advice, figures };
  }
  const agrees = atLeast <= 0 && atMost >= 0;
  const words = agrees ? 'this clock agrees with the service’s, as far as its seconds tell' : says;
  return { check, result: 'ok', says: words, figures };
}

export interface TimingsInUse {
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  readonly writeTimeoutMs: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly max: number;
}

export function percentilesOf(latenciesMs: readonly number[]): Percentiles {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  // The smallest sample that at least this share of the samples does not exceed.
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p90: at(0.9), max: at(1) };
}

export function checkLatency(latenciesMs: readonly number[], timings: TimingsInUse): Finding {
  const { p50, p90, max } = percentilesOf(latenciesMs);
  const rounded = [p50, p90, max].map((ms) => ms.toFixed(ms < 10 ? 1 : 0));
  const says =
    `${latenciesMs.length} conditional writes: median ${rounded[0]} ms, p90 ${rounded[1]} ms, ` +
    `slowest ${rounded[2]} ms`;
  const figures = { p50Ms: p50, p90Ms: p90, maxMs: max };
  // A renewal is tried again at its timeout. If renewals usually come late, the store is slow.
  if (p90 * 2 <= timings.writeTimeoutMs) return { check: 'latency', result: 'ok', says, figures };
  return {
    check: 'latency',
    result: 'failed',
    says: `${says}; an attempt is given up after ${Math.round(timings.writeTimeoutMs)} ms`,
    advice: 'look for the cause: another Region, a proxy, throttling; else use longer timings',
    figures,
  };
}

/** Twenty times the usual latency is left for one attempt, and three attempts for one renewal. */
const ATTEMPT_FACTOR = 20;
const LEASE_MS_MIN = 1_000;

/** The shortest lease that the latencies allow, with the defaults' proportions. */
export function shortestLeaseMs({ p90 }: Percentiles): number {
  const renewIntervalMs = p90 * ATTEMPT_FACTOR * 3;
  return Math.max(LEASE_MS_MIN, Math.ceil(renewIntervalMs / 0.3 / 500) * 500);
}

export function checkTimings(latenciesMs: readonly number[], timings: TimingsInUse): Finding {
  const shortest = shortestLeaseMs(percentilesOf(latenciesMs));
  const { leaseDurationMs, renewIntervalMs } = timings;
  const says = `lease ${lasting(leaseDurationMs)}, renewed every ${lasting(renewIntervalMs)}`;
  const figures = { leaseDurationMs, renewIntervalMs, shortestLeaseMs: shortest };
  if (leaseDurationMs >= shortest) {
    const shorter = leaseDurationMs >= 2 * shortest;
    const advice = shorter
      ? `a lease of ${lasting(shortest)} would do here, and fail over sooner for more writes`
      : undefined;
    return { check: 'timings', result: 'ok', says, advice, figures };
  }
  return {
    check: 'timings',
    result: 'warning',
    says: `${says}: short for a store as slow as this`,
    advice: `use --lease ${shortest}ms and --renew ${Math.round(shortest * 0.3)}ms, or more`,
    figures,
  };
}
