/**
 * The conditional writes of a group, as DynamoDB expressions. The one place that says what each write
 * demands of its row, and what breaks without each clause.
 *
 * All are `UpdateItem`, and never a relative `ADD`: repeated under a condition that still holds, it would
 * be applied twice. Names always go through placeholders: `token`, `state`, `owners` and others are
 * reserved words.
 */
import type {
  BodyWrite,
  GroupWrite,
  HeadWrite,
  MemberWrite,
  RecordWrite,
  WriteLoad,
} from '../../core/group/writes.ts';
import type { Expression } from '../election/conditions.ts';

const MEMBERSHIP =
  '#revision = :revision, #state = :state, #leaseDurationMs = :leaseDurationMs, ' +
  '#renewIntervalMs = :renewIntervalMs, #renewedAtEpochMs = :renewedAtEpochMs, ' +
  '#capacity = :capacity, #appliedPlan = :appliedPlan, #attributes = :attributes';

const STAMP = '#revision = :revision, #writtenBy = :writtenBy';

const ABSENT = 'attribute_not_exists(#pk)';

export function groupExpressionOf(write: GroupWrite): Expression {
  switch (write.kind) {
    case 'create-group':
    case 'claim':
    case 'write-plan':
    case 'call-attention':
    case 'write-body':
    case 'expire-body':
      return planExpressionOf(write);
    case 'join':
    case 'heartbeat':
    case 'end-member':
    case 'ask-to-leave':
    case 'write-load':
      return memberExpressionOf(write);
  }
}

function planExpressionOf(write: HeadWrite | BodyWrite): Expression {
  switch (write.kind) {
    case 'create-group':
      return {
        // Without it, creating a group that lives would reset its plan, and its number of partitions.
        condition: ABSENT,
        update:
          'SET #formatVersion = :formatVersion, #version = :version, #partitions = :partitions, ' +
          '#writtenAtEpochMs = :writtenAtEpochMs',
      };
    case 'claim':
      return {
        condition:
          // Without the version, a claim that lands late would hold up the plan after the one it is for.
          '#version = :seenVersion AND ' +
          // Without the claim, a hundred members that start together would all read the roster and
          // write a body.
          (write.staleClaim === undefined
            ? 'attribute_not_exists(#claim)'
            : '(attribute_not_exists(#claim) OR #claim = :staleClaim)'),
        update: 'SET #claim = :claim',
      };
    case 'write-plan':
      return {
        // Without it, two planners would both believe that theirs is plan v + 1.
        condition: '#version = :seenVersion',
        update:
          'SET #version = :version, #body = :body, #partitions = :partitions, ' +
          '#writtenAtEpochMs = :writtenAtEpochMs REMOVE #claim, #attentionAtEpochMs',
      };
    case 'call-attention':
      return {
        // Attention announces the plan after this one. Once that plan is there, it has no use.
        condition: '#version = :seenVersion',
        update: 'SET #attentionAtEpochMs = :attentionAtEpochMs',
      };
    case 'write-body':
      return {
        // A body is immutable: members may have read it.
        condition: ABSENT,
        update:
          'SET #members = :members, #leavers = :leavers, #owners = :owners, #pins = :pins, ' +
          '#refusals = :refusals',
      };
    case 'expire-body':
      return {
        // Without it a body that is gone already would come back with nothing but a date of expiry.
        condition: 'attribute_exists(#pk)',
        update: 'SET #ttl = :ttl',
      };
  }
}

function memberExpressionOf(write: MemberWrite | WriteLoad): Expression {
  switch (write.kind) {
    case 'join':
      return {
        // One id has one lease: an existing row belongs to a lease that has begun, or to one that
        // is over.
        condition: ABSENT,
        update: `SET ${MEMBERSHIP}, #joinedAtEpochMs = :joinedAtEpochMs, #closedMs = :closedMs`,
      };
    case 'heartbeat':
      return {
        // Without it a late heartbeat would revive a member that is gone, whose partitions others lead.
        condition: '#revision = :confirmedRevision',
        update: `SET ${MEMBERSHIP}`,
      };
    case 'end-member':
      return {
        // Without it, a heartbeat that landed after the last read would be overwritten. Its member
        // would go on leading.
        condition: '#revision = :seenRevision',
        update:
          'SET #revision = :revision, #state = :state, #closedMs = :closedMs, ' + '#ttl = :ttl',
      };
    case 'ask-to-leave':
      return {
        // A member that is gone cannot leave, and a row that is not there must not appear.
        condition: 'attribute_exists(#pk) AND #state <> :gone',
        update: 'SET #request = :request',
      };
    case 'write-load':
      return {
        // Loads are hints for planners. Only the member writes its own row, and the newest write
        // wins.
        condition: '',
        update: 'SET #weights = :weights, #ttl = :ttl',
      };
  }
}

export function recordExpressionOf(write: RecordWrite): Expression {
  switch (write.kind) {
    case 'seed':
      return {
        // Without it, raising the number of partitions would reset the tokens of existing records.
        condition: ABSENT,
        update: `SET ${STAMP}, #token = :token, #leaseDurationMs = :leaseDurationMs`,
      };
    case 'acquire':
      return {
        // The compare-and-set: without it two members with different plans would both win.
        condition: '#revision = :seenRevision',
        update:
          `SET ${STAMP}, #token = :token, #holder = :holder, ` +
          '#leaseDurationMs = :leaseDurationMs',
      };
    case 'release':
      return {
        // Without the holder, a release would free the next leader's record. Without the token, a
        // late release would end a later term of the same member.
        condition: '#holder = :holder AND #token = :token',
        update: `SET ${STAMP} REMOVE #holder`,
      };
    case 'reseed':
      return {
        // The record must still be the one that the operator decided on.
        condition: write.seenRevision === undefined ? ABSENT : '#revision = :seenRevision',
        update: `SET ${STAMP}, #token = :token, #leaseDurationMs = :leaseDurationMs REMOVE #holder`,
      };
  }
}
