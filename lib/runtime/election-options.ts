/**
 * The options of an election, and what is wrong with them, apart from its timings.
 */
import type { Attributes } from '../core/lease/record.ts';
import type { Timings } from '../core/time/timing.ts';
import { ELECTION_NAME_CHARACTERS_MAX, unknownOptions } from '../option-problems.ts';
import type { Clock, Journal, Mechanism, Random, Spans } from '../ports.ts';
import type { RegistrationOptions } from './candidate/registering.ts';
import type { Preference } from './preference/preferring.ts';
import { attributeProblems, textProblems } from './text-problems.ts';
import { type LastWill, lastWillProblems } from './will/find-guardian.ts';

/** What `createElection` takes. An unknown option is an error. */
export interface ElectionOptions {
  /** Up to 200 characters, none of them control characters. Candidates of one name compete. */
  readonly name: string;
  /** What elects: `dynamoDbLease(…)` or `sqsBaton(…)`. */
  readonly via: Mechanism;
  /** What is left out is derived from `leaseDurationMs`; see `Timings`. */
  readonly timings?: Partial<Timings> | undefined;
  /**
   * The prefix of the `candidateId`, which is new for each election object. Default: host and
   * process id.
   */
  readonly candidatePrefix?: string | undefined;
  /**
   * What clients need to reach the leader, public to readers of the table; at most 300 bytes as
   * JSON. Default: nothing.
   */
  readonly attributes?: Attributes | undefined;
  /**
   * Asked before each renewal. `false`, an exception, or no answer within a renew interval gives the
   * role up, so that a process that can renew but not work does not lead. Default: always healthy.
   */
  readonly healthy?: (() => boolean | Promise<boolean>) | undefined;
  /**
   * Publishes this candidate in the table when it first campaigns, and once an hour while it campaigns
   * or leads; `score` is asked each time. Best effort. Default: not published.
   */
  readonly registration?: RegistrationOptions | undefined;
  /**
   * Which candidate should lead: `byScore()`, `byVersion()`, `byZone(…)`, `byRegion(…)`, or `preferring(…)`
   * with a rule of yours. A leader hands over to a better candidate. Needs `registration`, whose row is then
   * written once a minute. Default: whichever is elected.
   */
  readonly prefer?: Preference | undefined;
  /**
   * Has the role released when this process dies, by a guardian that the kernel tells. A crash then
   * costs round trips and not a lease. `guard`: `tenure guard` is the guardian, where it started
   * this program. `spawn`: this process starts a small guardian beside itself, once. `none`: there
   * is no guardian, as where the machine itself dies or freezes. `timings.settleMs` says how long
   * the guardian waits. Default `guard`.
   */
  readonly lastWill?: LastWill | undefined;
  /** Told of each event. Default: no journal. */
  readonly journal?: Journal | undefined;
  /** Shows campaigns, renewals and work in traces: `openTelemetrySpans()`. Default: no traces. */
  readonly spans?: Spans | undefined;
  /** Default: this process's. Tests give a manual one. */
  readonly clock?: Clock | undefined;
  /** Nonces and jitter. Default: the system’s. A test gives its own. */
  readonly random?: Random | undefined;
}

const PREFIX_CHARACTERS_MAX = 100;

/** Each option once: the type checker finds the one that is missing. */
const KNOWN = Object.keys({
  name: true,
  via: true,
  timings: true,
  candidatePrefix: true,
  attributes: true,
  healthy: true,
  registration: true,
  prefer: true,
  lastWill: true,
  journal: true,
  spans: true,
  clock: true,
  random: true,
} satisfies Record<keyof ElectionOptions, true>);

export function optionProblems(options: ElectionOptions): readonly string[] {
  return [
    ...unknownOptions(options, KNOWN),
    ...textProblems('name', options.name, ELECTION_NAME_CHARACTERS_MAX),
    ...textProblems('candidatePrefix', options.candidatePrefix ?? 'host', PREFIX_CHARACTERS_MAX),
    ...mechanismProblems(options.via),
    ...attributeProblems(options.attributes),
    ...registrationProblems(options),
    ...lastWillProblems(options.lastWill),
  ];
}

const FACT_CHARACTERS_MAX = 100;

function registrationProblems({ registration, via }: ElectionOptions): string[] {
  if (registration === undefined) return [];
  if (via?.kind === 'baton') {
    return ['registration needs a table, got a baton; leave it out or elect via dynamoDbLease'];
  }
  const { score, zone, version } = registration;
  const problems: string[] = [];
  if (score !== undefined && typeof score !== 'function' && !Number.isFinite(score)) {
    problems.push(`registration.score must be a number or a function, got ${score}; give a number`);
  }
  for (const [name, text] of Object.entries({ zone, version })) {
    if (text !== undefined) {
      problems.push(...textProblems(`registration.${name}`, text, FACT_CHARACTERS_MAX));
    }
  }
  return problems;
}

function mechanismProblems(via: unknown): string[] {
  const kind = (via as { kind?: unknown } | undefined)?.kind;
  if (kind === 'lease' || kind === 'baton') return [];
  return ['via must be what dynamoDbLease() or sqsBaton() returns; pass one of them'];
}
