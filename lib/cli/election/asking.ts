/** Asks a leader to hand over, to any candidate or to one, as `resign` and `transfer` do. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LeaseRecord } from '../../core/lease/record.ts';
import { formatToken } from '../../index.ts';
import { EXIT } from '../terminal/exit-code.ts';
import type { Say } from '../terminal/telling.ts';
import { type OneElection, readElection, writeAsOperator } from './one-election.ts';

/** Each read costs money, and a hand-over takes a renew interval and a drain. */
const LOOK_INTERVAL_MS = 500;

/**
 * The term that was asked, or the exit code where none could be asked; the reason is then printed.
 */
export async function askToHandOver(
  opened: OneElection,
  { say, requestedFor }: { say: Say; requestedFor?: string | undefined },
): Promise<LeaseRecord | number> {
  const sighting = await readElection(opened);
  const record = sighting.kind === 'present' ? sighting.record : undefined;
  if (record?.holder === undefined) {
    say('nobody-leads', 'nobody leads; there is nobody to ask');
    return EXIT.failed;
  }
  if (record.holder === requestedFor) {
    say('leads', `${requestedFor} leads already`, aboutTerm(record));
    return EXIT.done;
  }
  const outcome = await writeAsOperator(opened, {
    kind: 'request-resign',
    seenHolder: record.holder,
    seenToken: record.token,
    revision: crypto.randomUUID(),
    requestedFor,
  });
  if (outcome.kind === 'granted') return record;
  const words = `${termOf(record)} has lost the role meanwhile; look again`;
  say('changed', words, aboutTerm(record));
  return EXIT.failed;
}

/** Reads until the record says so, but no longer than this. Resolves with the last record seen. */
export async function awaitRecord(
  opened: OneElection,
  waitMs: number,
  fits: (record: LeaseRecord | undefined) => boolean,
): Promise<LeaseRecord | undefined> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const sighting = await readElection(opened);
    const record = sighting.kind === 'present' ? sighting.record : undefined;
    const leftMs = deadline - performance.now();
    if (fits(record) || leftMs <= 0) return record;
    await delay(Math.min(LOOK_INTERVAL_MS, Math.max(1, leftMs)));
  }
}

export function aboutTerm({ holder, token }: LeaseRecord) {
  return { candidateId: holder, token: formatToken(token) };
}

export function termOf({ holder, token }: LeaseRecord): string {
  return `${holder} (term ${formatToken(token)})`;
}
