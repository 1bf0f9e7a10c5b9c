/**
 * Moves an election from one lock to another: a candidate that leads only while it holds both.
 *
 * The order never changes: first the old lock, then the new role. So no two candidates wait for each other.
 */
import { InvalidOptionsError } from '../../errors.ts';
import { pause } from '../../pause.ts';
import type { Mechanism, Term } from '../../ports.ts';
import type { CampaignOptions } from '../candidate/candidate.ts';
import type { RegisteredCandidate } from '../candidate/registering.ts';
import type { HeldTerm } from '../candidate/term.ts';
import { withDeadline } from '../clock/deadline.ts';
import { createReporter, type Reporter } from '../journal/report.ts';
import type { BridgedMechanism, BridgeWiring, HeldLock, OtherLock } from './bridged.ts';

/**
 * How long a bridge keeps the old lock while it is not elected to the new role, in leases of that. It may be unable to
 * reach the new store, and others would wait for the old lock without end. A take-over needs one lease.
 */
const HOLDS_LEASES = 2;

/** The part of an election that a bridge needs to hold its role as the old lock. */
export interface OldElection {
  /** As `Election.campaign`: resolves with a term once elected. */
  campaign(options: { readonly signal: AbortSignal }): Promise<Term>;
}

/**
 * A mechanism for the deployment in the middle of a move: `from` is what the programs of before hold, `to` what
 * the programs after will be elected by. A candidate acquires both, in this order, and gives up both when it
 * loses one. The token is that of `to`.
 *
 * At most one candidate leads while old programs run beside bridges, and while bridges run beside new programs.
 * Never run old and new programs at once: they hold nothing in common. docs/migrating.md tells the steps.
 */
export function bridge(from: OtherLock | OldElection, to: Mechanism): Mechanism {
  const old = 'acquire' in from ? from : lockOf(from);
  const bridged: BridgedMechanism = { ...to, over: (...both) => holdingBoth(old, ...both) };
  return bridged;
}

/** The role of an election as a lock. */
export function lockOf(election: OldElection): OtherLock {
  return {
    async acquire(signal) {
      const term = await election.campaign({ signal });
      return {
        lost: term.signal,
        remainingMs: () => term.remainingMs(),
        release: () => term.resign(),
      };
    },
  };
}

function holdingBoth(
  old: OtherLock,
  candidate: RegisteredCandidate,
  wiring: BridgeWiring,
): RegisteredCandidate {
  const report = createReporter(wiring, candidate.candidateId);
  let released = Promise.resolve();

  /** Code of others: it may throw, or never answer. */
  const release = (held: HeldLock) => {
    const { clock, timings } = wiring;
    released = withDeadline(clock, timings.renewIntervalMs, () => held.release(), report.error);
    return released;
  };

  async function campaign(options: CampaignOptions): Promise<HeldTerm | undefined> {
    if (options.patience !== 'until-elected') refuseAttempts();
    const signal = options.signal ?? new AbortController().signal;
    const { clock, timings } = wiring;
    for (;;) {
      await released;
      // A candidate that lets others go first must not keep the old lock from them meanwhile.
      await pause(clock, Math.max(0, candidate.heldOffMs()), signal);
      const held = await hold(old, wiring, report, signal);
      const tooLong = new AbortController();
      const inTime = clock.setTimer(holdsMs(timings), () => tooLong.abort());
      const until = AbortSignal.any([signal, held.lost, tooLong.signal]);
      const outcome = await candidate.campaign({ ...options, signal: until }).then(
        (term) => ({ term }),
        (error: unknown) => ({ error }),
      );
      inTime();
      const term = 'term' in outcome ? outcome.term : undefined;
      if (term !== undefined && !held.lost.aborted) {
        tie(term, held);
        return term;
      }
      await term?.resign();
      await release(held);
      const mayGoOn = held.lost.aborted || tooLong.signal.aborted;
      if (!mayGoOn && 'error' in outcome) throw outcome.error;
      signal.throwIfAborted();
      // A lock that is lost as soon as it is held must not be asked for without a pause. Others may have it.
      await pause(clock, timings.renewIntervalMs, signal);
    }
  }

  /** The term ends when the old lock is lost, and the old lock is released when the term is over. */
  function tie(term: HeldTerm, held: HeldLock): void {
    // A listener may have resigned the term as it began: its end has been told then.
    if (term.remainingMs() <= 0) return void release(held);
    const stop = () => term.drain({ atOnce: true, why: 'deposed' });
    term.bound = () => (held.lost.aborted ? 0 : (held.remainingMs?.() ?? Number.POSITIVE_INFINITY));
    held.lost.addEventListener('abort', stop, { once: true });
    const off = wiring.on('lost', () => {
      off();
      held.lost.removeEventListener('abort', stop);
      void release(held);
    });
  }

  return { ...candidate, campaign };
}

/** Asks until the old lock is held. */
async function hold(
  old: OtherLock,
  { clock, timings }: BridgeWiring,
  report: Reporter,
  signal: AbortSignal,
): Promise<HeldLock> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await old.acquire(signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      report.error(error);
      await pause(clock, timings.renewIntervalMs, signal);
    }
  }
}

function holdsMs({ leaseDurationMs, rank, staggerMs }: BridgeWiring['timings']): number {
  return HOLDS_LEASES * leaseDurationMs + rank * staggerMs;
}

function refuseAttempts(): never {
  throw new InvalidOptionsError([
    'tryCampaign over a bridge would give both locks up with each attempt; use campaign, lead or leadWhile ' +
      'in a process that stays, and move Lambda functions while they are not invoked',
  ]);
}
