/**
 * The options of a group's member, and what is wrong with them.
 */
import {
  GROUP_TIMINGS,
  type Timings,
  timingProblems,
  withDefaults,
} from '../../core/time/timing.ts';
import { InvalidOptionsError } from '../../errors.ts';
import type { GroupMechanism, GroupTimings, PartitionTerm } from '../../group-ports.ts';
import {
  ELECTION_NAME_CHARACTERS_MAX,
  partitionProblems,
  unknownOptions,
} from '../../option-problems.ts';
import type { Clock, Journal, Random, Spans } from '../../ports.ts';
import { attributeProblems, textProblems } from '../text-problems.ts';

/** What `createGroup` takes. An unknown option is an error. */
export interface GroupOptions {
  /** Up to 200 characters, none of them control characters. Members of one name share its partitions. */
  readonly name: string;
  /**
   * How many partitions the group was created with, 1 to 10,000. A group that has more was raised, and this
   * member leads those too; one that has fewer is refused.
   */
  readonly partitions: number;
  /** Where the group's rows are: `dynamoDbGroup(…)`. */
  readonly via: GroupMechanism;
  /** What is left out is derived from `leaseDurationMs`, as for an election. */
  readonly timings?: Partial<GroupTimings> | undefined;
  /** This member's share is its capacity over the sum of all. Above 0. Default 1. */
  readonly capacity?: number | undefined;
  /**
   * How much of a member's capacity each partition takes; at least 0. All members must give the same.
   * `measured`: what they say with `report`. Default: partitions are counted.
   */
  readonly weightOf?: ((partition: number) => number) | 'measured' | undefined;
  /**
   * Asked before each heartbeat, without a term: a *no* gives up the membership with all that it
   * leads. Asked once a renew interval with each term too: a *no* gives up that partition alone,
   * for ten leases. `false`, an exception, or no answer within a renew interval is a *no*. Default:
   * always healthy.
   */
  readonly healthy?: ((term?: PartitionTerm) => boolean | Promise<boolean>) | undefined;
  /**
   * What clients need to reach this member, public to readers of the table; at most 300 bytes as
   * JSON. Default: nothing.
   */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /**
   * The prefix of the member's id, which is new with each lease. Default: the host and the process.
   */
  readonly memberPrefix?: string | undefined;
  /** Told of each event. Default: no journal. */
  readonly journal?: Journal | undefined;
  /** Makes a span of the work of each partition's term. Default: none. */
  readonly spans?: Spans | undefined;
  /** Default: this process's. Tests give a manual one. */
  readonly clock?: Clock | undefined;
  /** Nonces and jitter. Default: the system’s. A test gives its own. */
  readonly random?: Random | undefined;
}

const KNOWN: readonly string[] = [
  'name',
  'partitions',
  'via',
  'timings',
  'capacity',
  'weightOf',
  'healthy',
  'attributes',
  'memberPrefix',
  'journal',
  'spans',
  'clock',
  'random',
] satisfies readonly (keyof GroupOptions)[];

const TIMINGS_KNOWN: readonly (keyof GroupTimings)[] = [...GROUP_TIMINGS, 'spareMs'];

const PREFIX_CHARACTERS_MAX = 100;

/** The group's timings in full. @throws InvalidOptionsError naming every option that is wrong. */
export function checkedGroupOptions(options: GroupOptions): {
  readonly timings: Timings;
  readonly spareMs: number;
  readonly weights: 'measured' | readonly number[] | undefined;
} {
  const { spareMs = 0, ...given } = options.timings ?? {};
  const timings = withDefaults(given);
  const partitionsWrong = partitionProblems(options.partitions);
  const weights =
    partitionsWrong.length > 0
      ? { weights: undefined, problems: [] }
      : weighed(options.weightOf, options.partitions);
  const problems = [
    ...unknownOptions(options, KNOWN),
    ...unknownOptions(options.timings ?? {}, TIMINGS_KNOWN, { what: 'timing', of: 'a group' }),
    ...groupNameProblems(options.name),
    ...textProblems('memberPrefix', options.memberPrefix ?? 'member', PREFIX_CHARACTERS_MAX),
    ...partitionsWrong,
    ...mechanismProblems(options.via),
    ...capacityProblems(options.capacity ?? 1),
    ...weights.problems,
    ...attributeProblems(options.attributes),
    ...spareProblems(spareMs),
    ...timingProblems(timings),
  ];
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  return { timings, spareMs, weights: weights.weights };
}

export function groupNameProblems(name: unknown): readonly string[] {
  return textProblems('name', name, ELECTION_NAME_CHARACTERS_MAX);
}

export function mechanismProblems(via: unknown): string[] {
  if ((via as { kind?: unknown } | undefined)?.kind === 'group') return [];
  return [
    'via must be what dynamoDbGroup() returns; pass it, or lead one role with createElection: a queue ' +
      'holds no group',
  ];
}

function capacityProblems(capacity: number): string[] {
  if (Number.isFinite(capacity) && capacity > 0) return [];
  return [
    `capacity must be a number above 0, got ${capacity}; give 1, or call leadWhile in no process that ` +
      'is to lead nothing',
  ];
}

function spareProblems(spareMs: number): string[] {
  if (Number.isFinite(spareMs) && spareMs >= 0) return [];
  return [`spareMs must be a number of at least 0, got ${spareMs}; give 0 or more`];
}

function weighed(weightOf: GroupOptions['weightOf'], partitions: number) {
  if (typeof weightOf !== 'function') {
    const known = weightOf === undefined || weightOf === 'measured';
    const problem = `weightOf must be a function or 'measured', got ${String(weightOf)}; give one`;
    return { weights: known ? weightOf : undefined, problems: known ? [] : [problem] };
  }
  const weights = Array.from({ length: partitions }, (_, partition) => weightOf(partition));
  const odd = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (odd < 0) return { weights, problems: [] };
  const problem =
    `weightOf must give numbers of at least 0, got ${weights[odd]} for partition ${odd}; give 0 for a ` +
    'partition that takes nothing';
  return { weights: undefined, problems: [problem] };
}
