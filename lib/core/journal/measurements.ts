/**
 * Which metrics an event yields: one source for every adapter that emits them.
 *
 * `LeadingSeconds` is not among them: it is time, not an event; see `leading-time.ts`.
 */
import type { Why } from '../term/leading.ts';
import type { Token } from '../token.ts';
import type { MetricName } from './metrics.ts';

/**
 * The fields of an event that are measured. A group's events yield no metric: each partition would
 * need one of its own.
 */
export type MeasuredEvent = { readonly group?: string | undefined } & (
  | {
      readonly event: 'elected';
      readonly token: Token;
      readonly leaderlessMs?: number | undefined;
    }
  | {
      readonly event: 'renewed';
      readonly token: Token;
      readonly latencyMs: number;
      readonly remainingMs: number;
    }
  | { readonly event: 'lost'; readonly why: Why }
  | { readonly event: 'resigned' | 'fence-rejected' }
  | { readonly event: 'standby' | 'outrun' | 'draining' | 'stuck' | 'error' }
  | { readonly event: 'joined' | 'heartbeat' | 'planned' | 'deposed' | 'overdue' | 'gone' }
);

export interface Measurement {
  readonly name: MetricName;
  readonly value: number;
  /** Of `LeadershipLost` only. */
  readonly reason?: Why | undefined;
}

export function measurementsOf(event: MeasuredEvent): readonly Measurement[] {
  if (event.group !== undefined) return [];
  switch (event.event) {
    case 'elected': {
      const begun: Measurement[] = [{ name: 'LeadershipAcquired', value: 1 }, tokenOf(event.token)];
      const { leaderlessMs } = event;
      if (leaderlessMs !== undefined) begun.push({ name: 'LeaderlessTime', value: leaderlessMs });
      return begun;
    }
    case 'renewed':
      return [
        { name: 'RenewalLatency', value: event.latencyMs },
        { name: 'LeaseMargin', value: event.remainingMs },
        tokenOf(event.token),
      ];
    case 'resigned':
      return [{ name: 'LeadershipLost', value: 1, reason: 'resigned' }];
    case 'lost':
      return [{ name: 'LeadershipLost', value: 1, reason: event.why }];
    case 'fence-rejected':
      return [{ name: 'FencingRejections', value: 1 }];
    case 'standby':
    case 'outrun':
    case 'draining':
    case 'stuck':
    case 'error':
    case 'joined':
    case 'heartbeat':
    case 'planned':
    case 'deposed':
    case 'overdue':
    case 'gone':
      return [];
  }
}

/**
 * A metric's value is a double everywhere, so above 2^53 (a baton's token has 20 digits) the nearest
 * one: still never falling while tokens rise. The exact token stands next to it as text.
 */
function tokenOf(token: Token): Measurement {
  return { name: 'Token', value: Number(token) };
}
