/**
 * A candidate that publishes itself when it first campaigns, and once an hour while it is active.
 * It removes its row when it leaves by choice: its term was resigned, or its campaign called off.
 *
 * All of this is off the critical path. The election does not wait for it, and a failure is an
 * event and nothing more.
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
  readonly store?: Pick<LeaseStore, 'register' | 'unregister'> | undefined;
  readonly clock: Clock;
  readonly journal: Journal;
  /** How often the row is written while the candidate is active. Default: once an hour. */
  readonly everyMs?: number | undefined;
}

const HOUR_MS = 3_600_000;

/** A candidate, and what it does about its row when it leaves. */
export interface RegisteredCandidate extends Candidate {
  readonly leave?: (() => Promise<void>) | undefined;
}

/** The same candidate, unchanged where there is nothing to publish or nowhere to publish it. */
export function registering(
  candidate: Candidate,
  options: RegistrationOptions | undefined,
  wiring: Wiring,
): RegisteredCandidate {
  if (options === undefined || wiring.store?.register === undefined) return candidate;
  const { enter, leave: remove } = registrar(candidate.candidateId, options, wiring);
  const { begin, end, forget } = repeatedly(wiring.clock, enter, wiring.everyMs ?? HOUR_MS);
  const leave = () => {
    forget();
    return remove();
  };
  return {
    ...candidate,
    leave,
    async campaign(how) {
      begin();
      const term = await candidate.campaign(how).catch((error: unknown) => {
        end();
        // A campaign that is called off ends at once, so it does not wait for the store.
        if (how.signal?.aborted) void leave();
        throw error;
      });
      if (term === undefined || term.signal.aborted) end();
      else term.signal.addEventListener('abort', end, { once: true });
      return term;
    },
  };
}

function registrar(candidateId: string, options: RegistrationOptions, wiring: Wiring) {
  const { store, clock, timings } = wiring;
  const report = createReporter(wiring, candidateId);
  const startedAtEpochMs = clock.now().epochMs;
  let entered = Promise.resolve<unknown>(undefined);
  const limited = (call: (signal: AbortSignal) => Promise<void>) =>
    withDeadline<void>(clock, timings.writeTimeoutMs, call, report.error);

  async function register(signal: AbortSignal): Promise<void> {
    const { score, zone, version } = options;
    const facts = { zone, version, score: typeof score === 'function' ? score() : score };
    const registeredAtEpochMs = clock.now().epochMs;
    const registration = { candidateId, ...facts, startedAtEpochMs, registeredAtEpochMs };
    await store?.register?.(registration, { signal });
  }

  return {
    enter(): void {
      entered = limited(register);
    },
    async leave(): Promise<void> {
      // A row that lands after it was taken away would stay for hours.
      await entered;
      await limited(async (signal) => store?.unregister?.(candidateId, { signal }));
    },
  };
}

/** Calls at once and then at each interval while active. The interval goes on counting through pauses. */
function repeatedly(clock: Clock, call: () => void, intervalMs: number) {
  let active = 0;
  let dueAt: Instant | undefined;
  let cancel = () => {};

  function ring(): void {
    call();
    dueAt = clock.now().monotonicMs + intervalMs;
    cancel = clock.setTimer(intervalMs, ring);
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
    /** The next activity calls at once. */
    forget(): void {
      dueAt = undefined;
    },
  };
}
