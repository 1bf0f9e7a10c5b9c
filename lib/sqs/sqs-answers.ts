/**
 * What SQS's errors mean for the protocol. The one place that knows their names.
 *
 * Everything else is `unknown`, since the request may have been applied. Only an answer that is
 * known to be the queue's own, about this request, is more than that.
 */
import { isRefusal } from '../account.ts';
import type { HoldOutcome, ReceiveOutcome } from '../core/baton/queue.ts';
import type { Unknown } from '../core/term/attempts.ts';
import { AccessDeniedError, isTenureError, NotFoundError, UnreachableError } from '../errors.ts';

/** The handle holds nothing: it was never valid, it has expired, or its message is gone. */
export const NOT_HELD = new Set([
  'ReceiptHandleIsInvalid',
  'MessageNotInflight',
  'InvalidIdFormat',
  // SQS says this of an expired handle, and of a message that has been invisible for 12 hours.
  'InvalidParameterValue',
]);

export const NOT_THERE = new Set(['QueueDoesNotExist', 'NonExistentQueue', 'QueueDeletedRecently']);

/** Refused for now, by load or by a clock that the SDK corrects from the answer. */
const PASSING = new Set([
  'OverLimit',
  'RequestExpired',
  'RequestThrottled',
  'RequestTimeTooSkewed',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

export function unknownOf(cause: unknown, queueUrl: string): Unknown {
  // The queue answered with what no FIFO queue sends. The same request would bring the same answer.
  if (isTenureError(cause, 'MALFORMED_DATA')) return { kind: 'unknown', cause, permanent: true };
  const name = errorName(cause);
  if (NOT_THERE.has(name)) {
    const what = `there is no queue at ${queueUrl}, or these credentials may not see it; create it`;
    return { kind: 'unknown', cause: new NotFoundError(what, { cause }), permanent: true };
  }
  if (isRefusal(name)) {
    const what =
      `these credentials may not use the queue ${queueUrl} (${name}: ${messageOf(cause)}); allow ` +
      `ReceiveMessage, SendMessage, ChangeMessageVisibility, DeleteMessage and GetQueueAttributes`;
    const refused = new AccessDeniedError(what, { cause });
    return { kind: 'unknown', cause: refused, permanent: false, denied: true };
  }
  const what = `the queue ${queueUrl} did not answer (${name}: ${messageOf(cause)})`;
  return { kind: 'unknown', cause: new UnreachableError(what, { cause }), permanent: false };
}

/** After any refusal of the request the attempt id is of no further use. */
export function receiveFailure(cause: unknown, queueUrl: string): ReceiveOutcome {
  const unknown = unknownOf(cause, queueUrl);
  return isClientFault(cause) && !unknown.permanent ? { kind: 'refused', cause } : unknown;
}

/** What an error of an extension or a deletion says about holding the baton. */
export function holdFailure(cause: unknown, queueUrl: string): HoldOutcome {
  return saysNotHeld(errorName(cause)) ? { kind: 'refused', cause } : unknownOf(cause, queueUrl);
}

/** Whether this code says that nothing is held. A queue that is gone holds nothing either. */
export function saysNotHeld(code: string): boolean {
  return NOT_HELD.has(code) || NOT_THERE.has(code);
}

function isClientFault(cause: unknown): boolean {
  const status = (cause as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata
    ?.httpStatusCode;
  return (status !== undefined && status >= 400 && status < 500) || PASSING.has(errorName(cause));
}

/** `AWS.SimpleQueueService.NonExistentQueue` and `QueueDoesNotExist` are one error in two protocols. */
function errorName(cause: unknown): string {
  const name = (cause as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name.replace('AWS.SimpleQueueService.', '') : 'Error';
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
