/**
 * The conditional writes of the lease, as DynamoDB expressions. The one place that says what each write
 * demands of the stored record, and what breaks without each clause.
 *
 * All are `UpdateItem`: a candidate needs no other write permission. Never a relative `ADD`: repeated
 * under a condition that still holds, it would be applied twice. Names always go through placeholders:
 * `token`, `name`, `ttl` and `owner` are reserved words.
 */
import type { LeaseWrite, Reservation } from '../../core/lease/record.ts';

export interface Expression {
  readonly condition: string;
  readonly update: string;
}

/** Sets what every holder states about itself. */
const TENANCY =
  '#formatVersion = :formatVersion, #holder = :holder, #state = :state, ' +
  '#leaseDurationMs = :leaseDurationMs, #renewIntervalMs = :renewIntervalMs, ' +
  '#renewedAtEpochMs = :renewedAtEpochMs, #attributes = :attributes';

/** Every write that changes the role sets these two: observers count from a change of revision. */
const STAMP = '#revision = :revision, #writtenBy = :writtenBy';

const RESERVATION = '#reservedMs = :reservedMs, #reservedFor = :reservedFor';

/** What an operator asked of the holder. It is not meant for a later holder. */
const WISH = '#request, #requestedFor';

export function expressionOf(write: LeaseWrite): Expression {
  switch (write.kind) {
    case 'first-acquire':
      return {
        // Without it, a record that appeared meanwhile would be overwritten and its token used twice.
        condition: 'attribute_not_exists(#pk)',
        update: `SET ${STAMP}, ${TENANCY}, #token = :token`,
      };
    case 'acquire':
      return {
        // The compare-and-set: without it two standbys that waited equally long would both win, and a
        // renewal that landed after the last read would be overwritten.
        condition: '#revision = :seenRevision',
        update: `SET ${STAMP}, ${TENANCY}, #token = :token REMOVE #reservedMs, #reservedFor, ${WISH}`,
      };
    case 'renew':
      return {
        condition:
          // Without the holder, a renewal would revive a lease that was released or deposed.
          '#holder = :holder AND ' +
          // Without the token, a late renewal of an earlier term would extend a later one.
          '#token = :token AND ' +
          // Without the revision, a delayed attempt could land after a later renewal and move the
          // revision back and forth, and a second process with the same id could renew our term.
          '#revision = :confirmedRevision',
        update: `SET ${STAMP}, ${TENANCY}`,
      };
    case 'release':
      return {
        // Without the holder, unlocking would free the next leader's record; without the token, a
        // release that arrives late would end a later term of the same candidate.
        condition: '#holder = :holder AND #token = :token',
        update: vacate(write.reservation, write.attributes && ', #attributes = :attributes'),
      };
    case 'request-resign':
      return {
        // The wish is meant for the leader that the operator saw, and for no later one. The revision is
        // left alone: a wish is no sign of life.
        condition: '#holder = :seenHolder AND #token = :seenToken',
        update: wish(write.requestedFor),
      };
    case 'depose':
      return {
        // The record must still be the one that the operator decided on.
        condition: '#revision = :seenRevision',
        update: vacate(write.reservation),
      };
    case 'reseed':
      return {
        // As for depose. Without a record there must still be none: otherwise a live election would
        // be reset.
        condition:
          write.seenRevision === undefined
            ? 'attribute_not_exists(#pk)'
            : '#revision = :seenRevision',
        update:
          `SET ${STAMP}, ${RESERVATION}, #token = :token, #formatVersion = :formatVersion, ` +
          '#state = :state, #leaseDurationMs = :leaseDurationMs, ' +
          '#renewIntervalMs = :renewIntervalMs, #renewedAtEpochMs = :renewedAtEpochMs ' +
          `REMOVE #holder, ${WISH}, #attributes`,
      };
    case 'end-stopped':
      return {
        // Only the stopped task's own tenancy, and only as it was when the task was found dead: events
        // come repeated and out of order.
        condition: '#holder = :seenHolder AND #revision = :seenRevision',
        update: vacate(undefined),
      };
  }
}

/** A wish without a candidate removes the candidate that an earlier wish may have named. */
function wish(requestedFor: string | undefined): string {
  return requestedFor === undefined
    ? 'SET #request = :request REMOVE #requestedFor'
    : 'SET #request = :request, #requestedFor = :requestedFor';
}

/** Removes the holder and what was meant for it; the token stays, for the next acquire to count from. */
function vacate(reservation: Reservation | undefined, lastWord = ''): string {
  return reservation === undefined
    ? `SET ${STAMP}${lastWord} REMOVE #holder, ${WISH}, #reservedMs, #reservedFor`
    : `SET ${STAMP}, ${RESERVATION}${lastWord} REMOVE #holder, ${WISH}`;
}
