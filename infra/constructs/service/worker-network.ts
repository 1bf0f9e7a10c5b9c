/**
 * Where the tasks of a `LeaderService` run when the app brings no VPC.
 *
 * Decides how they reach AWS: each choice says what it costs and what it opens. The lease table is
 * always reached through a gateway endpoint, which is free and keeps its traffic inside AWS.
 */
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  SecurityGroup,
  type SubnetConfiguration,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { refuse } from '../election/refusal.ts';
import { logsFor } from '../function/function-defaults.ts';

/** Two, so that the loss of one zone leaves a candidate. */
export const ZONES_MIN = 2;

/**
 * `public-ip`: tasks in public subnets with an address each and no open port; $3.60 a month and task.
 * `nat`: private subnets behind one NAT gateway; $33 a month and $0.045 a gigabyte.
 * `endpoints`: isolated subnets, and interface endpoints for image pulls and logs; $44 a month in two
 * zones; nothing but AWS can be reached. Prices of us-east-1, 2026, at 730 hours a month.
 */
export type Egress = 'public-ip' | 'nat' | 'endpoints';

const SUBNET_TYPES: Readonly<Record<Egress, SubnetType>> = {
  'public-ip': SubnetType.PUBLIC,
  nat: SubnetType.PRIVATE_WITH_EGRESS,
  endpoints: SubnetType.PRIVATE_ISOLATED,
};

export interface WorkerNetwork {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly assignPublicIp: boolean;
  /** Of the interface endpoints, where there are any: tasks must be let in. */
  readonly endpointGroup?: SecurityGroup;
}

/** Adds the endpoint of DynamoDB to a VPC that is created here. */
export function createNetwork(scope: Construct, egress: Egress): WorkerNetwork {
  const vpc = new Vpc(scope, 'Vpc', {
    maxAzs: ZONES_MIN,
    natGateways: egress === 'nat' ? 1 : 0,
    subnetConfiguration: subnetsFor(egress),
    // To close it CDK deploys a function of its own with wider rights; nothing here uses the group.
    restrictDefaultSecurityGroup: false,
    gatewayEndpoints: {
      DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      // Layers of container images come from S3.
      S3: { service: GatewayVpcEndpointAwsService.S3 },
    },
    flowLogs: {
      Rejected: {
        destination: FlowLogDestination.toCloudWatchLogs(logsFor(scope, 'FlowLogs')),
        trafficType: FlowLogTrafficType.REJECT,
      },
    },
  });
  const network = networkIn(scope, vpc, egress);
  return egress === 'endpoints' ? { ...network, endpointGroup: addEndpoints(vpc) } : network;
}

/** Takes over a VPC of the app; its endpoints are the app's. */
export function networkIn(scope: Construct, vpc: IVpc, egress: Egress): WorkerNetwork {
  const subnets: SubnetSelection = { subnetType: SUBNET_TYPES[egress] };
  const zones = new Set(vpc.selectSubnets(subnets).availabilityZones).size;
  refuse(scope, zones < ZONES_MIN ? [zonesProblem(zones)] : []);
  return { vpc, subnets, assignPublicIp: egress === 'public-ip' };
}

function zonesProblem(zones: number): string {
  return (
    `tasks must spread over at least ${ZONES_MIN} availability zones, got ${zones}; ` +
    'give a VPC with subnets in more zones'
  );
}

function subnetsFor(egress: Egress): SubnetConfiguration[] {
  const tasks: SubnetConfiguration = { name: 'Tasks', subnetType: SUBNET_TYPES[egress] };
  if (egress !== 'nat') return [tasks];
  return [{ name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }, tasks];
}

/** Only tasks that are let into the group reach the endpoints, and nothing else in the VPC does. */
function addEndpoints(vpc: Vpc): SecurityGroup {
  const group = new SecurityGroup(vpc, 'Endpoints', { vpc, allowAllOutbound: false });
  const services = {
    EcrApi: InterfaceVpcEndpointAwsService.ECR,
    EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
    Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  };
  for (const [id, service] of Object.entries(services)) {
    vpc.addInterfaceEndpoint(id, { service, open: false, securityGroups: [group] });
  }
  return group;
}
