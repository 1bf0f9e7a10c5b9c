/**
 * The conditional writes of a candidate, as DynamoDB expressions: what each write demands of the stored
 * record, and what breaks without each clause. An operator's are in `operated-store.ts`.
 *
 * All are `UpdateItem`: a candidate needs no other write permission. Never a relative `ADD`: repeated
 * under a condition that still holds, it would be applied twice. Names always go through placeholders:
 * `token`, `name`, `ttl` and `owner` are reserved words.
 */
import type { CandidateWrite, Reservation } from '../../core/lease/record.ts';

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
export const STAMP = '#revision = :revision, #writtenBy = :writtenBy';

export const RESERVATION = '#reservedMs = :reservedMs, #reservedFor = :reservedFor';

/** What an operator asked of the holder. It is not meant for a later holder. */
export const WISH = '#request, #requestedFor';

export function expressionOf(write: CandidateWrite): Expression {
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
  }
}

/** Removes the holder and what was meant for it; the token stays, for the next acquire to count from. */
export function vacate(reservation: Reservation | undefined, lastWord = ''): string {
  return reservation === undefined
    ? `SET ${STAMP}${lastWord} REMOVE #holder, ${WISH}, #reservedMs, #reservedFor`
    : `SET ${STAMP}, ${RESERVATION}${lastWord} REMOVE #holder, ${WISH}`;
}
