/**
 * A Fargate service whose tasks compete for one election: one leads, the others stand by.
 *
 * Decides what keeps leadership alive through deployments, zone failures and interruptions: tasks over
 * two zones, new tasks before old ones go, time to drain, and a lease that ends with its task.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IVpc, Port } from 'aws-cdk-lib/aws-ec2';
import {
  Cluster,
  type ContainerDefinition,
  type ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type HealthCheck,
  type ICluster,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { Grant, IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import { type Timings, timingProblems, withDefaults } from '../../../lib/core/time/timing.ts';
import { electionNameProblems } from '../election/election-name.ts';
import { environmentOf } from '../election/environment.ts';
import { refuse } from '../election/refusal.ts';
import { logsFor } from '../function/function-defaults.ts';
import type { IElectionTable } from '../table/election-table-base.ts';
import { TaskStoppedRule } from './task-stopped-rule.ts';
import { createNetwork, type Egress, networkIn } from './worker-network.ts';

/** Fargate's ceiling; a Spot task also gets two minutes of notice. */
const STOP_TIMEOUT_MAX = Duration.seconds(120);
const STOP_TIMEOUT_DEFAULT = Duration.seconds(30);

export interface LeaderServiceProps {
  readonly election: string;
  readonly table: IElectionTable;
  /** What each task runs: a program that campaigns, or `tenure run` with yours. */
  readonly image: ContainerImage;
  /** Left out: two, so that one stands by. One task works and leaves nobody to take over. */
  readonly desiredCount?: number;
  /** Left out: the library's defaults. Given ones reach the container as variables. */
  readonly timings?: Partial<Timings>;
  /** Left out: 30 seconds. At least the drain and one write, at most 120 seconds. */
  readonly stopTimeout?: Duration;
  /** Left out: on demand. `true` costs about a third and interrupts at two minutes' notice. */
  readonly spot?: boolean;
  /** Left out: a quarter of a processor, Fargate's smallest. */
  readonly cpu?: number;
  /** Left out: 512 MB, Fargate's smallest for that processor. */
  readonly memoryLimitMiB?: number;
  /** Left out: ARM, a fifth cheaper; the image must be built for it. */
  readonly cpuArchitecture?: CpuArchitecture;
  /** Left out: a cluster is created. A given one is used with its VPC; Spot needs its providers. */
  readonly cluster?: ICluster;
  /** Left out: that of `cluster`, else a new one over two zones, with a gateway endpoint. */
  readonly vpc?: IVpc;
  /** Left out: `public-ip`, which needs no NAT gateway and opens no port. */
  readonly egress?: Egress;
  /** Left out: none. One that asks who leads would make ECS replace every standby. */
  readonly healthCheck?: HealthCheck;
  /** Left out: only what the constructs set. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** N tasks, one leader. A stopped task's lease is ended early, by the platform's own word. */
export class LeaderService extends Construct implements IGrantable {
  readonly election: string;
  readonly table: IElectionTable;
  readonly cluster: ICluster;
  readonly service: FargateService;
  readonly taskDefinition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly taskStopped: TaskStoppedRule;
  /** Where the tasks write; kept for a month. */
  readonly logGroup: ILogGroup;

  constructor(scope: Construct, id: string, props: LeaderServiceProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    this.election = props.election;
    this.table = props.table;
    const given = props.vpc ?? props.cluster?.vpc;
    const egress = props.egress ?? 'public-ip';
    const network = given ? networkIn(this, given, egress) : createNetwork(this, egress);
    this.cluster = props.cluster ?? this.createCluster(network.vpc);
    this.taskDefinition = this.createTaskDefinition(props);
    this.logGroup = logsFor(this, 'Logs');
    this.container = this.addContainer(props);
    this.service = new FargateService(this, 'Service', {
      cluster: this.cluster,
      taskDefinition: this.taskDefinition,
      desiredCount: props.desiredCount ?? 2,
      // New candidates run before old ones go: a deployment never leaves nobody to take over.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      vpcSubnets: network.subnets,
      assignPublicIp: network.assignPublicIp,
      capacityProviderStrategies: [
        { capacityProvider: props.spot === true ? 'FARGATE_SPOT' : 'FARGATE', weight: 1 },
      ],
    });
    if (network.endpointGroup !== undefined) {
      this.service.connections.allowTo(network.endpointGroup, Port.HTTPS);
    }
    props.table.grantCandidate(this, props.election);
    this.acknowledgeImagePulls();
    this.taskStopped = new TaskStoppedRule(this, 'TaskStopped', {
      election: props.election,
      table: props.table,
      clusterArn: this.cluster.clusterArn,
      serviceName: this.service.serviceName,
    });
  }

  /** The tasks' role, so that `bucket.grantRead(service)` works. */
  get grantPrincipal(): IPrincipal {
    return this.taskDefinition.taskRole;
  }

  /** Lets the tasks check the lease inside fenced transactions. */
  grantLeaseCheck(table: IElectionTable): Grant {
    return table.grantLeaseCheck(this, this.election);
  }

  /** One of the library's metrics of this service's election. */
  metric(name: MetricName, options?: MetricOptions): Metric {
    return this.table.metric(name, this.election, options);
  }

  private createCluster(vpc: IVpc): Cluster {
    const cluster = new Cluster(this, 'Cluster', { vpc, enableFargateCapacityProviders: true });
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        "who leads, since when and how healthy is in the election's own metrics and alarms; Container " +
        'Insights bills a custom metric for each task',
    });
    return cluster;
  }

  private acknowledgeImagePulls(): void {
    const { executionRole } = this.taskDefinition;
    if (executionRole === undefined) return;
    Validations.of(executionRole).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken names no resource; the image itself is named',
    });
  }

  private createTaskDefinition(props: LeaderServiceProps): FargateTaskDefinition {
    const definition = new FargateTaskDefinition(this, 'Task', {
      cpu: props.cpu ?? 256,
      memoryLimitMiB: props.memoryLimitMiB ?? 512,
      runtimePlatform: {
        cpuArchitecture: props.cpuArchitecture ?? CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    Validations.of(definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'the variables name a table, an election and timings; none is a secret',
    });
    return definition;
  }

  private addContainer(props: LeaderServiceProps): ContainerDefinition {
    const { election, table, timings = {}, stopTimeout = STOP_TIMEOUT_DEFAULT } = props;
    return this.taskDefinition.addContainer('Worker', {
      image: props.image,
      readonlyRootFilesystem: true,
      stopTimeout,
      ...(props.healthCheck === undefined ? {} : { healthCheck: props.healthCheck }),
      logging: LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix: 'worker' }),
      environment: {
        ...environmentOf({ election, tableName: table.tableName, timings }),
        TENURE_STOP_TIMEOUT_MS: String(stopTimeout.toMilliseconds()),
        ...props.environment,
      },
    });
  }
}

function problemsOf(props: LeaderServiceProps): readonly string[] {
  const timings = withDefaults(props.timings ?? {});
  const problems = [...electionNameProblems(props.election), ...timingProblems(timings)];
  const stopMs = (props.stopTimeout ?? STOP_TIMEOUT_DEFAULT).toMilliseconds();
  const neededMs = timings.drainMs + timings.writeTimeoutMs;
  if (stopMs < neededMs) {
    problems.push(
      `stopTimeout must be at least drainMs + writeTimeoutMs (${neededMs} ms), got ${stopMs}; ` +
        'raise stopTimeout or lower timings.drainMs',
    );
  }
  if (stopMs > STOP_TIMEOUT_MAX.toMilliseconds()) {
    problems.push(`stopTimeout must be at most 120 seconds, got ${stopMs} ms; lower it`);
  }
  const count = props.desiredCount ?? 2;
  if (!(Number.isInteger(count) && count >= 1)) {
    problems.push(`desiredCount must be a whole number of at least 1, got ${count}; give 2`);
  }
  return problems;
}
