/**
 * Which workers believed to lead, and when, by the one monotonic clock of the machine that all
 * workers share.
 */
import type { Violation } from '../../judge/invariants.ts';
import type { WorkerLine } from '../workers/ways.ts';

/** From the first instant of a term that is known to the last at which its worker could act for it. */
export interface LedTerm {
  readonly token: bigint;
  readonly candidateId: string;
  readonly by: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The terms in which a worker led for some time, in the order in which they began. */
export function ledTerms(lines: readonly WorkerLine[]): readonly LedTerm[] {
  const terms = new Map<string, LedTerm>();
  for (const { event, worker: by, candidateId, token, atMs, untilMs } of lines) {
    if (token === undefined || candidateId === undefined) continue;
    if (atMs === undefined || untilMs === undefined) continue;
    const key = `${by} ${token}`;
    const known = terms.get(key);
    if (event === 'settled' && known !== undefined) {
      // Its work is over, so nothing acts for it any more, whatever was left of its time.
      terms.set(key, { ...known, untilMs: Math.min(known.untilMs, atMs) });
    } else if (event !== 'settled' && untilMs > atMs) {
      const fromMs = Math.min(known?.fromMs ?? atMs, atMs);
      const lastMs = Math.max(known?.untilMs ?? untilMs, untilMs);
      terms.set(key, { token: BigInt(token), candidateId, by, fromMs, untilMs: lastMs });
    }
  }
  return [...terms.values()].sort((a, b) => a.fromMs - b.fromMs);
}

/** C1: no worker begins to lead before the term of the one before it is over. */
export function oneLeadsAtATime(terms: readonly LedTerm[]): readonly Violation[] {
  const violations: Violation[] = [];
  let last: LedTerm | undefined;
  for (const term of terms) {
    if (last !== undefined && term.fromMs < last.untilMs) {
      const earlyMs = (last.untilMs - term.fromMs).toFixed(1);
      const who = `${term.by} led with ${term.token}`;
      const detail = `${who} ${earlyMs} ms before ${last.by} was over with ${last.token}`;
      violations.push({ invariant: 'C1', detail });
    }
    if (last === undefined || term.untilMs > last.untilMs) last = term;
  }
  return violations;
}

/** S3, for every way to elect: each term has a higher token than the one before it. */
export function tokensRise(terms: readonly LedTerm[]): readonly Violation[] {
  return terms.flatMap((term, index) => {
    const before = terms[index - 1];
    if (before === undefined || before.token < term.token) return [];
    const detail = `${term.by} led with ${term.token} after ${before.by} with ${before.token}`;
    return [{ invariant: 'S3' as const, detail }];
  });
}
