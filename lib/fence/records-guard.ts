/**
 * The guard before a handler of SQS records, as middy middleware with partial batch responses.
 *
 * Decides which records the handler sees, and which it reports as failed beside the handler's own.
 * The event source needs `FunctionResponseTypes: ['ReportBatchItemFailures']`: without it the service
 * ignores the report, and rejected records count as done.
 */
import type { Token } from '../core/token.ts';
import { MalformedDataError } from '../errors.ts';
import type { Guard, Rejection } from './guard.ts';
import { type Carried, carriedIn, TOKEN_ATTRIBUTE } from './token-header.ts';

/** The part of an SQS record that is read. */
export interface QueueRecord {
  readonly messageId: string;
  readonly messageAttributes?:
    | Readonly<Record<string, { readonly stringValue?: string | undefined }>>
    | undefined;
  readonly attributes?: { readonly MessageGroupId?: string | undefined } | undefined;
  /** Tells a FIFO queue from a standard one: its name ends in `.fifo`. */
  readonly eventSourceARN?: string | undefined;
}

/** Which records of a batch SQS is to deliver again. */
export interface BatchAnswer {
  readonly batchItemFailures: { itemIdentifier: string }[];
}

/** What `recordsGuard` takes. */
export interface RecordsGuardOptions<R extends QueueRecord> {
  readonly guard: Guard;
  /** What a record is about, or a function that tells it. One resource belongs to one election. */
  readonly resource: string | ((record: R) => string);
  /**
   * What happens to a stale record. `fail` reports it, so that it comes back until it reaches the
   * dead-letter queue and nothing is lost. `drop` lets it count as done, once `onDropped` was told.
   * On a FIFO queue `fail` keeps the rest of its group waiting until then. Default `fail`.
   */
  readonly stale?: 'fail' | 'drop' | undefined;
  /** Told of each stale record that counts as done. Required for `drop`. */
  readonly onDropped?: ((record: R, rejection: Rejection) => void) | undefined;
}

interface Request<R> {
  event: { readonly Records: readonly R[] };
  response?: unknown;
}

/** Middy's shape, without depending on middy. */
export interface RecordsGuardMiddleware<R extends QueueRecord> {
  /**
   * @throws MalformedDataError for an event that is no batch of SQS records, before any token is
   * looked at. The invocation fails, and the source delivers the event again.
   */
  before(request: Request<R>): Promise<BatchAnswer | undefined>;
  /** Adds the records that failed here to those of the handler. */
  after(request: Request<R>): Promise<void>;
}

/** Middleware for middy: takes the records of stale leaders out of a batch before the handler sees it. */
export function recordsGuard<R extends QueueRecord>(
  options: RecordsGuardOptions<R>,
): RecordsGuardMiddleware<R> {
  const failedOf = new WeakMap<object, readonly string[]>();
  return {
    async before(request) {
      const { admitted, failed } = await sorted(recordsOf(request.event), options);
      failedOf.set(request, failed);
      request.event = { ...request.event, Records: admitted };
      // With nothing left to do the handler is not called; `after` is skipped by an early answer.
      return admitted.length === 0 ? { batchItemFailures: asFailures(failed) } : undefined;
    },
    async after(request) {
      const failed = asFailures(failedOf.get(request) ?? []);
      const own = (request.response as Partial<BatchAnswer> | null | undefined)?.batchItemFailures;
      request.response = { batchItemFailures: [...failed, ...(own ?? [])] };
    },
  };
}

function recordsOf<R extends QueueRecord>(event: Request<R>['event'] | null): readonly R[] {
  const records: unknown = event?.Records;
  const isBatch = Array.isArray(records) && records.every((one) => isText(one?.messageId));
  if (isBatch) return records as R[];
  throw new MalformedDataError(
    'the event must be a batch of SQS records, each with a messageId; put recordsGuard before handlers ' +
      'of an SQS event source alone',
  );
}

const isText = (value: unknown) => typeof value === 'string';

/**
 * In the order of arrival, one after the other: an earlier record may raise the token for a later
 * one.
 */
async function sorted<R extends QueueRecord>(
  records: readonly R[],
  options: RecordsGuardOptions<R>,
): Promise<{ admitted: readonly R[]; failed: readonly string[] }> {
  const admitted: R[] = [];
  const failed: string[] = [];
  const groups = new Map<string, Group>();
  for (const record of records) {
    const group = groupOf(record, groups);
    const verdict = mustWait(record, group) ? 'fail' : await verdictOn(record, options);
    if (verdict === 'admit') {
      admitted.push(record);
      if (group !== undefined) group.admitted ??= tokenOf(record);
    }
    if (verdict !== 'fail') continue;
    failed.push(record.messageId);
    // What follows a failed message of a group must fail too, else the group's order is lost.
    if (group !== undefined) group.stopped = true;
  }
  return { admitted, failed };
}

/** What this batch has brought of one group of a FIFO queue. */
interface Group {
  admitted: Token | undefined;
  stopped: boolean;
}

/** Absent on a standard queue, where MessageGroupId is for fairness and orders nothing. */
function groupOf(record: QueueRecord, groups: Map<string, Group>): Group | undefined {
  const name = record.attributes?.MessageGroupId;
  if (name === undefined || record.eventSourceARN?.endsWith('.fifo') !== true) return undefined;
  const group = groups.get(name) ?? { admitted: undefined, stopped: false };
  groups.set(name, group);
  return group;
}

/**
 * A newer leader's record waits for its next delivery if the same batch has an older leader's
 * record of its group. Admitting the newer one now would make the older one stale, if its handler
 * fails once.
 */
function mustWait(record: QueueRecord, group: Group | undefined): boolean {
  if (group === undefined || group.stopped) return group !== undefined;
  const token = tokenOf(record);
  return group.admitted !== undefined && token !== undefined && token > group.admitted;
}

function carriedBy(record: QueueRecord): Carried {
  return carriedIn(record.messageAttributes?.[TOKEN_ATTRIBUTE]?.stringValue);
}

function tokenOf(record: QueueRecord): Token | undefined {
  const carried = carriedBy(record);
  return carried.kind === 'token' ? carried.token : undefined;
}

async function verdictOn<R extends QueueRecord>(
  record: R,
  { guard, resource, stale = 'fail', onDropped }: RecordsGuardOptions<R>,
): Promise<'admit' | 'fail' | 'drop'> {
  const carried = carriedBy(record);
  switch (carried.kind) {
    case 'missing':
    case 'malformed':
      return 'fail';
    case 'token': {
      const named = typeof resource === 'string' ? resource : resource(record);
      const admission = await guard.admit({ resource: named, token: carried.token });
      if (admission.kind === 'admitted') return 'admit';
      if (admission.kind === 'implausible') return 'fail';
      if (stale === 'drop') onDropped?.(record, admission);
      return stale;
    }
  }
}

function asFailures(messageIds: readonly string[]): { itemIdentifier: string }[] {
  return messageIds.map((itemIdentifier) => ({ itemIdentifier }));
}
