/**
 * Which metrics an event yields: one source for every adapter that emits them.
 *
 * `LeadingSeconds`, `PartitionsLed` and `Members` are not among them: they are time, not events; see
 * `leading-time.ts`.
 */
import type { Why } from '../term/leading.ts';
import type { Token } from '../token.ts';
import type { MetricName } from './metrics.ts';

/** The fields of an event that are measured. An event of a partition is measured for its group. */
export type MeasuredEvent = { readonly group?: string | undefined } & (
  | {
      readonly event: 'elected';
      readonly token: Token;
      readonly latencyMs: number;
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
  | {
      readonly event: 'heartbeat';
      readonly remainingMs: number;
      readonly vacant: number;
      readonly version: number;
      readonly imbalance: number;
    }
  | {
      readonly event: 'planned';
      readonly own: boolean;
      readonly moves: number;
      readonly delayMs?: number | undefined;
    }
  | { readonly event: 'joined' | 'deposed' | 'overdue' | 'gone' }
);

export interface Measurement {
  readonly name: MetricName;
  readonly value: number;
  /** Of `LeadershipLost` only. */
  readonly reason?: Why | undefined;
}

export function measurementsOf(event: MeasuredEvent): readonly Measurement[] {
  return event.group === undefined ? ofElection(event) : ofGroup(event);
}

function ofElection(event: MeasuredEvent): readonly Measurement[] {
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

function ofGroup(event: MeasuredEvent): readonly Measurement[] {
  switch (event.event) {
    case 'heartbeat':
      return [
        { name: 'HeartbeatMargin', value: event.remainingMs },
        { name: 'PartitionsVacant', value: event.vacant },
        { name: 'Imbalance', value: event.imbalance },
        { name: 'PlanVersion', value: event.version },
      ];
    case 'planned': {
      // The planner counts the moves. The other members report how late they read the plan.
      if (event.own) return [{ name: 'PartitionMoves', value: event.moves }];
      const { delayMs } = event;
      return delayMs === undefined ? [] : [{ name: 'PlanDelay', value: delayMs }];
    }
    case 'elected': {
      const begun: Measurement[] = [{ name: 'HandOverTime', value: event.latencyMs }];
      const { leaderlessMs } = event;
      if (leaderlessMs !== undefined) begun.push({ name: 'LeaderlessTime', value: leaderlessMs });
      return begun;
    }
    case 'deposed':
      return [{ name: 'MembersDeposed', value: 1 }];
    case 'overdue':
      return [{ name: 'HandOverOverdue', value: 1 }];
    case 'stuck':
      return [{ name: 'PartitionsStuck', value: 1 }];
    case 'fence-rejected':
      return [{ name: 'FencingRejections', value: 1 }];
    case 'joined':
    case 'gone':
    case 'standby':
    case 'outrun':
    case 'renewed':
    case 'draining':
    case 'resigned':
    case 'lost':
    case 'error':
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
