/**
 * Work that asks its term for so much of the lease, before a step that must not be cut short. Rule L8: a call
 * that resolves has kept its word, and none outlives the term that it asks.
 */
import { isTenureError } from '../../../lib/errors.ts';
import type { Term } from '../../../lib/ports.ts';
import type { Violation } from '../../judge/invariants.ts';
import type { Coverage } from './faults/fault-table.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { SimulatedProcess } from './simulated-process.ts';

interface Stage {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly timings: { readonly leaseDurationMs: number };
  readonly coverage: Coverage;
  readonly violations: Violation[];
}

/** More than any renewal gives, at times. */
const LEASES_MAX = 1.1;

/** @throws the reason of the term's signal, as the call does. */
export async function askToLast(
  stage: Stage,
  process: SimulatedProcess,
  term: Term,
): Promise<void> {
  const { schedule, random, timings, coverage, violations } = stage;
  const ms = random.between(0, LEASES_MAX * timings.leaseDurationMs);
  const broken = (what: string) => {
    const detail = `${process.name} asked token ${term.token} for ${ms.toFixed(0)} ms, ${what}`;
    violations.push({ invariant: 'L8', detail });
  };
  let waits = true;
  const expectAnswer = () => {
    schedule.at(schedule.nowMs + 1, () => {
      if (waits && process.alive) broken('and still waits, though the term must stop');
    });
  };
  term.signal.addEventListener('abort', expectAnswer, { once: true });
  try {
    await term.ensure(ms);
    coverage.hit('lasts as asked');
    const leftMs = term.remainingMs();
    if (leftMs < ms && !term.signal.aborted) broken(`and has ${leftMs.toFixed(0)} ms`);
  } catch (error) {
    if (!isTenureError(error, 'UNREACHABLE')) throw error;
    coverage.hit('cannot last as asked');
  } finally {
    waits = false;
    term.signal.removeEventListener('abort', expectAnswer);
  }
}
