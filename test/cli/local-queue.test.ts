/**
 * `tenure local --queue`: an SQS to try `tenure run --queue` on.
 */
import { expect, it } from 'vitest';
import { dynamoDbEndpoint } from '../support/dynamodb.ts';
import { startTenure } from '../support/tenure.ts';
import { until } from '../support/until.ts';

it('offers a queue in which the first candidate leads at once, until it is stopped', async () => {
  const env = { AWS_ENDPOINT_URL_SQS: undefined, TENURE_SQS_ENDPOINT: undefined };
  const endpoint = await dynamoDbEndpoint();
  const args = ['local', '--table', 'with-queue', '--queue', 'night/report', '--json'];
  const local = startTenure(args, undefined, { env, endpoint });
  await until(() => local.stderr().includes('ready'));
  const variables = JSON.parse(local.stdout()) as Record<string, string>;
  const { TENURE_QUEUE_URL: queueUrl = '' } = variables;
  expect(queueUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\d+\/night_report-[0-9a-f]{12}\.fifo$/);
  expect(variables.AWS_ENDPOINT_URL_SQS).toBe(new URL(queueUrl).origin);

  const command = ['--', 'sh', '-c', 'exit 5'];
  const run = startTenure(['run', 'night/report', '--queue', queueUrl, ...command], undefined, {
    env: variables,
  });
  expect(await run.ended()).toEqual({ code: 5, signal: null });

  local.signal('SIGTERM');
  expect(await local.ended()).toEqual({ code: 0, signal: null });
  await expect(fetch(queueUrl)).rejects.toThrow();
});
