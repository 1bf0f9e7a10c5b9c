/**
 * A candidate that publishes itself: when it first campaigns, and once an hour while it is active.
 *
 * Off the critical path: nothing waits for it, and its failure is an event and nothing more.
 */
import type { Instant } from '../../core/time/instant.ts';
import type { Timings } from '../../core/time/timing.ts';
import type { CandidateFacts, Clock, Journal, LeaseStore } from '../../ports.ts';
import { withDeadline } from '../clock/deadline.ts';
import { createReporter } from '../journal/report.ts';
import type { Candidate } from './candidate.ts';

export interface RegistrationOptions extends Omit<CandidateFacts, 'score'> {
  /** The higher, the better a leader this candidate would be. A function is asked each time. */
  readonly score?: number | (() => number) | undefined;
}

interface Wiring {
  readonly election: string;
  readonly timings: Timings;
  /** Absent where nothing is recorded. */
  readonly store?: Pick<LeaseStore, 'register'> | undefined;
  readonly clock: Clock;
  readonly journal: Journal;
}

const INTERVAL_MS = 3_600_000;

/** The same candidate, where there is nothing to publish or nowhere to publish it. */
export function registering(
  candidate: Candidate,
  options: RegistrationOptions | undefined,
  wiring: Wiring,
): Candidate {
  if (options === undefined || wiring.store?.register === undefined) return candidate;
  const { begin, end } = hourly(wiring.clock, registrar(candidate.candidateId, options, wiring));
  return {
    ...candidate,
    async campaign(how) {
      begin();
      const term = await candidate.campaign(how).catch((error: unknown) => {
        end();
        throw error;
      });
      if (term === undefined || term.signal.aborted) end();
      else term.signal.addEventListener('abort', end, { once: true });
      return term;
    },
  };
}

function registrar(candidateId: string, options: RegistrationOptions, wiring: Wiring): () => void {
  const { store, clock, timings } = wiring;
  const report = createReporter(wiring, candidateId);
  const startedAtEpochMs = clock.now().epochMs;

  async function register(signal: AbortSignal): Promise<void> {
    const { score, zone, version } = options;
    const facts = { zone, version, score: typeof score === 'function' ? score() : score };
    const registeredAtEpochMs = clock.now().epochMs;
    const registration = { candidateId, ...facts, startedAtEpochMs, registeredAtEpochMs };
    await store?.register?.(registration, { signal });
  }

  return () => void withDeadline(clock, timings.writeTimeoutMs, register, report.error);
}

/** Calls at once and then every hour, counted over pauses, while begun more often than ended. */
function hourly(clock: Clock, call: () => void) {
  let active = 0;
  let dueAt: Instant | undefined;
  let cancel = () => {};

  function ring(): void {
    call();
    dueAt = clock.now().monotonicMs + INTERVAL_MS;
    cancel = clock.setTimer(INTERVAL_MS, ring);
  }

  return {
    begin(): void {
      active += 1;
      if (active > 1) return;
      const waitMs = dueAt === undefined ? 0 : dueAt - clock.now().monotonicMs;
      if (waitMs <= 0) ring();
      else cancel = clock.setTimer(waitMs, ring);
    },
    end(): void {
      active -= 1;
      if (active === 0) cancel();
    },
  };
}
