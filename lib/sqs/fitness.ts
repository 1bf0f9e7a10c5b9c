/**
 * Whether a queue and the timings can elect, and what to change where they cannot.
 *
 * What can be told without asking the queue is checked at construction, the rest before the first
 * receive.
 */
import type { BatonLimits } from '../core/baton/queue.ts';
import type { Timings } from '../core/time/timing.ts';

const SECOND_MS = 1_000;
/** SQS's limits: of one receive's wait, and of a message's invisibility in all. */
export const POLL_WAIT_MS_MAX = 20_000;
const INVISIBLE_MS_MAX = 12 * 3_600_000;
/** SQS takes 128 characters; the rest is left for the slot number of a seeding's deduplication id. */
const NAME_CHARACTERS_MAX = 110;

/** What is wrong with the name, the timings and the limits, each as a sentence. */
export function batonProblems(name: string, timings: Timings, limits: BatonLimits): string[] {
  return [...nameProblems(name), ...timingProblems(timings, limits), ...limitProblems(limits)];
}

/** What is wrong with the queue's attributes, as `GetQueueAttributes` gives them. */
export function queueProblems(
  attributes: Readonly<Partial<Record<string, string>>>,
  timings: Timings,
  limits: BatonLimits,
): string[] {
  const problems: string[] = [];
  if (attributes.FifoQueue !== 'true') {
    problems.push('the queue must be FIFO, got a standard queue; create one named *.fifo');
  }
  if (attributes.ContentBasedDeduplication === 'true') {
    problems.push(
      'ContentBasedDeduplication must be false, got true: an equal body would repeat a token; set it ' +
        'to false',
    );
  }
  if (attributes.RedrivePolicy !== undefined) {
    problems.push(
      `RedrivePolicy must be absent, got ${attributes.RedrivePolicy}: it would count each fail-over as ` +
        'a failure and take the baton away; remove the dead-letter queue',
    );
  }
  if (Number(attributes.DelaySeconds ?? 0) > 0) {
    problems.push(
      `DelaySeconds must be 0, got ${attributes.DelaySeconds}: it would delay each hand-over; set it to 0`,
    );
  }
  return [...problems, ...durationProblems(attributes, timings, limits)];
}

function durationProblems(
  attributes: Readonly<Partial<Record<string, string>>>,
  { leaseDurationMs }: Timings,
  { termMsMax }: BatonLimits,
): string[] {
  const problems: string[] = [];
  const visibilityMs = Number(attributes.VisibilityTimeout) * SECOND_MS;
  if (visibilityMs !== leaseDurationMs) {
    problems.push(
      `leaseDurationMs must equal the queue's VisibilityTimeout (${visibilityMs}), got ` +
        `${leaseDurationMs}; give ${visibilityMs}, or set VisibilityTimeout to ${leaseDurationMs / SECOND_MS}`,
    );
  }
  // A baton is sent at the beginning of one term and held to the end of the next.
  const retentionMs = Number(attributes.MessageRetentionPeriod) * SECOND_MS;
  const neededMs = 2 * (termMsMax + leaseDurationMs);
  if (!(retentionMs >= neededMs)) {
    problems.push(
      `MessageRetentionPeriod must be at least two terms and two visibility timeouts ` +
        `(${Math.ceil(neededMs / SECOND_MS)} s), got ${attributes.MessageRetentionPeriod}; raise it, to ` +
        `1209600 at best, or lower termMsMax`,
    );
  }
  return problems;
}

function nameProblems(name: string): string[] {
  if (/^[!-~]+$/.test(name) && name.length <= NAME_CHARACTERS_MAX) return [];
  return [
    `the name of an election over SQS must be of 1 to ${NAME_CHARACTERS_MAX} letters, digits and ` +
      `punctuation of ASCII, got ${JSON.stringify(name)}; rename it`,
  ];
}

function timingProblems(timings: Timings, limits: BatonLimits): string[] {
  const { leaseDurationMs, marginMs, writeTimeoutMs, drainMs, rank } = timings;
  const { pollWaitMs, termMsMax } = limits;
  const problems: string[] = [];
  if (leaseDurationMs % SECOND_MS !== 0) {
    problems.push(
      `leaseDurationMs must be whole seconds, since it is the visibility timeout, got ` +
        `${leaseDurationMs}; round it`,
    );
  }
  const neededMs = pollWaitMs + marginMs + 2 * writeTimeoutMs;
  if (leaseDurationMs <= neededMs) {
    problems.push(
      `leaseDurationMs must exceed pollWaitMs + marginMs + 2 × writeTimeoutMs (${neededMs}), got ` +
        `${leaseDurationMs}; raise leaseDurationMs or lower pollWaitMs`,
    );
  }
  const longestMs = termMsMax + drainMs + leaseDurationMs;
  if (longestMs > INVISIBLE_MS_MAX) {
    problems.push(
      `termMsMax + drainMs + leaseDurationMs must be at most 12 hours (${INVISIBLE_MS_MAX}), got ` +
        `${longestMs}: SQS hides a message no longer; lower one of them`,
    );
  }
  if (rank > 0) {
    problems.push(
      `rank must be 0 over SQS, which alone picks the next leader, got ${rank}; leave it out`,
    );
  }
  return problems;
}

function limitProblems({ pollWaitMs, termMsMax, emptyForMs }: BatonLimits): string[] {
  const problems: string[] = [];
  if (
    !(pollWaitMs >= SECOND_MS && pollWaitMs <= POLL_WAIT_MS_MAX && pollWaitMs % SECOND_MS === 0)
  ) {
    problems.push(
      `pollWaitMs must be whole seconds from ${SECOND_MS} to ${POLL_WAIT_MS_MAX}, got ${pollWaitMs}; ` +
        `change it, or raise leaseDurationMs where it was left out`,
    );
  }
  for (const [name, value] of Object.entries({ termMsMax, emptyForMs })) {
    if (!(Number.isFinite(value) && value > 0)) {
      problems.push(`${name} must be a number of milliseconds above 0, got ${value}; raise it`);
    }
  }
  return problems;
}
