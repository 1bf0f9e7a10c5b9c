/**
 * The lease check: a write as a transaction that also demands the election's record.
 *
 * Decides what the record must say, which error a writer gets when it does not, and how a conflict
 * is retried. The transaction locks the record for a moment, so a conflict with a renewal is
 * expected. This side backs off, and takes turns that leave room for renewals (`turns.ts`). The
 * stamp is set all the same. A table may also be written by stamp alone, and an old leader's
 * stamped write must find the row raised.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { parseToken } from '../../core/token.ts';
import { LeadershipLostError, NotFenceableError } from '../../errors.ts';
import { staleToken } from '../../stale-token.ts';
import type { Attempts } from '../fence/attempts.ts';
import type { Fence, Row } from '../fence/fence.ts';
import type { SdkClient } from '../fence/layered-client.ts';
import type { Action, LeaseCheckedPlan } from '../fence/plan.ts';
import { cancellationOf, type Reason, type Refusing } from '../fence/refusal.ts';
import { keyItem } from '../table/attribute-names.ts';
import { isRecordReference, type RecordReference } from '../table/record-reference.ts';
import { explained, refuseOtherPlace } from './limits.ts';

/** DynamoDB's limit on the actions of one transaction; the check takes one of them. */
const ACTIONS_MAX = 100;

/** A conflict lasts as long as the other write: some milliseconds. Full jitter, doubling to a second. */
const BACKOFF_MS_MIN = 25;
const BACKOFF_MS_MAX = 1_000;

/**
 * Sends these actions as one transaction, through the user's own client. DynamoDB applies only one
 * of two transactions with the same request token.
 */
export type SendTransaction = (
  actions: readonly Action[],
  clientRequestToken: string,
) => Promise<object>;

interface LeaseChecked {
  readonly plan: LeaseCheckedPlan;
  readonly fence: Fence;
  /** The user's configuration, for the Region and for finding out why a table was refused. */
  readonly client: SdkClient;
  readonly attempts: Attempts;
  readonly send: SendTransaction;
  readonly abortSignal?: AbortSignal | undefined;
}

/** @throws NotFenceableError, StaleTokenError, LeadershipLostError, or the SDK's error. */
export async function leaseChecked(write: LeaseChecked): Promise<object> {
  const { plan, fence, client, attempts } = write;
  const { lease } = fence.term;
  if (!isRecordReference(lease)) {
    throw new NotFenceableError(
      'a lease check needs an election with a record in a DynamoDB table',
    );
  }
  refuseTooMany(plan.actions.length);
  await refuseOtherPlace(lease, client);
  // The check comes last, so that the user's cancellation reasons keep their places.
  const actions = [...plan.actions, leaseConditionOf(fence, lease)];
  let requestToken = randomUUID();
  for (let attempt = 0; ; attempt += 1) {
    attempts.throwIfOver();
    try {
      return await write.send(actions, requestToken);
    } catch (error) {
      if (!isConflictOnly(error)) throw await refusalOf(error, write);
    }
    // An attempt without an answer may still be applied. Its request token keeps it from being
    // applied twice.
    if (attempts.outcome !== 'unknown') requestToken = randomUUID();
    await backOff(attempt, write);
  }
}

function refuseTooMany(count: number): void {
  if (count < ACTIONS_MAX) return;
  throw new NotFenceableError(
    `a lease-checked transaction holds at most ${ACTIONS_MAX - 1} actions beside the check, got ` +
      `${count}; split it`,
  );
}

function leaseConditionOf(fence: Fence, lease: RecordReference): Action {
  const me: AttributeValue = { S: fence.term.candidateId };
  return {
    ConditionCheck: {
      TableName: lease.tableName,
      Key: keyItem(lease.key, lease.attributeNames),
      // Token: no later leader has been elected. Holder: the role was neither released nor taken.
      ConditionExpression: '#token = :token AND #holder = :me',
      ExpressionAttributeNames: { '#token': 'token', '#holder': 'holder' },
      ExpressionAttributeValues: { ':token': fence.tokenValue, ':me': me },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

interface Cancelled extends Error {
  CancellationReasons?: readonly Reason[] | undefined;
}

function isCancelled(error: unknown): error is Cancelled {
  return error instanceof Error && error.name === 'TransactionCanceledException';
}

/** Another write was at one of the rows; nothing else was wrong. */
function isConflictOnly(error: unknown): boolean {
  if (!isCancelled(error)) return false;
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
  return (
    codes.includes('TransactionConflict') &&
    codes.every((code) => code === 'TransactionConflict' || code === 'None')
  );
}

async function backOff(attempt: number, { fence, abortSignal }: LeaseChecked): Promise<void> {
  const ceilingMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** attempt);
  const waitMs = Math.min(Math.random() * ceilingMs, fence.term.remainingMs());
  await delay(waitMs, undefined, { signal: abortSignal });
}

async function refusalOf(error: unknown, write: LeaseChecked): Promise<unknown> {
  const { plan, fence, attempts } = write;
  if (!isCancelled(error)) return explained(error, write);
  const refusing = { fence, outcome: attempts.outcome };
  const lost = recordRefusal(error, refusing, plan.actions.length);
  if (lost !== undefined) return lost;
  withoutCheck(error, plan.actions.length);
  const judged = cancellationOf(error, plan.own, refusing);
  if (judged !== error || plan.from === 'transaction') return judged;
  return asSingleWrite(error);
}

/** What the record's own refusal means; `undefined` where the record was as demanded. */
function recordRefusal(
  error: Cancelled,
  { fence, outcome }: Refusing,
  at: number,
): Error | undefined {
  const reason = error.CancellationReasons?.[at];
  if (reason?.Code !== 'ConditionalCheckFailed') return undefined;
  const { election, token } = fence.term;
  const recorded = parseToken(reason.Item?.token?.N ?? '');
  if (recorded !== undefined && recorded > token) {
    const resource = `election ${JSON.stringify(election)}`;
    const { term, token } = fence;
    return staleToken(term, { token, highestToken: recorded, resource, outcome, cause: error });
  }
  return new LeadershipLostError({ election, token, why: 'deposed', outcome, cause: error });
}

/** Takes the check's reason out: the user sent no check. */
function withoutCheck(error: Cancelled, count: number): void {
  const reasons = (error.CancellationReasons ?? []).slice(0, count);
  error.CancellationReasons = reasons;
  const codes = reasons.map((reason) => reason.Code ?? 'None').join(', ');
  error.message = error.message.replace(/\[[^\]]*\]/, `[${codes}]`);
}

/** A Put that became a transaction must fail as a Put does. */
function asSingleWrite(error: Cancelled): Error {
  const reason = error.CancellationReasons?.[0];
  if (reason?.Code !== 'ConditionalCheckFailed') return error;
  const { $metadata = {} } = error as { $metadata?: object };
  const message = 'The conditional request failed';
  const failed = new ConditionalCheckFailedException({ $metadata, message });
  const old: Row | undefined = reason.Item;
  if (old !== undefined) failed.Item = old;
  failed.cause = error;
  return failed;
}
