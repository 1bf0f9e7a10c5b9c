/**
 * What of the app can be chosen, from CDK's context: `-c name=value`, or `context` in `cdk.json`.
 *
 * Decides names, defaults and what is allowed. Everything is checked before any stack is made, and
 * one error names all that is wrong.
 */
import type { Node } from 'constructs';
import { type Timings, timingProblems, withDefaults } from '../lib/core/time/timing.ts';
import type { Egress } from './constructs/service/worker-network.ts';
import type { ArchitectureName } from './sources.ts';

export interface ServiceConfig {
  readonly tasks: number;
  readonly egress: Egress;
  readonly spot: boolean;
  readonly arch: ArchitectureName;
  /** Ends the lease of a task that ECS reports stopped: `-c stopped=true`. */
  readonly endStoppedLeases: boolean | undefined;
}

export interface AppConfig {
  /**
   * The prefix of each stack's name, so that the app can be deployed twice: `-c prefix=Staging`.
   */
  readonly prefix: string;
  /** The election of the scheduled function: `-c election=nightly-report`. */
  readonly election: string;
  /** Minutes between two firings: `-c minutes=5`. */
  readonly minutes: number;
  /** `-c lease=10`, in seconds. */
  readonly timings: Partial<Timings>;
  /** A Fargate service beside the function: `-c service=true`, with `tasks`, `egress`, `spot`. */
  readonly service: ServiceConfig | undefined;
  /** A baton queue beside the table: `-c queue=true`. */
  readonly queue: boolean;
  /**
   * Where alarms are sent: `-c alarmEmail=...`, which must be confirmed, or `-c alarmTopicArn=...`.
   */
  readonly alarmEmail: string | undefined;
  readonly alarmTopicArn: string | undefined;
  /** Where your runbooks are: `-c runbookPage=https://...`. */
  readonly runbookPage: string | undefined;
  /** For trials: `-c ephemeral=true` lets `cdk destroy` delete table and queue. */
  readonly ephemeral: boolean;
}

/** The elections of the service and of the queue, apart from the function's. */
export const serviceElectionOf = ({ election }: AppConfig): string => `${election}-service`;
export const queueElectionOf = ({ election }: AppConfig): string => `${election}-baton`;

const EGRESS: readonly Egress[] = ['public-ip', 'nat', 'endpoints'];
const ARCHITECTURE_NAMES: readonly ArchitectureName[] = ['arm', 'x86'];
const DEFAULTS = { prefix: 'Tenure', election: 'quick-start', minutes: 1, tasks: 2 };
/** The function waits a dead leader's lease out inside of one invocation, which Lambda ends at 900 s. */
const LEASE_SECONDS_MAX = 800;
/** ASCII that prints: what both IAM's policies and CloudWatch's dimensions take. */
const ELECTION = /^[!-9;-~][ -~]{0,179}$/;

/** Its own for each deployment, so that a log line or a message says which. */
const electionOf = (prefix: string): string =>
  prefix === DEFAULTS.prefix ? DEFAULTS.election : `${prefix.toLowerCase()}-${DEFAULTS.election}`;

/** @throws Error that names every value that cannot be used. */
export function configOf(node: Node): AppConfig {
  const read = contextOf(node);
  const lease = read.number('lease', { min: 1, max: LEASE_SECONDS_MAX });
  const prefix = read.text('prefix', /^[A-Za-z][A-Za-z0-9-]{0,40}$/) ?? DEFAULTS.prefix;
  const config: AppConfig = {
    prefix,
    election: read.text('election', ELECTION) ?? electionOf(prefix),
    minutes: read.number('minutes', { min: 1, max: 1_440 }) ?? DEFAULTS.minutes,
    timings: lease === undefined ? {} : { leaseDurationMs: lease * 1_000 },
    service: read.flag('service') ? serviceOf(read) : undefined,
    queue: read.flag('queue'),
    alarmEmail: read.text('alarmEmail', /^[^@\s]+@[^@\s]+$/),
    alarmTopicArn: read.text('alarmTopicArn', /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:.+$/),
    runbookPage: read.text('runbookPage', /^https:\/\/\S+$/),
    ephemeral: read.flag('ephemeral'),
  };
  const problems = [...read.problems, ...timingProblems(withDefaults(config.timings))];
  if (problems.length > 0) throw new Error(`the context cannot be used: ${problems.join('; ')}`);
  return config;
}

function serviceOf(read: ContextReader): ServiceConfig {
  return {
    tasks: read.number('tasks', { min: 1, max: 100 }) ?? DEFAULTS.tasks,
    egress: EGRESS.find((egress) => egress === read.oneOf('egress', EGRESS)) ?? 'public-ip',
    spot: read.flag('spot'),
    arch:
      ARCHITECTURE_NAMES.find((name) => name === read.oneOf('arch', ARCHITECTURE_NAMES)) ?? 'arm',
    endStoppedLeases: read.optionalFlag('stopped'),
  };
}

type ContextReader = ReturnType<typeof contextOf>;

/** Values of the command line are texts, those of `cdk.json` may be numbers and booleans. */
function contextOf(node: Node) {
  const problems: string[] = [];
  const given = (name: string): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    return value === undefined ? undefined : String(value);
  };
  const refuse = (name: string, allowed: string): undefined => {
    problems.push(
      `${name} must be ${allowed}, got ${JSON.stringify(given(name))}; change -c ${name}`,
    );
    return undefined;
  };
  return {
    problems,
    text(name: string, pattern: RegExp): string | undefined {
      const value = given(name);
      if (value === undefined || pattern.test(value)) return value;
      return refuse(name, `a text like ${pattern.source}`);
    },
    number(name: string, { min, max }: { min: number; max: number }): number | undefined {
      const value = given(name);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (Number.isInteger(number) && number >= min && number <= max) return number;
      return refuse(name, `a whole number from ${min} to ${max}`);
    },
    flag(name: string): boolean {
      const value = given(name);
      if (value !== undefined && value !== 'true' && value !== 'false')
        refuse(name, 'true or false');
      return value === 'true';
    },
    optionalFlag(name: string): boolean | undefined {
      return given(name) === undefined ? undefined : this.flag(name);
    },
    oneOf(name: string, allowed: readonly string[]): string | undefined {
      const value = given(name);
      if (value === undefined || allowed.includes(value)) return value;
      return refuse(name, `one of ${allowed.join(', ')}`);
    },
  };
}
