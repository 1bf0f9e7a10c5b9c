/**
 * What the grant of a baton renders, against every call of a term over a queue with the rendered
 * properties: nothing missing, nothing to spare.
 */
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, it, onTestFinished } from 'vitest';
import { BatonQueue } from '../../../infra/index.ts';
import { createElection, type JournalEvent } from '../../../lib/index.ts';
import { seedBaton, sqsBaton } from '../../../lib/sqs/index.ts';
import { startStrictSqs } from '../../support/sqs/strict-sqs.ts';
import { attributesOf } from '../deployment/deployed.ts';
import { resourcesOf } from '../deployment/local-deployment.ts';
import { actionsOf } from './iam.ts';

const VISIBILITY_MS = 4_000;

function rendered() {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Test');
  const baton = new BatonQueue(stack, 'Baton', {
    election: 'orders',
    visibilityTimeout: Duration.millis(VISIBILITY_MS),
    pollWait: Duration.seconds(1),
  });
  const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
  baton.grantCandidate(new Role(stack, 'Role', { assumedBy }));
  const template = Template.fromStack(stack).toJSON() as never;
  const [queue] = resourcesOf(template, 'AWS::SQS::Queue');
  const [policy] = resourcesOf(template, 'AWS::IAM::Policy');
  const actions: string[] = policy?.properties.PolicyDocument.Statement.flatMap(actionsOf);
  return { attributes: attributesOf(queue?.properties), actions };
}

/** IAM authorises a batch as its single form. */
const actionOf = (operation: string) => `sqs:${operation.replace(/Batch$/, '')}`;

it('a candidate of a baton may make every call of a term, and no right of it is idle', async () => {
  const sqs = await startStrictSqs();
  onTestFinished(() => sqs[Symbol.asyncDispose]());
  const { attributes, actions } = rendered();
  const created = await sqs.client.send(
    new CreateQueueCommand({ QueueName: 'orders.fifo', Attributes: attributes }),
  );
  const queueUrl = created.QueueUrl ?? '';
  await seedBaton({ queueUrl, clientConfig: sqs.clientConfig, election: 'orders' });
  const before = sqs.calls.length;

  const renewed = Promise.withResolvers<void>();
  const election = createElection({
    name: 'orders',
    via: sqsBaton({ queueUrl, clientConfig: sqs.clientConfig, pollWaitMs: 1_000 }),
    timings: { leaseDurationMs: VISIBILITY_MS },
    journal: { record: ({ event }: JournalEvent) => event === 'renewed' && renewed.resolve() },
  });
  await election.lead(() => renewed.promise);

  const made = new Set(sqs.calls.slice(before).map(({ action }) => actionOf(action)));
  expect(made).toEqual(new Set(actions));
});
