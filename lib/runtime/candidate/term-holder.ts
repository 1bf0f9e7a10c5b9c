/**
 * The term that a candidate holds, if any. It is made when the candidate is elected, and told when
 * it must stop and when it is over.
 */
import type { Attributes } from '../../core/lease/record.ts';
import type { Token } from '../../core/token.ts';
import type { LossCause } from '../../errors.ts';
import type { Predecessor, TermEntry } from '../../ports.ts';
import type { Reporter } from '../journal/report.ts';
import {
  createTerm,
  type HeldTerm,
  type TermControl,
  type TermDriver,
  type TermFacts,
} from './term.ts';

export interface TermHolderOptions {
  readonly facts: Omit<TermFacts, 'token' | 'overdue'>;
  readonly report: Reporter;
  /**
   * What the term asks of its candidate. All of it but the clocks concerns only the term that is
   * held.
   */
  readonly driver: (token: Token) => TermDriver;
  readonly chronicle: (entry: TermEntry) => void;
}

export function createTermHolder({ facts, report, driver, chronicle }: TermHolderOptions) {
  const { candidateId, clock } = facts;
  let held: (TermControl & { entry: TermEntry }) | undefined;
  let freed = Promise.withResolvers<void>();

  return {
    elected(token: Token, predecessor: Predecessor | undefined): HeldTerm {
      const { settled, drain, renew, proclaim, ...rest } = driver(token);
      const isHeld = () => held?.term.token === token;
      const proclaimed = (attributes: Attributes) => {
        if (held) held.entry = { ...held.entry, attributes };
        proclaim?.(attributes);
      };
      const overdue = (waitedMs: number) => report.note({ kind: 'stuck', token, waitedMs });
      const control = createTerm(
        { ...facts, token, predecessor, overdue },
        {
          ...rest,
          drain: (how) => isHeld() && drain(how),
          renew: () => isHeld() && renew(),
          proclaim: proclaim && ((said) => isHeld() && proclaimed(said)),
          settled: (how) => isHeld() && settled(how),
        },
      );
      const entry = { token, candidateId, electedAtEpochMs: clock.now().epochMs };
      held = { ...control, entry };
      chronicle({ ...entry, previousToken: predecessor?.token });
      return control.term;
    },
    stop: (why: LossCause) => held?.stop(why),
    over(token: Token, why: LossCause): void {
      held?.over(why);
      if (why !== 'resigned') report.lost(token, why);
      if (held) chronicle({ ...held.entry, endedAtEpochMs: clock.now().epochMs, why });
    },
    /**
     * `resign` waits for the farewell. So a process that exits after `resign` has woken the
     * standby.
     */
    ended(
      { token, why, released }: { token: Token; why: LossCause; released: boolean },
      farewell?: Promise<unknown>,
    ): void {
      const ending = held;
      if (ending && why === 'resigned') report.resigned(token, released);
      if (farewell === undefined) ending?.ended();
      else void farewell.then(() => ending?.ended());
      held = undefined;
      freed.resolve();
      freed = Promise.withResolvers();
    },
    stuck: (waitedMs: number) => held?.stuck(waitedMs),
    requested: () => held?.requested(),
    renewed: () => held?.renewed(),
    /** Resolves when the term that is being released has ended, or when the signal aborts. */
    whenFree: (signal?: AbortSignal) => untilAborted(freed.promise, signal),
  };
}

/** Leaves no listener behind. */
function untilAborted(until: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return until;
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.resolve();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([until, aborted.promise]).finally(() =>
    signal.removeEventListener('abort', abort),
  );
}
