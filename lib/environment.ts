/**
 * What a deployment tells a program of its election, or of its group of partitions: the variables
 * that the constructs of `tenure/cdk` set, and what reads them.
 *
 * Decides names and formats, once for both sides. One error names everything that is wrong, so that
 * a deployment fails once and not six times.
 */
import { GROUP_TIMINGS, type Timings } from './core/time/timing.ts';
import { InvalidOptionsError } from './errors.ts';
import type { GroupTimings } from './group-ports.ts';

export const ELECTION_VARIABLES = {
  name: 'TENURE_ELECTION',
  tableName: 'TENURE_TABLE',
  attributeNames: 'TENURE_ATTRIBUTE_NAMES',
  stopTimeoutMs: 'TENURE_STOP_TIMEOUT_MS',
} as const;

export const TIMING_VARIABLES = {
  leaseDurationMs: 'TENURE_LEASE_MS',
  renewIntervalMs: 'TENURE_RENEW_MS',
  marginMs: 'TENURE_MARGIN_MS',
  lossGraceMs: 'TENURE_LOSS_GRACE_MS',
  writeTimeoutMs: 'TENURE_WRITE_TIMEOUT_MS',
  roundTripMs: 'TENURE_ROUND_TRIP_MS',
  drainMs: 'TENURE_DRAIN_MS',
  announceMs: 'TENURE_ANNOUNCE_MS',
  settleMs: 'TENURE_SETTLE_MS',
  rank: 'TENURE_RANK',
  staggerMs: 'TENURE_STAGGER_MS',
  clockErrorMsMax: 'TENURE_CLOCK_ERROR_MS_MAX',
} as const satisfies Record<keyof Timings, string>;

export const GROUP_VARIABLES = {
  name: 'TENURE_GROUP',
  partitions: 'TENURE_PARTITIONS',
  spareMs: 'TENURE_SPARE_MS',
} as const;

/** The names of the attributes that a table's definition names. What is left out has its default. */
export interface AttributeNames {
  /** The partition key, of type S. Default: `pk`. */
  readonly pk?: string | undefined;
  /** The sort key, of type S. Default: `sk`. */
  readonly sk?: string | undefined;
  /**
   * The TTL attribute, in seconds since 1970. A table has only one, so rows beside those of other
   * programs expire by theirs. Default: `expiresAtEpochSeconds`.
   */
  readonly ttl?: string | undefined;
}

/** From `pk=PK,sk=SK,ttl=expires`, of which any may be left out; `undefined` where it does not parse. */
function attributeNamesIn(text: string): AttributeNames | undefined {
  const parts = text.split(',').map((part) => /^(pk|sk|ttl)=([^=,"]+)$/.exec(part.trim()));
  if (parts.some((part) => part === null)) return undefined;
  return Object.fromEntries(parts.map((part) => [part?.[1], part?.[2]]));
}

/** The text that `attributeNamesIn` reads. */
export function attributeNamesAsText(names: AttributeNames): string {
  return Object.entries(names)
    .map(([own, name]) => `${own}=${name}`)
    .join(',');
}

/** Variables as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The election of a deployed program. `name`, `timings` and `candidatePrefix` are for `createElection`. */
export interface ElectionEnvironment {
  /** `TENURE_ELECTION`: the name that the grant and the alarms of the deployment have. */
  readonly name: string;
  /** `TENURE_TABLE`, for `dynamoDbLease`. */
  readonly tableName: string;
  /** `TENURE_ATTRIBUTE_NAMES`, for `dynamoDbLease`: what a table calls its keys otherwise. */
  readonly attributeNames: AttributeNames | undefined;
  /** `TENURE_LEASE_MS` and the like. A timing that is left out takes the library's default. */
  readonly timings: Partial<Timings>;
  /** The name of the Lambda function, where the program is one. */
  readonly candidatePrefix: string | undefined;
  /** `TENURE_STOP_TIMEOUT_MS`, for `leadUntilStopped`: what ECS leaves between SIGTERM and SIGKILL. */
  readonly stopTimeoutMs: number | undefined;
}

/**
 * Reads what `LeaderFunction` and `LeaderService` set, so that the program elects under the name that
 * its grants hold, with the timings that its alarms trust.
 *
 * @param variables Default: those of this process.
 * @throws InvalidOptionsError naming every variable that is missing or wrong.
 */
export function electionFromEnvironment(variables: Variables = process.env): ElectionEnvironment {
  const read = reader(variables);
  const { name, tableName, stopTimeoutMs } = ELECTION_VARIABLES;
  const environment = {
    name: read.text(name),
    tableName: read.text(tableName),
    attributeNames: read.attributeNames(),
    timings: read.timings(),
    candidatePrefix: read.given('AWS_LAMBDA_FUNCTION_NAME'),
    stopTimeoutMs: read.number(stopTimeoutMs),
  };
  read.check();
  return environment;
}

/** The group of a deployed program. `name`, `partitions` and `timings` are for `createGroup`. */
export interface GroupEnvironment {
  /** `TENURE_GROUP`: the name that the grant and the alarms of the deployment have. */
  readonly name: string;
  /** `TENURE_PARTITIONS`: how many the group was created with. */
  readonly partitions: number;
  /** `TENURE_TABLE`, for `dynamoDbGroup`. */
  readonly tableName: string;
  /** `TENURE_ATTRIBUTE_NAMES`, for `dynamoDbGroup`: what a table calls its keys otherwise. */
  readonly attributeNames: AttributeNames | undefined;
  /** `TENURE_LEASE_MS` and the like, and `TENURE_SPARE_MS`. What is left out holds the library's defaults. */
  readonly timings: Partial<GroupTimings>;
  /** `TENURE_STOP_TIMEOUT_MS`, for `leadUntilStopped`: what ECS leaves between SIGTERM and SIGKILL. */
  readonly stopTimeoutMs: number | undefined;
}

/**
 * Reads what a `LeaderService` of a group sets in its tasks, as `electionFromEnvironment` does of an election.
 *
 * @param variables Default: those of this process.
 * @throws InvalidOptionsError naming every variable that is missing or wrong.
 */
export function groupFromEnvironment(variables: Variables = process.env): GroupEnvironment {
  const read = reader(variables);
  const environment = {
    name: read.text(GROUP_VARIABLES.name),
    partitions: read.neededNumber(GROUP_VARIABLES.partitions),
    tableName: read.text(ELECTION_VARIABLES.tableName),
    attributeNames: read.attributeNames(),
    timings: groupTimings(read),
    stopTimeoutMs: read.number(ELECTION_VARIABLES.stopTimeoutMs),
  };
  read.check();
  return environment;
}

/**
 * The timings of a group alone, for programs that are told otherwise which group is theirs.
 *
 * @param variables Default: those of this process.
 * @throws InvalidOptionsError naming every variable that is wrong.
 */
export function groupTimingsFromEnvironment(
  variables: Variables = process.env,
): Partial<GroupTimings> {
  const read = reader(variables);
  const timings = groupTimings(read);
  read.check();
  return timings;
}

function groupTimings(read: ReturnType<typeof reader>): Partial<GroupTimings> {
  const all = read.timings();
  const own = GROUP_TIMINGS.filter((name) => all[name] !== undefined);
  const spareMs = read.number(GROUP_VARIABLES.spareMs);
  return {
    ...Object.fromEntries(own.map((name) => [name, all[name]])),
    ...(spareMs !== undefined && { spareMs }),
  };
}

/**
 * The timings alone, for programs that learn the name of their election elsewhere.
 *
 * @param variables Default: those of this process.
 * @throws InvalidOptionsError naming every variable that is wrong.
 */
export function timingsFromEnvironment(variables: Variables = process.env): Partial<Timings> {
  const read = reader(variables);
  const timings = read.timings();
  read.check();
  return timings;
}

/**
 * The names of a table's own attributes alone, for programs that read its rows or its stream.
 *
 * @param variables Default: those of this process.
 * @throws InvalidOptionsError for a text that does not parse.
 */
export function attributeNamesFromEnvironment(
  variables: Variables = process.env,
): AttributeNames | undefined {
  const read = reader(variables);
  const names = read.attributeNames();
  read.check();
  return names;
}

/** Collects what is wrong until `check` is called. */
function reader(variables: Variables) {
  const problems: string[] = [];
  const given = (name: string) => variables[name]?.trim() || undefined;
  const number = (name: string) => {
    const text = given(name);
    if (text === undefined) return undefined;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(value)) return value;
    problems.push(
      `${name} must be a number of at least 0, got ${JSON.stringify(text)}; correct it`,
    );
    return undefined;
  };
  const text = (name: string): string => {
    const value = given(name);
    if (value === undefined) problems.push(`${name} must be set, got nothing; set it`);
    return value ?? '';
  };
  return {
    given,
    number,
    text,
    attributeNames(): AttributeNames | undefined {
      const stated = given(ELECTION_VARIABLES.attributeNames);
      if (stated === undefined) return undefined;
      const names = attributeNamesIn(stated);
      if (names === undefined) {
        problems.push(
          `${ELECTION_VARIABLES.attributeNames} must be like pk=PK,sk=SK,ttl=expires, got ` +
            `${JSON.stringify(stated)}; correct it, or leave it out for a table of the library's own`,
        );
      }
      return names;
    },
    neededNumber(name: string): number {
      text(name);
      return number(name) ?? 0;
    },
    timings(): Partial<Timings> {
      const stated = Object.entries(TIMING_VARIABLES).flatMap(([timing, variable]) => {
        const value = number(variable);
        return value === undefined ? [] : [[timing, value] as const];
      });
      return Object.fromEntries(stated);
    },
    check() {
      if (problems.length > 0) throw new InvalidOptionsError(problems);
    },
  };
}
