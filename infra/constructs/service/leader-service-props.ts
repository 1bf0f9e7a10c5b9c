/**
 * What of a service that competes to lead can be chosen, and what happens when it is left out.
 */
import type { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import type {
  AsgCapacityProvider,
  CapacityProviderStrategy,
  ContainerImage,
  CpuArchitecture,
  HealthCheck,
  ICluster,
  Secret,
} from 'aws-cdk-lib/aws-ecs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Timings } from '../../../lib/core/time/timing.ts';
import type { ElectionGroup } from '../group/election-group.ts';
import type { GroupAlarms } from '../group/group-alarms.ts';
import type { IElectionTable } from '../table/election-table-base.ts';
import type { ElectionAlarms } from '../watching/election-alarms.ts';
import type { Egress } from './worker-network.ts';

/** Tasks that compete for one election, or for the partitions of a group. */
export type LeaderServiceProps = ElectionOfService | GroupOfService;

/** One leads, the others stand by. */
export interface ElectionOfService extends TasksOfService {
  readonly election: string;
  readonly table: IElectionTable;
  readonly group?: undefined;
  /** Left out: the library's defaults. Given ones reach the container as variables. */
  readonly timings?: Partial<Timings>;
  /**
   * Alarms of this election that roll a deployment back: "nobody leads" and "changes too often". Left
   * out: a deployment counts as good once its tasks run, whether or not the new code has led. ECS watches
   * none that is in ALARM when the deployment starts, so the first one goes through.
   */
  readonly deploymentAlarms?: ElectionAlarms;
  /**
   * Whether the lease of a task that ECS reports stopped is ended. ECS says so tens of seconds after the
   * death of a Fargate task. Left out: true for leases of a minute and more; a shorter one has run out
   * before. Not with `capacityProvider`: ECS also reports a task stopped whose instance it cannot reach, and
   * that task may be alive.
   */
  readonly endStoppedLeases?: boolean;
}

/** Each is a member and leads its share. Name, table, timings and alarms are those of `group`. */
export interface GroupOfService extends TasksOfService {
  readonly group: ElectionGroup;
  readonly election?: undefined;
  /** A member that is silent is deposed by the others. */
  readonly endStoppedLeases?: undefined;
  /**
   * How long a new task waits for one that leaves, whose whole share it then takes in one move. Left out: two
   * minutes, since a deployment starts the new task first. A service that is scaled out waits as long before
   * it uses the new tasks; `Duration.millis(0)` lets them in at once, and costs a deployment twice the moves.
   */
  readonly spare?: Duration;
  /**
   * `alarms` of the group, to roll a deployment back: "partitions have no leader" and "partitions move too
   * often". Left out: a deployment counts as good once its tasks run.
   */
  readonly deploymentAlarms?: GroupAlarms;
}

/** What the tasks are, whatever they compete for. */
export interface TasksOfService {
  /** What each task runs: a program that campaigns, or `tenure run` with yours. */
  readonly image: ContainerImage;
  /** Left out: two, so that one can take over. One task works and leaves nobody to. */
  readonly desiredCount?: number;
  /**
   * Left out: 30 seconds. At least the drain and one write, for a group two renew intervals more, and at most
   * 120 seconds.
   */
  readonly stopTimeout?: Duration;
  /**
   * Left out: on demand. `true` costs about a third for all tasks but one, which stays on demand: where
   * Spot has no capacity, somebody can still lead.
   */
  readonly spot?: boolean;
  /** Left out: as `spot` says. Given: yours, of `FARGATE` and `FARGATE_SPOT`. */
  readonly capacityProviderStrategies?: CapacityProviderStrategy[];
  /**
   * Left out: the tasks run on Fargate. Given: on the instances of this Auto Scaling group, spread over their
   * zones, each task with a network interface of its own. It needs `vpc` or `cluster`, where the instances
   * are, and subnets that reach AWS without a public address: an instance gives its tasks none.
   */
  readonly capacityProvider?: AsgCapacityProvider;
  /** Left out: a quarter of a processor, Fargate's smallest. */
  readonly cpu?: number;
  /** Left out: 512 MB, Fargate's smallest for that processor. */
  readonly memoryLimitMiB?: number;
  /** Left out: ARM, a fifth cheaper; with `capacityProvider` that of the instances. The image must be built for it. */
  readonly cpuArchitecture?: CpuArchitecture;
  /** Left out: a cluster is created. A given one is used with its VPC; Spot needs its providers. */
  readonly cluster?: ICluster;
  /** Left out: that of `cluster`, else a new one over two zones, with a gateway endpoint. */
  readonly vpc?: IVpc;
  /**
   * Left out: `public-ip`, which needs no NAT gateway and opens no port; with `capacityProvider` `nat`, which
   * are subnets behind a NAT gateway of yours.
   */
  readonly egress?: Egress;
  /** Left out: none. One that asks who leads would make ECS replace every standby. */
  readonly healthCheck?: HealthCheck;
  /** Left out: only what the constructs set. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Left out: the image's own command. */
  readonly command?: readonly string[];
  /** Variables whose values ECS takes from Secrets Manager or Parameter Store. Left out: none. */
  readonly secrets?: Readonly<Record<string, Secret>>;
  /** Left out: a role is made. A given one gets the grants of a candidate or member, and nothing else. */
  readonly taskRole?: IRole;
  /** Pulls the image and writes logs. Left out: a role is made. */
  readonly executionRole?: IRole;
  /** Left out: one is made that lets nothing in. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** Left out: a group that keeps a month and goes with its stack. */
  readonly logGroup?: ILogGroup;
  /** Left out: false. `true` lets `aws ecs execute-command` in, and makes the file system writable. */
  readonly enableExecuteCommand?: boolean;
}
