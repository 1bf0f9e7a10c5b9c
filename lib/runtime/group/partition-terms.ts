/**
 * The terms that a member holds, by partition, and the work of each. Work starts when a term
 * begins, is told to stop, and is always joined before the partition can be led again.
 *
 * Decides nothing about when a term ends; the member's machine does.
 */
import type { MemberEffect } from '../../core/group/member/traffic.ts';
import { electionOf } from '../../core/group/rows.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { Token } from '../../core/token.ts';
import { WorkStuckError } from '../../errors.ts';
import type { GroupStore, PartitionTerm } from '../../group-ports.ts';
import type { Clock, InSpan, Journal, Spans } from '../../ports.ts';
import { createTerm, type HeldTerm, type TermControl, type TermDriver } from '../candidate/term.ts';
import { spannedWork } from '../journal/spans.ts';
import { tellsOfAbort } from '../work/tells-of-abort.ts';
import type { GroupReport } from './group-report.ts';

/**
 * What a process does for a partition while it leads it. Must settle soon once `term.signal`
 * aborts.
 */
export type PartitionWork = (term: PartitionTerm) => unknown;

export interface PartitionTermsOptions {
  readonly group: string;
  readonly store: GroupStore;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly timings: Timings;
  readonly work: PartitionWork;
  readonly spans: Spans | undefined;
  readonly report: GroupReport;
  /** What a term asks of its member. */
  readonly driver: (of: { readonly partition: number; readonly token: Token }) => TermDriver;
}

interface Held {
  readonly control: TermControl;
  readonly term: HeldTerm & PartitionTerm;
  /**
   * Settles once the work has; rejects with `WorkStuckError` if the work does not settle in time.
   */
  readonly joined: Promise<void>;
  over: boolean;
}

export type PartitionTerms = ReturnType<typeof createPartitionTerms>;

export function createPartitionTerms(options: PartitionTermsOptions) {
  const { report } = options;
  const held = new Map<number, Held>();
  /** The term that the member's machine speaks of; none where it has ended. */
  const heldOf = ({ partition, token }: { readonly partition: number; readonly token: Token }) => {
    const one = held.get(partition);
    return one?.term.token === token ? one : undefined;
  };

  return {
    elected(effect: Extract<MemberEffect, { kind: 'elected' }>): void {
      const control = controlOf(options, effect);
      const term = Object.assign(control.term, { partition: effect.partition });
      report.elected(effect, term.remainingMs());
      const joined = runWork(options, term);
      joined.catch(() => undefined);
      held.set(effect.partition, { control, term, joined, over: false });
    },
    stop: (about: Of<'stop'>) => heldOf(about)?.control.stop(about.why),
    over(about: Of<'over'>): void {
      const one = heldOf(about);
      if (one === undefined) return;
      one.over = true;
      one.control.over(about.why);
      if (about.why !== 'resigned') report.lost(about.partition, about.token, about.why);
    },
    ended(about: Of<'ended'>): void {
      const one = heldOf(about);
      if (one === undefined) return;
      if (about.why === 'resigned') {
        report.resigned(about.partition, about.token, about.released);
      }
      held.delete(about.partition);
      one.control.ended();
    },
    stuck(about: { readonly partition: number; readonly token: Token; waitedMs: number }): void {
      heldOf(about)?.control.stuck(about.waitedMs);
    },
    termOf: (partition: number): PartitionTerm | undefined => held.get(partition)?.term,
    /** The terms that are not over, by partition. */
    leading(): ReadonlyMap<number, PartitionTerm> {
      const live = [...held].filter(([, { over, term }]) => !over && term.remainingMs() > 0);
      return new Map(live.map(([partition, { term }]) => [partition, term]));
    },
    /** Resolves once all work has settled. @throws WorkStuckError for work that does not in time. */
    async allJoined(): Promise<void> {
      await Promise.all([...held.values()].map(({ joined }) => joined));
    },
  };
}

type Of<Kind> = Extract<MemberEffect, { readonly kind: Kind }>;

function controlOf(options: PartitionTermsOptions, effect: Of<'elected'>): TermControl {
  const { group, store, journal, clock, timings, report } = options;
  const { partition, token, memberId } = effect;
  return createTerm(
    {
      election: electionOf(group, partition),
      candidateId: memberId,
      token,
      lease: store.reference?.(partition),
      reserves: false,
      // What a fence tells of the term says whose it is, as everything else does.
      journal: { record: (event) => journal.record({ ...event, group, partition }) },
      clock,
      timings,
      overdue: (waitedMs) => report.note({ kind: 'stuck', partition, token, waitedMs }),
    },
    options.driver({ partition, token }),
  );
}

/** The work's own error ends its partition's term here, and no other. */
async function runWork(
  { work, report, spans }: PartitionTermsOptions,
  term: HeldTerm & PartitionTerm,
): Promise<void> {
  const { election, candidateId } = term;
  const inSpan: InSpan | undefined =
    spans && ((call, run) => spans({ election, candidateId, ...call }, run));
  // Work begins in a turn of its own, since it may call back into the group.
  const settled = Promise.resolve(term)
    .then(() => spannedWork(inSpan, term, () => work(term)))
    .then(
      () => ({ failed: false }) as const,
      (error: unknown) => ({ failed: true, error }) as const,
    )
    .then((end) => {
      const toldToStop = term.signal.aborted && end.failed && tellsOfAbort(end.error);
      const failed = end.failed && !toldToStop;
      if (failed) report.failed(term.partition, term.token, end.error);
      // The release goes on in the background; this work need not wait for it.
      void (failed ? term.fail() : term.resign());
    });
  const stuck = term.stuck.then((waitedMs) => {
    throw new WorkStuckError({ election: term.election, token: term.token, waitedMs });
  });
  await Promise.race([settled, stuck]);
}
