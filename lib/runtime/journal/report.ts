/**
 * Turns what happens into journal events. A journal that throws never reaches the protocol.
 */
import type { TermEffect, TermNote } from '../../core/term/effects.ts';
import type { Token } from '../../core/token.ts';
import type { LossCause } from '../../errors.ts';
import type { Clock, Journal, JournalEvent } from '../../ports.ts';

export type WithoutBase<E> = E extends JournalEvent
  ? Omit<E, 'election' | 'candidateId' | 'atEpochMs' | 'group' | 'partition'>
  : never;

export type Reporter = ReturnType<typeof createReporter>;

/** For an election without a journal. */
export const silentJournal: Journal = { record() {} };

interface Subject {
  readonly election: string;
  /** The group that the election is a partition of, and which. */
  readonly of?: { readonly group: string; readonly partition?: number | undefined } | undefined;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Tells the journal of one election, in the name of one candidate or of the present member. */
export function createRecorder(to: Subject, candidateId: string | (() => string)) {
  const { election } = to;
  const named = typeof candidateId === 'string' ? () => candidateId : candidateId;
  const warned = new Set<string>();

  /** Without a journal each kind of failure is told once, as a warning of the process. */
  function warn(error: unknown): void {
    const kind = kindOf(error);
    if (warned.has(kind)) return;
    warned.add(kind);
    const message = error instanceof Error ? error.message : String(error);
    process.emitWarning(`election ${JSON.stringify(election)}: ${message}`, 'TenureWarning');
  }

  return (event: WithoutBase<JournalEvent>): void => {
    if (to.journal === silentJournal) {
      if (event.event === 'error') warn(event.error);
      return;
    }
    const atEpochMs = to.clock.now().epochMs;
    const base = { election, candidateId: named(), ...to.of, atEpochMs };
    toldSafely('the journal', () => to.journal.record({ ...base, ...event } as JournalEvent));
  };
}

export function createReporter(to: Subject, candidateId: string) {
  const record = createRecorder(to, candidateId);

  function note(what: TermNote): void {
    switch (what.kind) {
      case 'standby':
        return record({ event: 'standby', holder: what.record?.holder, token: what.record?.token });
      case 'outrun':
        return record({ event: 'outrun', holder: what.record?.holder, token: what.record?.token });
      case 'renewed': {
        const { token, latencyMs, remainingMs } = what;
        return record({ event: 'renewed', token, latencyMs, remainingMs });
      }
      case 'draining':
        return record({ event: 'draining', token: what.token, why: what.why });
      case 'stuck':
        return record({ event: 'stuck', token: what.token, waitedMs: what.waitedMs });
      case 'unconfirmed':
        return record({ event: 'error', error: what.cause });
      case 'requested':
        return;
    }
  }

  return {
    note,
    elected(effect: Extract<TermEffect<never>, { kind: 'elected' }>, remainingMs: number): void {
      const { leading, latencyMs, leaderlessMs, previousHolder } = effect;
      const { token } = leading;
      record({ event: 'elected', token, latencyMs, leaderlessMs, previousHolder, remainingMs });
    },
    lost: (token: Token, why: LossCause) => record({ event: 'lost', token, why }),
    resigned: (token: Token, released: boolean) => record({ event: 'resigned', token, released }),
    error: (error: unknown, token?: Token) => record({ event: 'error', error, token }),
  };
}

/** Calls a user's code. Its bug must not end a term; Node shows the error as a warning. */
export function toldSafely(who: string, tell: () => unknown): void {
  const warn = (error: unknown) =>
    process.emitWarning(`${who} threw: ${String(error)}`, 'TenureWarning');
  try {
    const told = tell();
    // An async function fits the type too, and its rejection would end the process.
    if (told instanceof Promise) told.catch(warn);
  } catch (error) {
    warn(error);
  }
}

function kindOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name);
}
