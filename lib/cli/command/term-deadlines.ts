/**
 * When a command must stop and when it must be dead, in a form that two processes share.
 *
 * Decides the instants only. They are told on both clocks. `CLOCK_MONOTONIC` is one for all
 * processes of a machine, but may stand still while the machine is suspended. The wall clock may be
 * set. The clock that reaches the instant first counts. That is the holder's pessimistic clock of
 * the protocol.
 */

/** Both clocks of this machine, as any of its processes reads them. */
export interface MachineInstant {
  readonly monotonicMs: number;
  readonly epochMs: number;
}

export interface TermDeadlines {
  /** SIGTERM: the loss grace before the term is over. */
  readonly stopAt: MachineInstant;
  /** SIGKILL: half a loss grace before the term is over, for late timers and a slow end. */
  readonly killAt: MachineInstant;
}

export function readMachineClocks(): MachineInstant {
  return { monotonicMs: Number(process.hrtime.bigint()) / 1e6, epochMs: Date.now() };
}

/** The deadlines of a term as its own clock bounds it now. */
export function deadlinesOf(
  term: { remainingMs(): number },
  { lossGraceMs }: { readonly lossGraceMs: number },
): TermDeadlines {
  // The clocks are read before the term is asked. Time that passes in between makes the deadlines
  // earlier.
  const now = readMachineClocks();
  const overAt = after(now, term.remainingMs());
  return { stopAt: after(overAt, -lossGraceMs), killAt: after(overAt, -lossGraceMs / 2) };
}

export function after(instant: MachineInstant, ms: number): MachineInstant {
  return { monotonicMs: instant.monotonicMs + ms, epochMs: instant.epochMs + ms };
}

/** Milliseconds until the first of the two clocks gets there; negative once past. */
export function msUntil(instant: MachineInstant): number {
  const now = readMachineClocks();
  return Math.min(instant.monotonicMs - now.monotonicMs, instant.epochMs - now.epochMs);
}
