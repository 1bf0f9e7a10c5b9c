/**
 * Ends the lease of a task that ECS reports stopped, so that a standby need not wait it out.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLeaseClient, createLeaseStore } from '../../lib/dynamodb/index.ts';
import { parseEnvironment } from '../environment.ts';
import { createReporting } from '../reporting.ts';
import { endStoppedLease } from './end-stopped-lease.ts';
import { stoppedTaskOf } from './stopped-task.ts';

const environment = parseEnvironment(process.env, (read) => ({
  ...read.election(),
  clusterArn: read.text('TENURE_CLUSTER_ARN'),
  serviceName: read.text('TENURE_SERVICE_NAME'),
}));

const { logger } = createReporting('task-stopped');
const { tableName, attributeNames, name: election } = environment;
const store = createLeaseStore({
  client: createLeaseClient({ client: new DynamoDBClient() }),
  tableName,
  attributeNames,
  election,
  historyDays: 0,
});

export async function handler(event: unknown) {
  const taskArn = stoppedTaskOf(event, environment);
  if (taskArn === undefined) {
    logger.info('not a stopped Fargate task of this service', { election });
    return { outcome: 'not-ours' };
  }
  const outcome = await endStoppedLease(store, taskArn);
  logger.info('a task has stopped', { election, taskArn, outcome });
  return { outcome };
}
