/**
 * A scheduled Lambda function that works only while it leads.
 *
 * Decides how the function is deployed and whether its timeout leaves an election a chance. The
 * handler decides what to do while leading: `leaderOnly` or `makeLeaderOnly` of `tenure/lambda`.
 */
import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import {
  type BundlingOptions,
  NodejsFunction,
  type NodejsFunctionProps,
  OutputFormat,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import { type Timings, timingProblems, withDefaults } from '../../../lib/core/time/timing.ts';
import { acknowledgeDependency } from '../election/dependency-lint.ts';
import { electionNameProblems } from '../election/election-name.ts';
import { environmentOf } from '../election/environment.ts';
import { refuse } from '../election/refusal.ts';
import { statedOnly } from '../election/stated-only.ts';
import type { IElectionTable } from '../table/election-table-base.ts';
import { EVENT_AGE_MAX, fireOnSchedule } from './firing.ts';
import {
  canGrantWrite,
  FUNCTION_ARCHITECTURE,
  FUNCTION_RUNTIME,
  functionRole,
  logsFor,
} from './function-defaults.ts';

const TIMEOUT_LEAST = Duration.minutes(1);
/** Lambda's own ceiling. */
const TIMEOUT_MOST = Duration.minutes(15);
/** Left for work, after a dead leader's lease was waited out. */
const WORK_MS = 30_000;

/** Props of `LeaderFunction`. */
export interface LeaderFunctionProps extends NodejsFunctionProps {
  /** The file of the handler. It is bundled when the app is synthesized, by the app's own esbuild. */
  readonly entry: string;
  readonly election: string;
  readonly table: IElectionTable;
  /** A function is no member of a group of partitions: `LeaderService` runs members. */
  readonly group?: undefined;
  /** Left out: nothing invokes the function until you say what does. */
  readonly schedule?: ScheduleExpression;
  /**
   * Left out: the schedule fires the newest code. Given: an alias of this name on the current version is
   * made, and fired, so that a deployment can be shifted and rolled back.
   */
  readonly aliasName?: string;
  /** Left out: the library's defaults, 10 seconds of lease. Given ones reach the function as variables. */
  readonly timings?: Partial<Timings>;
  /**
   * Left out: one minute, and for long leases as much as waiting one out takes, and half a minute. Without
   * `timings.clockErrorMsMax` it must leave room to wait a dead leader's lease out, since a cold
   * environment has seen nothing before its invocation began.
   */
  readonly timeout?: Duration;
  /**
   * Left out: as many at once as the account allows, of which one leads. One would save the standbys'
   * cost, and would also stop a second environment from taking over while the first hangs.
   */
  readonly reservedConcurrentExecutions?: number;
  /**
   * Left out: 0. A failed invocation is followed by the next firing; a retry of the platform's own would
   * come minutes later, beside it.
   */
  readonly retryAttempts?: number;
}

/**
 * A NodejsFunction (ES module, Node 24, ARM) with the grant of a candidate, the environment that
 * `environment.ts` of the package's functions parses, logs kept for a month, and a schedule.
 *
 * Needs esbuild in the app: `npm i -D esbuild`. Without it CDK bundles in Docker.
 */
export class LeaderFunction extends NodejsFunction {
  readonly election: string;
  readonly table: IElectionTable;
  /** What the schedule fires, where `aliasName` was given. */
  readonly alias: Alias | undefined;
  /** Firings that the schedule could not deliver; with `schedule` only. */
  readonly unfired: IQueue | undefined;

  constructor(scope: Construct, id: string, props: LeaderFunctionProps) {
    super(scope, id, functionProps(scope, id, props));
    this.election = props.election;
    this.table = props.table;
    refuse(this, problemsOf(props));
    acknowledgeDependency(this);
    props.table.grantCandidate(this, props.election);
    const { schedule, aliasName } = props;
    this.alias = aliasName === undefined ? undefined : this.addAlias(aliasName);
    const { account } = this.stack;
    this.unfired =
      schedule && fireOnSchedule(this, { schedule, target: this.alias ?? this, account });
  }

  /** One of the library's metrics of this function's election. */
  electionMetric(name: MetricName, options?: MetricOptions): Metric {
    return this.table.metric(name, this.election, options);
  }
}

function functionProps(
  scope: Construct,
  id: string,
  props: LeaderFunctionProps,
): NodejsFunctionProps {
  refuseGroup(`${scope.node.path}/${id}`, props);
  const { election, table, group: _, schedule: __, aliasName: ___, timings = {}, ...rest } = props;
  const given = statedOnly(rest);
  return {
    runtime: FUNCTION_RUNTIME,
    architecture: FUNCTION_ARCHITECTURE,
    memorySize: 256,
    timeout: timeoutFor(withDefaults(timings)),
    retryAttempts: 0,
    maxEventAge: EVENT_AGE_MAX,
    ...logsAndRole(scope, id, given),
    ...given,
    bundling: { ...MODULE_BUNDLING, ...statedOnly(given.bundling ?? {}) },
    environment: {
      // Of use with `sourceMap`, which is on: stack traces name the lines that were written.
      NODE_OPTIONS: '--enable-source-maps',
      ...environmentOf({ election, table, timings }),
      ...given.environment,
    },
  };
}

/** Asked before there is a construct, also for callers without types. */
function refuseGroup(path: string, { group }: { readonly group?: unknown }): void {
  if (group === undefined) return;
  throw new Error(
    `${path}: group must be left out: a Lambda function stands still between invocations, and its lease would ` +
      'take all of its partitions along; run the members in a LeaderService, or give each role an election',
  );
}

/** A role that is given is the app's: nothing is added to it but what the grants of the table add. */
function logsAndRole(scope: Construct, id: string, given: NodejsFunctionProps) {
  const logGroup = given.logGroup ?? logsFor(scope, `${id}Logs`);
  if (given.role !== undefined || !canGrantWrite(logGroup)) return { logGroup };
  const inVpc = given.vpc !== undefined;
  return { logGroup, role: functionRole(scope, `${id}Role`, { logGroup, inVpc }) };
}

const MODULE_BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: true,
  // Names and lines are enough for a stack trace; the sources would double the code's size.
  sourcesContent: false,
  // The fence joins the SDK's middleware by name: the version that was tested is the one that runs.
  bundleAwsSDK: true,
  // CommonJS dependencies inside an ES module still call require for Node's own modules.
  banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
};

function problemsOf(props: LeaderFunctionProps): readonly string[] {
  const timings = withDefaults(props.timings ?? {});
  const problems = [...electionNameProblems(props.election), ...timingProblems(timings)];
  return problems.length > 0 ? problems : timeoutProblems(props.timeout, timings);
}

function timeoutFor(timings: Timings): Duration {
  const roomy = Math.ceil((neededMsOf(timings) + WORK_MS) / 1_000);
  const [least, most] = [TIMEOUT_LEAST.toSeconds(), TIMEOUT_MOST.toSeconds()];
  return Duration.seconds(Math.min(most, Math.max(least, roomy)));
}

/** What an invocation needs before it can work. */
function neededMsOf(timings: Timings): number {
  const { leaseDurationMs, lossGraceMs, marginMs, writeTimeoutMs, rank, staggerMs } = timings;
  // What `tenure/lambda` demands of each invocation, with its default reserve.
  if (timings.clockErrorMsMax !== undefined) return 3 * writeTimeoutMs + lossGraceMs + marginMs;
  return leaseDurationMs + rank * staggerMs + 4 * writeTimeoutMs + lossGraceMs;
}

function timeoutProblems(timeout: Duration | undefined, timings: Timings): readonly string[] {
  const timeoutMs = (timeout ?? timeoutFor(timings)).toMilliseconds();
  const neededMs = neededMsOf(timings);
  if (timeoutMs > neededMs) return [];
  if (timings.clockErrorMsMax !== undefined) {
    return [
      `timeout must exceed three writes, loss grace and margin (${neededMs} ms), got ${timeoutMs}; ` +
        'raise timeout',
    ];
  }
  return [
    `timeout must exceed leaseDurationMs, the stagger of its rank, four writes and loss grace ` +
      `(${neededMs} ms), got ${timeoutMs}: a cold environment waits a dead leader's lease out inside its invocation; raise ` +
      'timeout, lower timings.leaseDurationMs, or state timings.clockErrorMsMax',
  ];
}
