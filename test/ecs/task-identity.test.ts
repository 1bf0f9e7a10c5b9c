import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { candidatePrefixOf, isCandidateOf, taskIdentity } from '../../lib/ecs/index.ts';

const TASK_ID = '0123456789abcdef0123456789abcdef';
const TASK_ARN = `arn:aws:ecs:eu-central-1:123456789012:task/workers/${TASK_ID}`;
const TASK = {
  TaskARN: TASK_ARN,
  Cluster: 'workers',
  Family: 'worker',
  AvailabilityZone: 'eu-central-1a',
};

/** The endpoint as ECS serves it. It gives `answers` in order, and repeats the last one. */
async function metadata(...answers: { status: number; body: unknown }[]) {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    const { status, body } =
      answers.length > 1
        ? (answers.shift() ?? { status: 500, body: '' })
        : (answers[0] ?? { status: 500, body: '' });
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { paths, metadataUri: `http://127.0.0.1:${port}/v4/abc` };
}

test('names the candidate after its task, and says in which zone it is', async () => {
  const { metadataUri, paths } = await metadata({ status: 200, body: TASK });
  expect(await taskIdentity({ metadataUri })).toEqual({
    taskArn: TASK_ARN,
    cluster: 'workers',
    family: 'worker',
    zone: 'eu-central-1a',
    candidatePrefix: `ecs-task/${TASK_ID}`,
    attributes: { taskId: TASK_ID, zone: 'eu-central-1a' },
  });
  expect(paths).toEqual(['/v4/abc/task']);
});

test('has no identity outside ECS', async () => {
  expect(await taskIdentity({ metadataUri: '' })).toBeUndefined();
});

test('asks again while the endpoint does not answer yet', async () => {
  const { metadataUri } = await metadata({ status: 500, body: '' }, { status: 200, body: TASK });
  expect(await taskIdentity({ metadataUri })).toMatchObject({ taskArn: TASK_ARN });
});

test('gives up with what is wrong when the endpoint never answers', async () => {
  const { metadataUri, paths } = await metadata({ status: 404, body: '' });
  await expect(taskIdentity({ metadataUri })).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect(paths).toHaveLength(5);
});

test('refuses metadata of another version', async () => {
  const { metadataUri } = await metadata({ status: 200, body: { Name: 'worker' } });
  await expect(taskIdentity({ metadataUri })).rejects.toThrow(
    'must have the texts TaskARN, Cluster and Family',
  );
});

test('knows the candidates of a task by its ARN, and no others', () => {
  const prefix = candidatePrefixOf(TASK_ARN);
  expect(isCandidateOf(TASK_ARN, `${prefix}/nonce`)).toBe(true);
  expect(isCandidateOf(TASK_ARN, `${prefix}0/nonce`)).toBe(false);
  expect(isCandidateOf(TASK_ARN, 'candidate/nonce')).toBe(false);
  const old = 'arn:aws:ecs:us-east-1:1:task/c5cba4eb-5dad-405e-96db-71ef8eefe6a8';
  expect(candidatePrefixOf(old)).toBe('ecs-task/c5cba4eb-5dad-405e-96db-71ef8eefe6a8');
});

test('refuses an ARN that is not a task', () => {
  for (const arn of ['', TASK_ID, 'arn:aws:ecs:eu-central-1:1:service/workers/worker']) {
    expect(() => candidatePrefixOf(arn)).toThrow("a task's ARN must look like");
  }
});
