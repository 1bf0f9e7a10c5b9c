/**
 * A service of ECS whose tasks compete for one election, where one leads and the others stand by, or for the
 * partitions of a group, where each leads its share.
 *
 * Decides what keeps leadership alive through deployments, zone failures and interruptions: tasks over
 * two zones, new tasks before old ones go, time to drain, and a lease that ends with its task.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import type { Alarm, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IVpc, Port } from 'aws-cdk-lib/aws-ec2';
import {
  AlarmBehavior,
  type BaseService,
  Cluster,
  type ContainerDefinition,
  type ICluster,
  type TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import type { Grant, IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import { acknowledgeDependency } from '../election/dependency-lint.ts';
import { refuse } from '../election/refusal.ts';
import { logsFor } from '../function/function-defaults.ts';
import type { IElectionTable } from '../table/election-table-base.ts';
import { capacityProblems, createService } from './capacity.ts';
import type { LeaderServiceProps } from './leader-service-props.ts';
import { roleOf, type ServiceRole } from './service-role.ts';
import { createTask, STOP_TIMEOUT_DEFAULT } from './task.ts';
import { TaskStoppedRule } from './task-stopped-rule.ts';
import { createNetwork, networkIn } from './worker-network.ts';

/** Fargate's ceiling; a Spot task also gets two minutes of notice. */
const STOP_TIMEOUT_MAX = Duration.seconds(120);
/** ECS reports the end of a Fargate task tens of seconds after its process died. */
const STOPPED_IS_REPORTED_WITHIN_MS = 60_000;

/**
 * N tasks, one leader, whose lease is ended early when ECS reports its task stopped. Or N members of a group,
 * which depose one another.
 */
export class LeaderService extends Construct implements IGrantable {
  /** The election, or the group. */
  readonly election: string;
  readonly table: IElectionTable;
  readonly cluster: ICluster;
  readonly service: BaseService;
  readonly taskDefinition: TaskDefinition;
  readonly container: ContainerDefinition;
  /** Where `endStoppedLeases` holds. */
  readonly taskStopped: TaskStoppedRule | undefined;
  /** Where the tasks write. */
  readonly logGroup: ILogGroup;
  private readonly role: ServiceRole;

  constructor(scope: Construct, id: string, props: LeaderServiceProps) {
    super(scope, id);
    this.role = roleOf(props);
    refuse(this, problemsOf(this.role, props));
    this.election = this.role.name;
    this.table = this.role.table;
    const given = props.vpc ?? props.cluster?.vpc;
    const egress = props.egress ?? (props.capacityProvider ? 'nat' : 'public-ip');
    const network = given ? networkIn(this, given, egress) : createNetwork(this, egress);
    this.cluster = props.cluster ?? this.createCluster(network.vpc);
    this.logGroup = props.logGroup ?? logsFor(this, 'Logs');
    const { definition, container } = createTask(this, {
      ...{ ...props, role: this.role, logGroup: this.logGroup },
    });
    this.taskDefinition = definition;
    this.container = container;
    this.service = createService(this, {
      capacity: props,
      network,
      cluster: this.cluster,
      taskDefinition: this.taskDefinition,
      desiredCount: props.desiredCount ?? 2,
      // New candidates run before old ones go, so that a deployment always leaves one to take over.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      ...deploymentAlarmsOf(this.role.rollBackOn),
      enableExecuteCommand: props.enableExecuteCommand ?? false,
      ...(props.securityGroups === undefined ? {} : { securityGroups: [...props.securityGroups] }),
    });
    // The association of the cluster's capacity providers too: a service outside of it can be created
    // too early, and keeps the cluster from being removed.
    this.service.node.addDependency(this.cluster);
    acknowledgeDependency(this.service);
    // Only for the group of the endpoints: the tasks' own group lets everything out.
    for (const tasks of this.service.connections.securityGroups) {
      network.endpointGroup?.addIngressRule(tasks, Port.HTTPS);
    }
    this.role.grant(this);
    this.taskStopped = endsStopped(props, this.role) ? this.endStopped() : undefined;
  }

  private endStopped(): TaskStoppedRule {
    const { election, table } = this;
    const { clusterArn } = this.cluster;
    const { serviceName } = this.service;
    return new TaskStoppedRule(this, 'TaskStopped', { election, table, clusterArn, serviceName });
  }

  /** The tasks' role, so that `bucket.grantRead(service)` works. */
  get grantPrincipal(): IPrincipal {
    return this.taskDefinition.taskRole;
  }

  /** Lets the tasks check the lease inside fenced transactions. */
  grantLeaseCheck(table: IElectionTable): Grant {
    return this.role.grantLeaseCheck(this, table);
  }

  /** One of the library's metrics of this service's election or group. */
  metric(name: MetricName, options?: MetricOptions): Metric {
    return this.role.metric(name, options);
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
}

/** Of an election alone: the members of a group depose one that is silent, and each of theirs is a row. */
function endsStopped(props: LeaderServiceProps, { timings }: ServiceRole): boolean {
  if (props.group !== undefined) return false;
  const endsByDefault =
    props.capacityProvider === undefined &&
    timings.leaseDurationMs >= STOPPED_IS_REPORTED_WITHIN_MS;
  return props.endStoppedLeases ?? endsByDefault;
}

function deploymentAlarmsOf(alarms: readonly Alarm[] | undefined) {
  if (alarms === undefined) return {};
  const alarmNames = alarms.map(({ alarmName }) => alarmName);
  return { deploymentAlarms: { alarmNames, behavior: AlarmBehavior.ROLLBACK_ON_ALARM } };
}

function problemsOf(role: ServiceRole, props: LeaderServiceProps): readonly string[] {
  const problems = [...role.problems, ...capacityProblems(props)];
  const stopMs = (props.stopTimeout ?? STOP_TIMEOUT_DEFAULT).toMilliseconds();
  if (stopMs < role.stopMsMin) {
    problems.push(
      `stopTimeout must be at least ${role.stopMsMinOf} (${role.stopMsMin} ms), got ${stopMs}; ` +
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
