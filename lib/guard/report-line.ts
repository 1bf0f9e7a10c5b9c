/**
 * What a guardian says of a will, in one line.
 */
import { formatToken, parseToken } from '../core/token.ts';
import type { WillReport } from './executor.ts';

const WORDS = {
  released: 'released it for the process that is gone',
  refused: 'found it released or taken already',
  lapsed: 'could not release it in time; the lease has lapsed by itself',
} as const;

export function reportLine({ will, outcome, tookMs }: WillReport): string {
  const token = parseToken(will.token);
  const term = token === undefined ? will.token : formatToken(token);
  const afterMs = Math.round(tookMs);
  return `last will of ${will.election} (term ${term}): ${WORDS[outcome]}, ${afterMs} ms after the end was known`;
}
