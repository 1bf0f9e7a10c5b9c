/**
 * What an answer to a write means. The one place that tells a lost answer from a lost role.
 */
import type { WriteOutcome } from './record.ts';

/**
 * A refusal whose old record carries this write's own nonce was granted earlier, and only its answer
 * was lost: a nonce is never used by two logical writes. Everything but success and a failed condition
 * stays unknown, and is never folded into either.
 */
export function resolveOutcome(nonce: string, outcome: WriteOutcome): WriteOutcome {
  if (outcome.kind === 'refused' && outcome.record?.revision === nonce) {
    return { kind: 'granted', record: outcome.record };
  }
  return outcome;
}
