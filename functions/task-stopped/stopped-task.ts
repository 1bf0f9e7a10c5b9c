/**
 * Which events mean that a candidate's process is dead.
 *
 * Only `STOPPED`, and only on Fargate: there the microVM is gone with the task. `STOPPING` still drains
 * and may well write; on EC2 an agent that lost its connection reports tasks stopped that still run.
 */

export interface OwnService {
  readonly clusterArn: string;
  readonly serviceName: string;
}

interface TaskStateChange {
  readonly source?: unknown;
  readonly 'detail-type'?: unknown;
  readonly detail?: {
    readonly clusterArn?: unknown;
    readonly group?: unknown;
    readonly lastStatus?: unknown;
    readonly launchType?: unknown;
    readonly taskArn?: unknown;
  };
}

/** The ARN of the stopped task, where the event is about one of this cluster and service. */
export function stoppedTaskOf(event: unknown, own: OwnService): string | undefined {
  const change = (event ?? {}) as TaskStateChange;
  const { clusterArn, group, lastStatus, launchType, taskArn } = change.detail ?? {};
  const stopped =
    change.source === 'aws.ecs' &&
    change['detail-type'] === 'ECS Task State Change' &&
    lastStatus === 'STOPPED' &&
    launchType === 'FARGATE' &&
    clusterArn === own.clusterArn &&
    group === `service:${own.serviceName}`;
  return stopped && typeof taskArn === 'string' ? taskArn : undefined;
}
