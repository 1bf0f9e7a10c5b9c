/**
 * `ECS Task State Change` events as EventBridge delivers them, with the fields that matter here.
 */
export const TASK_ID = '0123456789abcdef0123456789abcdef';
export const TASK_ARN = `arn:aws:ecs:eu-central-1:123456789012:task/workers/${TASK_ID}`;
export const OWN = {
  clusterArn: 'arn:aws:ecs:eu-central-1:123456789012:cluster/workers',
  serviceName: 'worker',
};

export function stoppedTask(detail: Readonly<Record<string, unknown>> = {}) {
  return {
    version: '0',
    id: '9bcdac79-b31f-4d3d-9410-fbd727c29fab',
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    account: '123456789012',
    region: 'eu-central-1',
    time: '2026-03-01T10:00:00Z',
    resources: [TASK_ARN],
    detail: {
      taskArn: TASK_ARN,
      clusterArn: OWN.clusterArn,
      group: `service:${OWN.serviceName}`,
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      launchType: 'FARGATE',
      stoppedReason: 'Essential container in task exited',
      version: 7,
      ...detail,
    },
  };
}
