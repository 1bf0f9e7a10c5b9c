/**
 * Tells a stale token from the user's own failing condition, by the old row that ALL_OLD returns.
 *
 * Decides which error the user sees. A stale token comes first: a leader that was replaced need not
 * know whether its own condition would also have failed. What the user did not ask to see (the old
 * row, the stamp, a tombstone) is taken out of the SDK's error.
 */
import { parseToken } from '../../core/token.ts';
import { type FencedOutcome, MalformedDataError } from '../../errors.ts';
import { staleToken } from '../../stale-token.ts';
import type { Fence, Row } from './fence.ts';
import { visibleRow } from './reads.ts';
import type { RowWrite } from './stamp.ts';

/** What the SDK throws when a condition failed, alone or in a transaction. */
interface Refused {
  readonly name?: unknown;
  Item?: Row | undefined;
  CancellationReasons?: readonly Reason[] | undefined;
}

export interface Reason {
  readonly Code?: string | undefined;
  Item?: Row | undefined;
}

/**
 * The fence that refuses, and what became of the write: a second attempt's refusal says nothing of
 * the first.
 */
export interface Refusing {
  readonly fence: Fence;
  readonly outcome: FencedOutcome;
}

/** The error to throw for a single write that failed. */
export function refusalOf(error: unknown, write: RowWrite, refusing: Refusing): unknown {
  if (!isNamed(error, 'ConditionalCheckFailedException')) return error;
  const judged = judge(error.Item, { ...refusing, write, cause: error });
  if (judged !== undefined) return judged;
  showOldRow(error, write, refusing.fence);
  return error;
}

/** The error to throw for a transaction that failed; `writes` in the order of its actions. */
export function cancellationOf(
  error: unknown,
  writes: readonly RowWrite[],
  refusing: Refusing,
): unknown {
  if (!isNamed(error, 'TransactionCanceledException')) return error;
  const reasons = error.CancellationReasons ?? [];
  for (const [index, write] of writes.entries()) {
    const reason = reasons[index];
    if (reason?.Code !== 'ConditionalCheckFailed') continue;
    const judged = judge(reason.Item, { ...refusing, write, cause: error });
    if (judged !== undefined) return judged;
  }
  for (const [index, write] of writes.entries()) {
    const reason = reasons[index];
    if (reason !== undefined) showOldRow(reason, write, refusing.fence);
  }
  return error;
}

/** A stale token, a stamp that does not parse, or `undefined` where the user's condition failed. */
function judge(
  oldRow: Row | undefined,
  { write, fence, outcome, cause }: Refusing & { write: RowWrite; cause: unknown },
): Error | undefined {
  const stamp = oldRow?.[fence.stampAttribute];
  if (stamp === undefined) return undefined;
  const highestToken = stamp.N === undefined ? undefined : parseToken(stamp.N);
  const resource = resourceOf(write);
  if (highestToken === undefined) {
    return new MalformedDataError(
      `attribute "${fence.stampAttribute}" at ${resource} must be a whole number of at most 38 ` +
        `digits, got ${JSON.stringify(stamp)}; name the fence's attribute differently`,
      { cause },
    );
  }
  const { term, token } = fence;
  if (highestToken <= token) return undefined;
  return staleToken(term, { token, highestToken, resource, outcome, cause });
}

function resourceOf(write: RowWrite): string {
  const key = write.Key === undefined ? '' : `, key ${JSON.stringify(write.Key, plainBytes)}`;
  return `table "${write.TableName}"${key}`;
}

function plainBytes(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

function showOldRow(shown: { Item?: Row | undefined }, write: RowWrite, fence: Fence): void {
  if (shown.Item === undefined) return;
  const asked = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const row = asked ? visibleRow(shown.Item, fence) : undefined;
  if (row === undefined) delete shown.Item;
  else shown.Item = row;
}

function isNamed(error: unknown, name: string): error is Refused & Error {
  return error instanceof Error && error.name === name;
}
