/**
 * Elections, terms and errors: what every user of this package imports.
 * @module tenure
 */

export { resolveOutcome } from './core/lease/answers.ts';
export type {
  Attributes,
  CandidateWrite,
  Consistency,
  LeaseRecord,
  LeaseWrite,
  OperatorWrite,
  Reservation,
  Sighting,
  WriteOutcome,
} from './core/lease/record.ts';
export { recordAfter } from './core/lease/writes.ts';
export { type Timings, withDefaults as timingsWithDefaults } from './core/time/timing.ts';
export { formatToken, MAX_TOKEN, parseToken, type Token } from './core/token.ts';
export {
  attributeNamesFromEnvironment,
  type ElectionEnvironment,
  electionFromEnvironment,
  type GroupEnvironment,
  groupFromEnvironment,
  groupTimingsFromEnvironment,
  timingsFromEnvironment,
  type Variables,
} from './environment.ts';
export * from './errors.ts';
export type { GroupMechanism, GroupStore, GroupTimings, PartitionTerm } from './group-ports.ts';
export { ELECTION_NAME_CHARACTERS_MAX } from './option-problems.ts';
export type {
  BatonMechanism,
  BatonQueue,
  CandidateFacts,
  CandidateRow,
  Clock,
  GroupEvent,
  Guardian,
  Hints,
  Journal,
  JournalEvent,
  LastRun,
  Leader,
  LeaseMechanism,
  LeaseReference,
  LeaseStore,
  Mechanism,
  ObserveOptions,
  Random,
  Registration,
  SpanEnd,
  SpanStart,
  Spans,
  Term,
  TermEntry,
} from './ports.ts';
export { awslabsLock } from './runtime/bridge/awslabs-lock.ts';
export { bridge, lockOf, type OldElection } from './runtime/bridge/bridge.ts';
export type { HeldLock, OtherLock } from './runtime/bridge/bridged.ts';
export type { LeaseOptions } from './runtime/bridge/kept-lease.ts';
export { npmLockClientLock } from './runtime/bridge/npm-lock-client-lock.ts';
export {
  type PostgresLockOptions,
  type PostgresSession,
  postgresLock,
} from './runtime/bridge/postgres-lock.ts';
export { type RedisLockOptions, type RedisServer, redisLock } from './runtime/bridge/redis-lock.ts';
export type { LockDocuments, RowLockOptions } from './runtime/bridge/row-lock.ts';
export type { LeadershipListeners } from './runtime/candidate/leadership.ts';
export {
  createElection,
  type Election,
  type TryOptions,
} from './runtime/election.ts';
export type { ElectionOptions } from './runtime/election-options.ts';
export { createGroup, type Group, type GroupLeadOptions } from './runtime/group/group.ts';
export type { GroupOptions } from './runtime/group/group-options.ts';
export type { PartitionMap } from './runtime/group/observing-group.ts';
export {
  type GroupOperator,
  type GroupOperatorOptions,
  type GroupRowsSeen,
  groupOperator,
} from './runtime/group/operator/operator.ts';
export type { PartitionWork } from './runtime/group/partition-terms.ts';
export { combineJournals } from './runtime/journal/combine-journals.ts';
export { batonMechanism } from './runtime/mechanism/baton.ts';
export { leaseMechanism } from './runtime/mechanism/lease.ts';
export {
  type Preference,
  type PreferenceOptions,
  preferring,
} from './runtime/preference/preferring.ts';
export {
  byRegion,
  byScore,
  byVersion,
  byZone,
  type ScoreOptions,
} from './runtime/preference/rules.ts';
export type { Contender, Rule } from './runtime/preference/standing.ts';
export { resolveTimings } from './runtime/resolve-timings.ts';
export { type EveryOptions, leadEvery, type PeriodRun } from './runtime/work/lead-every.ts';
export type { LeadOptions, LeadWhileOptions, Work } from './runtime/work/lead-once.ts';
export { type Retrying, type RetryOptions, retrying } from './runtime/work/retrying.ts';
export { requireTerm, underTerm } from './runtime/work/under-term.ts';
