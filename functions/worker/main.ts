/**
 * A worker for ECS, EKS or any container: stands by, works while it leads, hands over on SIGTERM.
 *
 * Exits 0 when it was told to stop and has released; 1 when its work got stuck or campaigning is
 * impossible, so that the platform starts another.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbLease } from '../../lib/dynamodb/index.ts';
import { leadUntilStopped, taskIdentity } from '../../lib/ecs/index.ts';
import { createHealth } from '../../lib/health/index.ts';
import { combineJournals, createElection } from '../../lib/index.ts';
import { parseEnvironment } from '../environment.ts';
import { createReporting } from '../reporting.ts';
import { doUnits, workEnvironment } from '../work.ts';

async function main(): Promise<void> {
  const environment = parseEnvironment(process.env, (read) => ({
    ...read.election(),
    ...workEnvironment(read),
    healthPort: read.number('TENURE_HEALTH_PORT', { least: 0, default: 8080 }),
  }));
  const { tableName, attributeNames } = environment;
  const { logger, metrics, journal } = createReporting('worker');
  const health = createHealth();
  await using server = await health.listen({ port: environment.healthPort });
  const identity = await taskIdentity();
  const client = new DynamoDBClient();
  const election = createElection({
    name: environment.name,
    via: dynamoDbLease({ client, tableName, attributeNames }),
    timings: environment.timings,
    candidatePrefix: identity?.candidatePrefix ?? 'worker',
    attributes: identity?.attributes,
    journal: combineJournals(journal, health.journal),
  });
  const { candidateId } = election;
  logger.info('started', { event: 'started', candidateId, healthPort: server.port });
  await leadUntilStopped(
    election,
    async (term) => {
      const { units } = await doUnits(term, { client, ...environment }, Infinity);
      logger.info('drained', { event: 'drained', candidateId, units });
    },
    { stopTimeoutMs: environment.stopTimeoutMs },
  );
  metrics[Symbol.dispose]();
  logger.info('stopped', { event: 'stopped', candidateId });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
