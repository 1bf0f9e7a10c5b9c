/**
 * A term of a given token, for tests in which only the token matters, and what its writes come to.
 * No election is involved.
 */
import { LeadershipLostError } from '../../lib/errors.ts';
import type { JournalEvent, LeaseReference, Term } from '../../lib/ports.ts';

export interface FencingTermOfTest
  extends Pick<
    Term,
    'election' | 'candidateId' | 'token' | 'remainingMs' | 'throwIfOver' | 'lease' | 'journal'
  > {
  /** What the fence told the journal. */
  readonly events: readonly JournalEvent[];
  /** Ends it, as a lapse would. */
  end(): void;
}

export function termOf(
  token: bigint,
  options: { readonly lease?: LeaseReference; readonly candidateId?: string } = {},
): FencingTermOfTest {
  const events: JournalEvent[] = [];
  let over = false;
  return {
    election: 'reports',
    candidateId: options.candidateId ?? `candidate-${token}`,
    token,
    lease: options.lease,
    events,
    journal: { record: (event) => void events.push(event) },
    remainingMs: () => (over ? 0 : 60_000),
    throwIfOver() {
      if (over) throw new LeadershipLostError({ election: 'reports', token, why: 'lapsed' });
    },
    end() {
      over = true;
    },
  };
}

/** What a write was refused with, or `undefined` where it was not. */
export const refusalOf = (sent: Promise<unknown>): Promise<unknown> =>
  sent.then(
    () => undefined,
    (error: unknown) => error,
  );
