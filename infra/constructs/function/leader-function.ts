/**
 * A scheduled Lambda function that works only while it leads.
 *
 * Decides how the function is deployed and whether its timeout leaves an election a chance. What it
 * does while leading is the handler's: `leaderOnly` or `makeLeaderOnly` of `tenure/lambda`.
 */
import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  type BundlingOptions,
  NodejsFunction,
  type NodejsFunctionProps,
  OutputFormat,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import { Schedule, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import { type Timings, timingProblems, withDefaults } from '../../../lib/core/time/timing.ts';
import { electionNameProblems } from '../election/election-name.ts';
import { environmentOf } from '../election/environment.ts';
import { refuse } from '../election/refusal.ts';
import type { IElectionTable } from '../table/election-table-base.ts';
import { electionMetric } from '../watching/election-metrics.ts';
import {
  FUNCTION_ARCHITECTURE,
  FUNCTION_RUNTIME,
  functionRole,
  logsFor,
} from './function-defaults.ts';

const TIMEOUT_DEFAULT = Duration.minutes(1);
/** A firing that comes later than this is worth less than the next one. */
const EVENT_AGE_MAX = Duration.minutes(5);

export interface LeaderFunctionProps extends NodejsFunctionProps {
  /** The file of the handler. It is bundled when the app is synthesized, by the app's own esbuild. */
  readonly entry: string;
  readonly election: string;
  readonly table: IElectionTable;
  /** Left out: nothing invokes the function until you say what does. */
  readonly schedule?: ScheduleExpression;
  /** Left out: the library's defaults, 10 seconds of lease. Given ones reach the function as variables. */
  readonly timings?: Partial<Timings>;
  /**
   * Left out: one minute. Without `timings.clockErrorMsMax` it must leave room to wait a dead leader's
   * lease out, since a cold environment has seen nothing before its invocation began.
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

  constructor(scope: Construct, id: string, props: LeaderFunctionProps) {
    super(scope, id, functionProps(scope, id, props));
    this.election = props.election;
    refuse(this, problemsOf(props));
    props.table.grantCandidate(this, props.election);
    if (props.schedule !== undefined) this.fire(props.schedule);
  }

  /** One of the library's metrics of this function's election. */
  electionMetric(name: MetricName, options?: MetricOptions): Metric {
    return electionMetric(name, this.election, options);
  }

  private fire(schedule: ScheduleExpression): void {
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.stack.account } },
      }),
    });
    // The target's own grant would cover every version and alias too.
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.functionArn] }),
    );
    const target = new LambdaInvoke(this, {
      role: role.withoutPolicyUpdates(),
      retryAttempts: 2,
      maxEventAge: EVENT_AGE_MAX,
    });
    const fired = new Schedule(this, 'Schedule', { schedule, target });
    // EventBridge Scheduler checks at creation that the role may be assumed.
    fired.node.addDependency(role);
  }
}

function functionProps(
  scope: Construct,
  id: string,
  props: LeaderFunctionProps,
): NodejsFunctionProps {
  const { election, table, schedule: _, timings = {}, ...given } = props;
  return {
    runtime: FUNCTION_RUNTIME,
    architecture: FUNCTION_ARCHITECTURE,
    memorySize: 256,
    timeout: TIMEOUT_DEFAULT,
    retryAttempts: 0,
    maxEventAge: EVENT_AGE_MAX,
    ...logsAndRole(scope, id, given),
    ...given,
    bundling: { ...MODULE_BUNDLING, ...given.bundling },
    environment: {
      ...environmentOf({ election, tableName: table.tableName, timings }),
      ...given.environment,
    },
  };
}

/** A log group that is given comes with a role that may write to it, or gets CDK's own. */
function logsAndRole(scope: Construct, id: string, given: NodejsFunctionProps) {
  if (given.logGroup !== undefined) return {};
  const logGroup = logsFor(scope, `${id}Logs`);
  if (given.role !== undefined) return { logGroup };
  return { logGroup, role: functionRole(scope, `${id}Role`, logGroup) };
}

const MODULE_BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: true,
  // CommonJS dependencies inside an ES module still call require for Node's own modules.
  banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
};

function problemsOf(props: LeaderFunctionProps): readonly string[] {
  const timings = withDefaults(props.timings ?? {});
  const problems = [...electionNameProblems(props.election), ...timingProblems(timings)];
  return problems.length > 0 ? problems : timeoutProblems(props.timeout, timings);
}

function timeoutProblems(timeout: Duration | undefined, timings: Timings): readonly string[] {
  const timeoutMs = (timeout ?? TIMEOUT_DEFAULT).toMilliseconds();
  const { leaseDurationMs, lossGraceMs, marginMs, writeTimeoutMs, rank, staggerMs } = timings;
  // What `tenure/lambda` demands of each invocation, with its default reserve.
  const leastMs = 3 * writeTimeoutMs + lossGraceMs + marginMs;
  if (timings.clockErrorMsMax !== undefined && timeoutMs > leastMs) return [];
  if (timings.clockErrorMsMax !== undefined) {
    return [
      `timeout must exceed three writes, loss grace and margin (${leastMs} ms), got ${timeoutMs}; ` +
        'raise timeout',
    ];
  }
  const neededMs = leaseDurationMs + rank * staggerMs + 4 * writeTimeoutMs + lossGraceMs;
  if (timeoutMs > neededMs) return [];
  return [
    `timeout must exceed leaseDurationMs, the stagger of its rank, four writes and loss grace ` +
      `(${neededMs} ms), got ${timeoutMs}: a cold environment waits a dead leader's lease out inside its invocation; raise ` +
      'timeout, lower timings.leaseDurationMs, or state timings.clockErrorMsMax',
  ];
}
