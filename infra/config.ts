/**
 * What of the app can be chosen, from CDK's context: `-c name=value`, or `context` in `cdk.json`.
 *
 * Decides names, defaults and what is allowed. Everything is checked before any stack is made, and all
 * that is wrong is said at once.
 */
import type { Node } from 'constructs';
import { type Timings, timingProblems, withDefaults } from '../lib/core/time/timing.ts';
import type { Egress } from './constructs/service/worker-network.ts';

export interface ServiceConfig {
  readonly tasks: number;
  readonly egress: Egress;
  readonly spot: boolean;
}

export interface AppConfig {
  /** Begins the name of each stack, so that the app can be deployed twice: `-c prefix=Staging`. */
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
  /** For trials: `-c ephemeral=true` lets `cdk destroy` delete table and queue. */
  readonly ephemeral: boolean;
}

/** The elections of the service and of the queue, apart from the function's. */
export const serviceElectionOf = ({ election }: AppConfig): string => `${election}-service`;
export const queueElectionOf = ({ election }: AppConfig): string => `${election}-baton`;

const EGRESS: readonly Egress[] = ['public-ip', 'nat', 'endpoints'];
const DEFAULTS = { prefix: 'Tenure', election: 'quick-start', minutes: 1, tasks: 2 };

/** @throws Error that names every value that cannot be used. */
export function configOf(node: Node): AppConfig {
  const read = contextOf(node);
  const lease = read.number('lease', { min: 1, max: 3_600 });
  const config: AppConfig = {
    prefix: read.text('prefix', /^[A-Za-z][A-Za-z0-9-]{0,40}$/) ?? DEFAULTS.prefix,
    election: read.text('election', /^\P{Cc}{1,180}$/u) ?? DEFAULTS.election,
    minutes: read.number('minutes', { min: 1, max: 1_440 }) ?? DEFAULTS.minutes,
    timings: lease === undefined ? {} : { leaseDurationMs: lease * 1_000 },
    service: read.flag('service') ? serviceOf(read) : undefined,
    queue: read.flag('queue'),
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
    oneOf(name: string, allowed: readonly string[]): string | undefined {
      const value = given(name);
      if (value === undefined || allowed.includes(value)) return value;
      return refuse(name, `one of ${allowed.join(', ')}`);
    },
  };
}
