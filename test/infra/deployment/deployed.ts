/**
 * The synthesized app, deployed to this machine: tables on DynamoDB Local, queues on the strict SQS,
 * functions and workers as processes, every name and variable out of `cdk.out`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { bundleFunctions } from '../../../functions/bundle.ts';
import { environmentFor, type FreshTable, freshTable } from '../../support/dynamodb.ts';
import { type FaultProxy, startFaultProxy } from '../../support/network/fault-proxy.ts';
import { type StrictSqs, startStrictSqs } from '../../support/sqs/strict-sqs.ts';
import { appWith } from '../app/synthesized.ts';
import { actionsOf, type Call, isAllowed, type Statement } from '../permissions/iam.ts';
import { callsOf } from '../permissions/recorded-calls.ts';
import { type LocalCloud, openCloudAssembly } from './cloud-assembly.ts';
import { type EventBridge, startEventBridge } from './event-bridge.ts';
import { createTable, resourcesOf } from './local-deployment.ts';

/** Inside the repository, so that bundles find the SDK that Lambda would bring; ignored by git. */
const ARTEFACTS = join(import.meta.dirname, '..', '..', '..', '.artifacts');

export const CLUSTER_ARN = 'arn:aws:ecs:us-east-1:123456789012:cluster/deployed';
export const SERVICE_NAME = 'deployed-service';

export interface Deployed extends AsyncDisposable {
  readonly cloud: LocalCloud;
  readonly local: FreshTable;
  readonly sqs: StrictSqs;
  readonly bus: EventBridge;
  /** The one resource of this type whose logical id begins with `prefix`. */
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any resource
  find(stack: string, type: string, prefix?: string): { id: string; properties: any };
  /** The environment of a function, with endpoints of this machine. */
  environmentOf(stack: string, logicalId: string, dynamoDb?: FaultProxy): Record<string, string>;
  bundleOf(stack: string, logicalId: string): string;
  /** What the role of this policy may do. */
  statementsOf(stack: string, policyPrefix: string): readonly Statement[];
}

export async function deploy(context: Readonly<Record<string, string>>): Promise<Deployed> {
  await mkdir(ARTEFACTS, { recursive: true });
  const [outdir] = await Promise.all([mkdtemp(join(ARTEFACTS, 'deployed-')), bundleFunctions()]);
  appWith(context, { outdir, bundle: true }).app.synth();
  const cloud = openCloudAssembly(outdir);
  const [local, sqs, bus] = await Promise.all([freshTable(), startStrictSqs(), startEventBridge()]);
  await createTables(cloud, local);
  await createQueues(cloud, sqs);
  nameTheRest(cloud);

  const find: Deployed['find'] = (stack, type, prefix = '') => {
    const found = resourcesOf(cloud.template(stack), type).filter(({ id }) =>
      id.startsWith(prefix),
    );
    const [one, ...others] = found;
    if (one === undefined || others.length > 0) {
      throw new Error(`${found.length} of ${type} begin with ${prefix} in ${stack}, not one`);
    }
    return one;
  };
  return {
    cloud,
    local,
    sqs,
    bus,
    find,
    environmentOf(stack, logicalId, dynamoDb) {
      const { Environment } = cloud.template(stack).Resources[logicalId]?.Properties ?? {};
      return {
        ...environmentFor(dynamoDb?.endpoint ?? local.endpoint),
        AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
        ...cloud.resolve(stack, Environment.Variables),
      };
    },
    bundleOf: (stack, logicalId) => join(cloud.assetOf(stack, logicalId), 'index.mjs'),
    statementsOf(stack, policyPrefix) {
      const { properties } = find(stack, 'AWS::IAM::Policy', policyPrefix);
      const statements: Statement[] = properties.PolicyDocument.Statement;
      return statements.filter((statement) => actionsOf(statement)[0]?.startsWith('dynamodb:'));
    },
    async [Symbol.asyncDispose]() {
      local[Symbol.dispose]();
      await Promise.all([sqs[Symbol.asyncDispose](), bus[Symbol.asyncDispose]()]);
      await rm(outdir, { recursive: true });
    },
  };
}

/** A proxy that keeps what a role asks of DynamoDB. */
export const watchDynamoDb = ({ local }: Deployed): Promise<FaultProxy> =>
  startFaultProxy(local.endpoint);

/** The calls through a proxy that these statements would have refused. */
export function refusedBy(statements: readonly Statement[], proxy: FaultProxy): readonly Call[] {
  return proxy.exchanges
    .flatMap(({ operation, body }) => callsOf(operation, JSON.parse(body), ''))
    .filter((call) => !isAllowed(statements, call));
}

async function createTables(cloud: LocalCloud, { client }: FreshTable): Promise<void> {
  const stack = 'TenureState';
  for (const { id, properties } of resourcesOf(
    cloud.template(stack),
    'AWS::DynamoDB::GlobalTable',
  )) {
    const ref = `${id}-${randomUUID()}`;
    const { streamArn = '' } = await createTable(client, ref, properties);
    const Arn = `arn:aws:dynamodb:us-east-1:123456789012:table/${ref}`;
    cloud.created(stack, id, { ref, attributes: { Arn, StreamArn: streamArn } });
  }
}

/** Dead-letter queues first, since others name them. */
async function createQueues(cloud: LocalCloud, { client }: StrictSqs): Promise<void> {
  const stack = 'TenureQueue';
  const queues = resourcesOf(cloud.template(stack), 'AWS::SQS::Queue');
  const ordered = queues.toSorted((a, b) => depthOf(a.properties) - depthOf(b.properties));
  for (const { id, properties } of ordered) {
    const QueueName = `${id}-${randomUUID()}.fifo`;
    const Attributes = attributesOf(cloud.resolve(stack, properties));
    const { QueueUrl: ref = '' } = await client.send(
      new CreateQueueCommand({ QueueName, Attributes }),
    );
    const Arn = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`;
    cloud.created(stack, id, { ref, attributes: { Arn } });
  }
}

const depthOf = (properties: object) => ('RedrivePolicy' in properties ? 1 : 0);

/** The attributes of a queue: SQS has CloudFormation's names for them, except for encryption. */
export function attributesOf(
  properties: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const entries = Object.entries(properties).filter(([name]) => name !== 'SqsManagedSseEnabled');
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** Names the resources that templates refer to and that do not run here: a cluster, a service. */
function nameTheRest(cloud: LocalCloud): void {
  const stack = 'TenureWorkers';
  for (const { id } of resourcesOf(cloud.template(stack), 'AWS::ECS::Cluster')) {
    cloud.created(stack, id, { ref: 'deployed', attributes: { Arn: CLUSTER_ARN } });
  }
  for (const { id } of resourcesOf(cloud.template(stack), 'AWS::ECS::Service')) {
    cloud.created(stack, id, { ref: SERVICE_NAME, attributes: { Name: SERVICE_NAME } });
  }
}
