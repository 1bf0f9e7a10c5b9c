/** What a process finds around it: variables, task metadata, addresses. Each is usable, or a typed error. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseEnvironment } from '../../functions/environment.ts';
import { workEnvironment } from '../../functions/work.ts';
import { candidatePrefixOf, isCandidateOf, taskIdentity } from '../../lib/ecs/index.ts';
import { createElection, isTenureError } from '../../lib/index.ts';
import { localDynamoDb, localSqs } from '../../lib/local/index.ts';
import { memoryLease } from '../../lib/testing/index.ts';

const RUNS = { numRuns: 300, seed: 11 };
const NAMES = [
  ...['TENURE_TABLE', 'TENURE_ELECTION', 'TENURE_WORK_TABLE', 'TENURE_UNIT_MS', 'TENURE_HOLD'],
  ...['TENURE_LEASE_MS', 'TENURE_RENEW_MS', 'TENURE_MARGIN_MS', 'TENURE_LOSS_GRACE_MS'],
  ...['TENURE_WRITE_TIMEOUT_MS', 'TENURE_DRAIN_MS', 'TENURE_RANK', 'TENURE_STAGGER_MS'],
  ...['TENURE_CLOCK_ERROR_MS_MAX'],
];
const ENDLESS = '9'.repeat(400);
const oddText = fc.oneof(
  fc.string(),
  fc.nat({ max: 100_000 }).map(String),
  fc.double().map(String),
  fc.constantFrom('', ' ', '10s', '-1', '1e3', '0x10', 'Infinity', 'NaN', '1_000', ENDLESS, '\n7'),
);
const variables = fc
  .dictionary(fc.constantFrom(...NAMES), oddText, { maxKeys: 3 })
  .map((odd) => ({ TENURE_TABLE: 'leases', TENURE_ELECTION: 'reports', ...odd }));

function parsed(given: Readonly<Record<string, string>>) {
  return parseEnvironment(given, (read) => ({
    ...read.election(),
    ...workEnvironment(read),
    hold: read.choice('TENURE_HOLD', ['invocation', 'sticky']),
  }));
}

function outcomeOf<T>(act: () => T) {
  try {
    return { value: act(), error: undefined };
  } catch (error) {
    return { value: undefined, error };
  }
}

describe('the environment of a function', () => {
  it('names every variable that is wrong, or elects with numbers that are finite', () => {
    let [elected, refused] = [0, 0];
    fc.assert(
      fc.property(variables, (given) => {
        const { value, error } = outcomeOf(() => {
          const { name, timings, unitMs } = parsed(given);
          for (const ms of [unitMs, ...Object.values(timings)]) expect(ms).toBeLessThan(Infinity);
          return createElection({ name, via: memoryLease(), timings });
        });
        if (value !== undefined) elected += 1;
        else refused += 1;
        if (error !== undefined)
          expect(isTenureError(error, 'INVALID_OPTIONS'), `${error}`).toBe(true);
      }),
      RUNS,
    );
    expect(Math.min(elected, refused)).toBeGreaterThan(50);
  });

  it.each(['10s', '-1', '1e3', '0x10', 'Infinity', 'NaN', '1_000', '.5', '1.', '+1', ENDLESS])(
    'takes no number from %.12s',
    (text) => {
      const given = { TENURE_TABLE: 't', TENURE_ELECTION: 'e', TENURE_LEASE_MS: text };
      const { error } = outcomeOf(() => parsed(given));

      expect(isTenureError(error, 'INVALID_OPTIONS')).toBe(true);
      expect(String(error)).toContain('TENURE_LEASE_MS');
    },
  );
});

/** A task metadata endpoint that answers with `body`. */
async function answering(body: () => string): Promise<string> {
  const server = createServer((_request, response) => response.end(body()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ARN = 'arn:aws:ecs:eu-west-1:123456789012:task/c/0123456789abcdef0123456789abcdef';

describe('task metadata', () => {
  it('is an identity, or a typed error', async () => {
    let [metadata, named] = ['', 0];
    const metadataUri = await answering(() => metadata);
    const text = fc.oneof(fc.constant(ARN), fc.string(), fc.jsonValue());
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.record({ TaskARN: text, Cluster: text, Family: text, AvailabilityZone: text }),
    );
    await fc.assert(
      fc.asyncProperty(odd, async (given) => {
        metadata = JSON.stringify(given);
        const error = await taskIdentity({ metadataUri }).then(
          (identity) => {
            named += 1;
            expect(identity).toMatchObject({ taskArn: ARN });
          },
          (cause: unknown) => cause,
        );
        if (error !== undefined)
          expect(isTenureError(error, 'MALFORMED_DATA'), `${error}`).toBe(true);
      }),
      RUNS,
    );
    expect(named).toBeGreaterThan(10);
  });

  it.each([
    ['no address', async () => 'not an address'],
    ['no JSON', () => answering(() => '<html>')],
    ['nobody there', async () => 'http://127.0.0.1:9'],
  ])('is not found where there is %s', async (_what, endpoint) => {
    const error = await taskIdentity({ metadataUri: await endpoint() }).catch((e: unknown) => e);

    expect(isTenureError(error, 'UNREACHABLE'), String(error)).toBe(true);
  });

  it('of an event names a candidate by the ARN of a task alone', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant(ARN)), fc.string(), (arn, candidateId) => {
        const { value, error } = outcomeOf(() => [
          candidatePrefixOf(arn),
          isCandidateOf(arn, candidateId),
        ]);
        if (value === undefined) expect(isTenureError(error, 'MALFORMED_DATA')).toBe(true);
        else expect(value).toEqual([expect.stringMatching(/^ecs-task\/[0-9a-f-]+$/), false]);
      }),
      RUNS,
    );
  });
});

describe('the address of a local service', () => {
  it.each(['localhost:8000', 'x', '127.0.0.1', 'file:///etc', 'http://', ' '])(
    'is not %j',
    async (address) => {
      const opened = [
        localDynamoDb({ env: { TENURE_DYNAMODB_ENDPOINT: address } }),
        localDynamoDb({ env: { AWS_ENDPOINT_URL_DYNAMODB: address } }),
        localSqs({ env: { TENURE_SQS_ENDPOINT: address } }),
        localSqs({ env: { AWS_ENDPOINT_URL_SQS: address } }),
      ];
      for (const { reason } of (await Promise.allSettled(opened)) as { reason?: unknown }[]) {
        expect(isTenureError(reason, 'INVALID_OPTIONS'), String(reason)).toBe(true);
      }
    },
  );

  it.each(['', 'null', '{}', '<html>', '{"QueueUrl":7}', '{"message":{}}'])(
    'that answers %j is no SQS',
    async (body) => {
      const sqs = await localSqs({ env: { TENURE_SQS_ENDPOINT: await answering(() => body) } });

      const error = await sqs.createQueue('e.fifo').catch((cause: unknown) => cause);

      expect(isTenureError(error, 'UNREACHABLE'), String(error)).toBe(true);
    },
  );
});
