/**
 * A record as an operator reads it: who leads, and for how long by this machine's wall clock.
 *
 * Decides the words only. A single look cannot tell a leader from one that died a moment ago; the lease
 * that is left says how long the record holds for its candidates.
 */
import type { LeaseRecord, Sighting } from '../../core/lease/record.ts';
import { formatToken } from '../../index.ts';
import { lasting, utc } from '../terminal/text-table.ts';

export interface RecordView {
  readonly election: string;
  readonly state: 'leading' | 'draining' | 'expired' | 'vacant' | 'never-held';
  /** Who holds the role. */
  readonly candidateId?: string | undefined;
  readonly token?: string | undefined;
  /** When its term began, where history knows. */
  readonly sinceEpochMs?: number;
  readonly renewedAtEpochMs?: number;
  /** By this machine's clock; 0 when it ran out. */
  readonly remainingMs?: number;
  readonly leaseDurationMs?: number;
  readonly renewIntervalMs?: number;
  /** What the leader says of itself. For a vacant role, what the last leader said. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** The ids of the candidates that have registered. */
  readonly candidates?: readonly string[];
}

export function viewOf(
  election: string,
  sighting: Exclude<Sighting, { kind: 'unknown' }>,
  nowEpochMs: number,
): RecordView {
  switch (sighting.kind) {
    case 'absent':
      return { election, state: 'never-held' };
    case 'present':
      return viewOfRecord(election, sighting.record, nowEpochMs);
  }
}

function viewOfRecord(election: string, record: LeaseRecord, nowEpochMs: number): RecordView {
  const { holder, renewedAtEpochMs, leaseDurationMs, renewIntervalMs } = record;
  const token = formatToken(record.token);
  const attributes = isEmpty(record.attributes) ? undefined : record.attributes;
  if (holder === undefined) return { election, state: 'vacant', token, attributes };
  const remainingMs = Math.max(0, renewedAtEpochMs + leaseDurationMs - nowEpochMs);
  const state = remainingMs > 0 ? record.state : 'expired';
  return {
    election,
    state,
    candidateId: holder,
    token,
    renewedAtEpochMs,
    remainingMs,
    leaseDurationMs,
    renewIntervalMs,
    attributes,
  };
}

function isEmpty(texts: Readonly<Record<string, string>> = {}): boolean {
  return Object.keys(texts).length === 0;
}

/** In words, in one or two lines. */
export function sentencesOf(view: RecordView, nowEpochMs: number): readonly string[] {
  return [stateSentenceOf(view), ...moreOf(view, nowEpochMs)];
}

function moreOf(view: RecordView, nowEpochMs: number): string[] {
  const { sinceEpochMs, candidates = [], attributes } = view;
  const known = [];
  if (sinceEpochMs !== undefined) {
    const term = lasting(Math.max(0, nowEpochMs - sinceEpochMs));
    known.push(`since ${utc(sinceEpochMs)} UTC, for ${term}`);
  }
  const { length } = candidates;
  if (length > 0) known.push(`${length} candidate${length > 1 ? 's have' : ' has'} registered`);
  const said =
    attributes &&
    `  ${view.state === 'vacant' ? 'last said' : 'says'} ${JSON.stringify(attributes)}`;
  return [...(known.length > 0 ? [`  ${known.join('; ')}`] : []), ...(said ? [said] : [])];
}

function stateSentenceOf(view: RecordView): string {
  const { election, candidateId: holder, token, remainingMs = 0, leaseDurationMs = 0 } = view;
  const left = `${seconds(remainingMs)} of ${seconds(leaseDurationMs)} left`;
  switch (view.state) {
    case 'leading':
      return `${election}: ${holder} leads, term ${token}, ${left}`;
    case 'draining':
      return `${election}: ${holder} is resigning from term ${token}, ${left}`;
    case 'expired':
      return `${election}: nobody leads; the lease of ${holder} (term ${token}) has run out`;
    case 'vacant':
      return `${election}: nobody leads; term ${token} was released`;
    case 'never-held':
      return `${election}: nobody has led yet`;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
