/**
 * The task of a service that competes to lead: one container, an environment that names its election or group,
 * and time to drain.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import {
  Compatibility,
  type ContainerDefinition,
  type ContainerDefinitionOptions,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDrivers,
  NetworkMode,
  OperatingSystemFamily,
  TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { statedOnly } from '../election/stated-only.ts';
import type { TasksOfService } from './leader-service-props.ts';
import type { ServiceRole } from './service-role.ts';

export const STOP_TIMEOUT_DEFAULT = Duration.seconds(30);

type TaskProps = TasksOfService & { readonly logGroup: ILogGroup; readonly role: ServiceRole };

export function createTask(
  scope: Construct,
  props: TaskProps,
): { readonly definition: TaskDefinition; readonly container: ContainerDefinition } {
  const definition = definitionOf(scope, props);
  Validations.of(definition).acknowledge({
    id: 'AwsSolutions-ECS2',
    reason: 'the variables name a table, an election or group, and timings; none is a secret',
  });
  const container = definition.addContainer('Worker', containerOf(props));
  acknowledgeImagePulls(definition);
  return { definition, container };
}

/** The same task on Fargate and on instances, which have a processor already. */
function definitionOf(scope: Construct, props: TaskProps): TaskDefinition {
  const { cpu = 256, memoryLimitMiB = 512 } = props;
  const roles = statedOnly({ taskRole: props.taskRole, executionRole: props.executionRole });
  if (props.capacityProvider === undefined) {
    const runtimePlatform = {
      cpuArchitecture: props.cpuArchitecture ?? CpuArchitecture.ARM64,
      operatingSystemFamily: OperatingSystemFamily.LINUX,
    };
    return new FargateTaskDefinition(scope, 'Task', {
      ...{ cpu, memoryLimitMiB, runtimePlatform },
      ...roles,
    });
  }
  return new TaskDefinition(scope, 'Task', {
    ...roles,
    compatibility: Compatibility.EC2,
    networkMode: NetworkMode.AWS_VPC,
    cpu: `${cpu}`,
    memoryMiB: `${memoryLimitMiB}`,
  });
}

function containerOf(props: TaskProps): ContainerDefinitionOptions {
  const { role, stopTimeout = STOP_TIMEOUT_DEFAULT } = props;
  return {
    image: props.image,
    // The agent of execute-command writes beside the program.
    readonlyRootFilesystem: props.enableExecuteCommand !== true,
    stopTimeout,
    ...statedOnly({
      healthCheck: props.healthCheck,
      command: props.command && [...props.command],
      secrets: props.secrets,
    }),
    logging: LogDrivers.awsLogs({ logGroup: props.logGroup, streamPrefix: 'worker' }),
    environment: {
      ...role.environment(stopTimeout.toMilliseconds()),
      ...props.environment,
    },
  };
}

function acknowledgeImagePulls({ executionRole }: TaskDefinition): void {
  if (executionRole === undefined) return;
  Validations.of(executionRole).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'ecr:GetAuthorizationToken names no resource; the image itself is named',
  });
}
