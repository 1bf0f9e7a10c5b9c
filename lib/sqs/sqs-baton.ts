/**
 * `sqsBaton`: the election over one SQS FIFO queue, as `createElection` takes it.
 */
import type { BatonLimits } from '../core/baton/queue.ts';
import type { Timings } from '../core/time/timing.ts';
import { InvalidOptionsError } from '../errors.ts';
import type { BatonMechanism } from '../ports.ts';
import { batonMechanism } from '../runtime/mechanism/baton.ts';
import { openBatonQueue } from './baton-queue.ts';
import { checkQueueOptions, type QueueOptions } from './client.ts';
import { batonProblems, POLL_WAIT_MS_MAX } from './fitness.ts';

/** What `sqsBaton` takes. An unknown option is an error. */
export interface SqsBatonOptions extends QueueOptions {
  /**
   * How long one receive waits, in whole seconds. Default: what the visibility timeout leaves room for,
   * 20 s at most.
   */
  readonly pollWaitMs?: number | undefined;
  /**
   * A term ends by graceful hand-over after so long. Default 11 hours, since SQS hides a message for 12
   * hours in all.
   */
  readonly termMsMax?: number | undefined;
  /**
   * The queue counts as emptied once it has shown no message for so many milliseconds; it is then
   * given a new baton. Default: the visibility timeout and a minute, in which SQS's counts become
   * exact. A lower value costs needless batons, never safety.
   */
  readonly emptyForMs?: number | undefined;
}

const OPTIONS = ['queueUrl', 'client', 'clientConfig', 'pollWaitMs', 'termMsMax', 'emptyForMs'];

/** The visibility timeout that SQS gives a queue by default. */
const LEASE_DURATION_MS = 30_000;
const TERM_MS_MAX = 11 * 3_600_000;
const COUNTS_SETTLE_MS = 60_000;

/**
 * Elects over one FIFO queue, which serves this election alone. No table is needed.
 *
 * `timings.leaseDurationMs` (default 30,000 here) must equal the queue's visibility timeout. The
 * queue does not show who leads: the leader publishes itself through the journal.
 * @throws InvalidOptionsError when an option cannot be used.
 */
export function sqsBaton(options: SqsBatonOptions): BatonMechanism {
  checkQueueOptions('sqsBaton', options, OPTIONS);
  if (!new URL(options.queueUrl).pathname.endsWith('.fifo')) {
    throw new InvalidOptionsError([
      `queueUrl of sqsBaton must name a FIFO queue, which ends in .fifo, got ${options.queueUrl}; ` +
        `create a FIFO queue`,
    ]);
  }
  return batonMechanism({
    storeName: new URL(options.queueUrl).pathname.split('/').at(-1),
    timings: { leaseDurationMs: LEASE_DURATION_MS },
    open({ name, timings }) {
      const limits = limitsOf(options, timings);
      const problems = batonProblems(name, timings, limits);
      if (problems.length > 0) throw new InvalidOptionsError(problems);
      return openBatonQueue({ ...options, election: name, timings, limits });
    },
  });
}

function limitsOf(options: SqsBatonOptions, timings: Timings): BatonLimits {
  const { leaseDurationMs, marginMs, lossGraceMs, writeTimeoutMs } = timings;
  // What a poll of full length leaves: time for the successor's send and a renewal.
  const roomMs = leaseDurationMs - marginMs - lossGraceMs - 2 * writeTimeoutMs;
  const wholeSecondsMs = (Math.ceil(roomMs / 1_000) - 1) * 1_000;
  return {
    pollWaitMs: options.pollWaitMs ?? Math.min(POLL_WAIT_MS_MAX, wholeSecondsMs),
    termMsMax: options.termMsMax ?? TERM_MS_MAX,
    emptyForMs: options.emptyForMs ?? leaseDurationMs + COUNTS_SETTLE_MS,
  };
}
