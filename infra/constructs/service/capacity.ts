/**
 * What the tasks of a `LeaderService` run on: Fargate, or the instances of an Auto Scaling group.
 *
 * Decides where they are placed, so that the loss of a zone leaves a candidate, and refuses what ECS would
 * refuse when it is deployed.
 */
import { Token } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  type BaseService,
  type BaseServiceOptions,
  type CapacityProviderStrategy,
  Cluster,
  Ec2Service,
  FargateService,
  PlacementStrategy,
  type TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { LeaderServiceProps } from './leader-service-props.ts';
import type { WorkerNetwork } from './worker-network.ts';

type Capacity = Pick<
  LeaderServiceProps,
  | 'capacityProvider'
  | 'capacityProviderStrategies'
  | 'cluster'
  | 'cpuArchitecture'
  | 'egress'
  | 'endStoppedLeases'
  | 'spot'
  | 'vpc'
>;

export interface ServiceSettings extends Omit<BaseServiceOptions, 'capacityProviderStrategies'> {
  readonly capacity: Capacity;
  readonly network: WorkerNetwork;
  readonly taskDefinition: TaskDefinition;
  readonly securityGroups?: ISecurityGroup[];
}

export function createService(
  scope: Construct,
  { capacity, network, ...settings }: ServiceSettings,
): BaseService {
  const { capacityProvider, capacityProviderStrategies, spot } = capacity;
  const common = { ...settings, vpcSubnets: network.subnets };
  if (capacityProvider === undefined) {
    return new FargateService(scope, 'Service', {
      ...common,
      assignPublicIp: network.assignPublicIp,
      capacityProviderStrategies: capacityProviderStrategies ?? fargateStrategies(spot),
    });
  }
  // Says once more what an app may have said already; of an imported cluster only its owner can say it.
  if (settings.cluster instanceof Cluster)
    settings.cluster.addAsgCapacityProvider(capacityProvider);
  const { capacityProviderName } = capacityProvider;
  return new Ec2Service(scope, 'Service', {
    ...common,
    capacityProviderStrategies: [{ capacityProvider: capacityProviderName, weight: 1 }],
    // Then over instances: the loss of one leaves a candidate too.
    placementStrategies: [
      PlacementStrategy.spreadAcross('attribute:ecs.availability-zone'),
      PlacementStrategy.spreadAcrossInstances(),
    ],
  });
}

const FARGATE: readonly string[] = ['FARGATE', 'FARGATE_SPOT'];

/** One task on demand, even where Spot has no capacity; the others where they are cheap. */
function fargateStrategies(spot = false): CapacityProviderStrategy[] {
  if (!spot) return [{ capacityProvider: 'FARGATE', weight: 1 }];
  return [
    { capacityProvider: 'FARGATE', base: 1, weight: 0 },
    { capacityProvider: 'FARGATE_SPOT', weight: 1 },
  ];
}

/** What ECS would refuse, or what would end the lease of a task that lives. */
export function capacityProblems(capacity: Capacity): readonly string[] {
  const { capacityProvider, capacityProviderStrategies = [] } = capacity;
  if (capacityProvider !== undefined) return instanceProblems(capacity);
  return capacityProviderStrategies
    .map(({ capacityProvider: name }) => name)
    .filter((name) => !FARGATE.includes(name))
    .map(
      (name) =>
        `capacityProviderStrategies must name FARGATE or FARGATE_SPOT, got ` +
        `${Token.isUnresolved(name) ? 'a provider of the app' : name}; give capacityProvider for instances`,
    );
}

function instanceProblems(capacity: Capacity): readonly string[] {
  const { spot, capacityProviderStrategies, cluster, vpc, egress, endStoppedLeases } = capacity;
  const problems: string[] = [];
  if (cluster === undefined && vpc === undefined) {
    problems.push(
      'capacityProvider needs vpc or cluster, got neither; give those of its instances',
    );
  }
  if (spot)
    problems.push('spot is Fargate’s, got it with capacityProvider; have the group buy Spot');
  if (capacityProviderStrategies !== undefined) {
    problems.push(
      'capacityProviderStrategies are Fargate’s, got them with capacityProvider; leave one out',
    );
  }
  if (capacity.cpuArchitecture !== undefined) {
    problems.push(
      'cpuArchitecture is that of the instances, got one with capacityProvider; leave it out',
    );
  }
  if (egress === 'public-ip') {
    problems.push(
      'egress must be nat or endpoints with capacityProvider, got public-ip: an instance gives its tasks no ' +
        'public address; choose one of them',
    );
  }
  if (endStoppedLeases) {
    problems.push(
      'endStoppedLeases must be left out with capacityProvider, got true: ECS also reports a task stopped ' +
        'whose instance it cannot reach, and that task may lead',
    );
  }
  return problems;
}
