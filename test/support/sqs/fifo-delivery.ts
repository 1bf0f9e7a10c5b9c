/**
 * How SQS hands out the messages of one FIFO queue: groups, visibility, receipt handles, attempt ids.
 *
 * Decides delivery only, with time as an input. The emulator in front of which `strict-sqs.ts`
 * stands stores, deduplicates and numbers messages. Each rule is one that AWS documents, and
 * `test/sqs/strict-sqs.test.ts` names the page for each.
 */

export const DEDUPLICATION_INTERVAL_MS = 5 * 60_000;
export const INVISIBLE_MS_MAX = 12 * 3_600_000;

/** A message as the emulator delivered it, ready to be delivered on. */
export interface StoredMessage {
  readonly messageId: string;
  readonly groupId: string;
  readonly sentAtMs: number;
  /** What `ReceiveMessage` answers, without the receipt handle and the counts. */
  readonly wire: Readonly<Record<string, unknown>>;
}

export interface Delivered extends StoredMessage {
  readonly receiptHandle: string;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: number;
}

/** An error as SQS names it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export interface ReceiveRequest {
  readonly max: number;
  readonly visibilityMs: number;
  readonly attemptId?: string | undefined;
  readonly nowMs: number;
}

export interface Received {
  readonly messages: readonly Delivered[];
  /** Received more often than the redrive policy allows: for the dead-letter queue. */
  readonly dead: readonly StoredMessage[];
}

/** What `GetQueueAttributes` should answer; read with each request, since attributes may change. */
export interface DeliveryRules {
  readonly retentionMs: number;
  readonly receiveCountMax: number;
}

interface Held {
  readonly stored: StoredMessage;
  receiveCount: number;
  firstReceivedAtMs: number;
  /** Invisible until then; 0 when it was never received. */
  visibleAtMs: number;
  handle: string | undefined;
  /** When the current handle was given out: the 12 hours count from here. */
  receivedAtMs: number;
  deleted: boolean;
}

interface Attempt {
  readonly atMs: number;
  readonly handles: readonly string[];
  modified: boolean;
}

/** One FIFO queue. It is mutable, and belongs to the code that created it. */
export interface FifoDelivery {
  readonly groups: Map<string, Held[]>;
  readonly byHandle: Map<string, Held>;
  readonly attempts: Map<string, Attempt>;
  readonly nextHandle: () => string;
}

export function createFifoDelivery(nextHandle: () => string): FifoDelivery {
  return { groups: new Map(), byHandle: new Map(), attempts: new Map(), nextHandle };
}

export function addMessage(queue: FifoDelivery, stored: StoredMessage): void {
  const group = queue.groups.get(stored.groupId) ?? [];
  group.push({
    stored,
    receiveCount: 0,
    firstReceivedAtMs: 0,
    visibleAtMs: 0,
    handle: undefined,
    receivedAtMs: 0,
    deleted: false,
  });
  queue.groups.set(stored.groupId, group);
}

export function receiveMessages(
  queue: FifoDelivery,
  request: ReceiveRequest,
  rules: DeliveryRules,
): Received | Refusal {
  const { attemptId, nowMs } = request;
  for (const held of everything(queue)) {
    if (nowMs - held.stored.sentAtMs >= rules.retentionMs) remove(queue, held);
  }
  const earlier = attemptId === undefined ? undefined : queue.attempts.get(attemptId);
  if (
    earlier !== undefined &&
    earlier.handles.length > 0 &&
    nowMs - earlier.atMs < DEDUPLICATION_INTERVAL_MS
  ) {
    return repeat(queue, earlier, request);
  }
  const received = take(queue, request, rules);
  if (attemptId !== undefined) {
    const handles = received.messages.map((message) => message.receiptHandle);
    queue.attempts.set(attemptId, { atMs: nowMs, handles, modified: false });
  }
  return received;
}

/** The same messages with the same handles, hidden again; refused once any of them was touched. */
function repeat(queue: FifoDelivery, attempt: Attempt, request: ReceiveRequest) {
  const { nowMs, visibilityMs, attemptId } = request;
  const messages: Held[] = [];
  for (const handle of attempt.handles) {
    const held = queue.byHandle.get(handle);
    if (held?.handle === handle && isInFlight(held, nowMs)) messages.push(held);
  }
  if (attempt.modified || messages.length < attempt.handles.length) {
    return invalid('ReceiveRequestAttemptId', attemptId, RECEIVE_NOT_RETRYABLE);
  }
  for (const held of messages) held.visibleAtMs = nowMs + visibilityMs;
  return { messages: messages.map(delivered), dead: [] };
}

function take(queue: FifoDelivery, request: ReceiveRequest, rules: DeliveryRules): Received {
  const messages: Delivered[] = [];
  const dead: StoredMessage[] = [];
  for (const group of [...queue.groups.values()]) {
    // One message of a group in flight blocks the whole group.
    if (group.some((held) => isInFlight(held, request.nowMs))) continue;
    for (const held of group) {
      if (messages.length === request.max) break;
      if (held.receiveCount >= rules.receiveCountMax) {
        dead.push(held.stored);
        remove(queue, held);
      } else {
        messages.push(deliver(queue, held, request));
      }
    }
  }
  return { messages, dead };
}

function deliver(queue: FifoDelivery, held: Held, request: ReceiveRequest): Delivered {
  held.receiveCount += 1;
  if (held.firstReceivedAtMs === 0) held.firstReceivedAtMs = request.nowMs;
  held.handle = queue.nextHandle();
  held.receivedAtMs = request.nowMs;
  held.visibleAtMs = request.nowMs + request.visibilityMs;
  queue.byHandle.set(held.handle, held);
  return delivered(held);
}

export function extendMessage(
  queue: FifoDelivery,
  extension: { handle: string; visibilityMs: number; nowMs: number },
): Refusal | undefined {
  const { handle, visibilityMs, nowMs } = extension;
  const held = queue.byHandle.get(handle);
  if (held === undefined) return notAHandle(handle);
  if (held.deleted) return invalid('ReceiptHandle', handle, NOT_AVAILABLE);
  if (held.handle !== handle) return invalid('ReceiptHandle', handle, EXPIRED);
  if (!isInFlight(held, nowMs)) return { code: 'MessageNotInflight', message: NOT_AVAILABLE };
  if (nowMs + visibilityMs > held.receivedAtMs + INVISIBLE_MS_MAX) {
    return invalid('VisibilityTimeout', String(visibilityMs / 1_000), BEYOND_LIMIT);
  }
  held.visibleAtMs = nowMs + visibilityMs;
  touch(queue, handle);
  return undefined;
}

export function deleteMessage(
  queue: FifoDelivery,
  deletion: { handle: string; nowMs: number },
): Refusal | undefined {
  const { handle, nowMs } = deletion;
  const held = queue.byHandle.get(handle);
  if (held === undefined) return notAHandle(handle);
  if (held.deleted && held.handle === handle) return undefined;
  if (held.handle !== handle || !isInFlight(held, nowMs)) {
    return invalid('ReceiptHandle', handle, EXPIRED);
  }
  touch(queue, handle);
  remove(queue, held);
  return undefined;
}

export function purgeMessages(queue: FifoDelivery): void {
  for (const held of everything(queue)) remove(queue, held);
}

export function countMessages(queue: FifoDelivery, nowMs: number) {
  const held = everything(queue);
  const inFlight = held.filter((one) => isInFlight(one, nowMs)).length;
  return { visible: held.length - inFlight, inFlight };
}

/** When something that is invisible now becomes visible, if nothing happens before. */
export function nextVisibleAtMs(queue: FifoDelivery, nowMs: number): number | undefined {
  const instants = everything(queue)
    .filter((held) => isInFlight(held, nowMs))
    .map((held) => held.visibleAtMs);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

function everything(queue: FifoDelivery): Held[] {
  return [...queue.groups.values()].flat();
}

function isInFlight(held: Held, nowMs: number): boolean {
  return !held.deleted && held.handle !== undefined && held.visibleAtMs > nowMs;
}

function remove(queue: FifoDelivery, held: Held): void {
  held.deleted = true;
  const { groupId } = held.stored;
  const left = (queue.groups.get(groupId) ?? []).filter((other) => other !== held);
  if (left.length === 0) queue.groups.delete(groupId);
  else queue.groups.set(groupId, left);
}

/** A receive whose messages were deleted or had their visibility changed cannot be repeated. */
function touch(queue: FifoDelivery, handle: string): void {
  for (const attempt of queue.attempts.values()) {
    if (attempt.handles.includes(handle)) attempt.modified = true;
  }
}

const RECEIVE_NOT_RETRYABLE =
  'The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.';
const NOT_AVAILABLE = 'Message does not exist or is not available for visibility timeout change.';
const EXPIRED = 'The receipt handle has expired.';
const BEYOND_LIMIT = 'Total VisibilityTimeout for the message is beyond the limit [43200 seconds].';

function invalid(parameter: string, value: string | undefined, reason: string): Refusal {
  return {
    code: 'InvalidParameterValue',
    message: `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`,
  };
}

function notAHandle(handle: string): Refusal {
  return {
    code: 'ReceiptHandleIsInvalid',
    message: `The input receipt handle "${handle}" is not a valid receipt handle.`,
  };
}

function delivered(held: Held): Delivered {
  return {
    ...held.stored,
    receiptHandle: held.handle ?? '',
    receiveCount: held.receiveCount,
    firstReceivedAtMs: held.firstReceivedAtMs,
  };
}
