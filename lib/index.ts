/** Elections, terms and errors: what every user of this package imports. */

export type { Timings } from './core/time/timing.ts';
export { formatToken, MAX_TOKEN, parseToken, type Token } from './core/token.ts';
export * from './errors.ts';
export type {
  BatonMechanism,
  BatonQueue,
  CandidateFacts,
  Clock,
  Hints,
  Journal,
  JournalEvent,
  Leader,
  LeaseMechanism,
  LeaseStore,
  Mechanism,
  ObserveOptions,
  Random,
  Registration,
  Term,
  TermEntry,
} from './ports.ts';
export {
  createElection,
  type Election,
  type ElectionOptions,
  type TryOptions,
} from './runtime/election.ts';
export { combineJournals } from './runtime/journal/combine-journals.ts';
export { batonMechanism } from './runtime/mechanism/baton.ts';
export { leaseMechanism } from './runtime/mechanism/lease.ts';
export { resolveTimings } from './runtime/resolve-timings.ts';
export type { LeadOptions, Work } from './runtime/work/lead-once.ts';
