/**
 * The local account as a test holds it: its server, its clients, and what a stack was given.
 */
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Cdk, cdkOf } from './cdk.ts';
import { createMetricBridge, type MetricBridge } from './metric-bridge.ts';
import { REGION, type Server, startServer } from './server.ts';
import { ROOT, run } from './shell.ts';

export interface Account extends AsyncDisposable {
  readonly server: Server;
  readonly cdk: Cdk;
  readonly clients: ReturnType<typeof clientsOf>;
  readonly bridge: MetricBridge;
  outputsOf(stack: string): Promise<Readonly<Record<string, string>>>;
  /** The physical id of the one resource of this type whose logical id begins with `logicalPrefix`. */
  physicalId(stack: string, type: string, logicalPrefix: string): Promise<string>;
  physicalIds(stack: string, type: string): Promise<readonly string[]>;
  /** Calls a service for which the account has no client of its own. */
  // biome-ignore lint/suspicious/noExplicitAny: the answer of any call
  call(target: string, input: object): Promise<any>;
  /** `tenure` as an operator types it. Gives what it printed, and its exit code where that is not 0. */
  tenure(...args: readonly string[]): Promise<string>;
  /** Ends with the account, in the reverse order of adding. */
  own(resource: AsyncDisposable): void;
}

export async function openAccount(): Promise<Account> {
  const server = await startServer();
  const owned = new AsyncDisposableStack();
  owned.use(server);
  const clients = clientsOf(server.endpoint);
  owned.defer(() => {
    for (const client of Object.values(clients)) client.destroy();
    return Promise.resolve();
  });

  const resources = async (stack: string) => {
    const { StackResources = [] } = await clients.cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: stack }),
    );
    return StackResources;
  };

  return {
    server,
    cdk: cdkOf(server),
    clients,
    bridge: createMetricBridge(clients.logs, clients.cloudWatch),
    async outputsOf(stack) {
      const { Stacks = [] } = await clients.cloudFormation.send(
        new DescribeStacksCommand({ StackName: stack }),
      );
      const outputs = Stacks[0]?.Outputs ?? [];
      return Object.fromEntries(
        outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
      );
    },
    async physicalId(stack, type, logicalPrefix) {
      const found = (await resources(stack)).filter(
        ({ ResourceType, LogicalResourceId }) =>
          ResourceType === type && LogicalResourceId?.startsWith(logicalPrefix),
      );
      const [one, ...others] = found;
      if (one?.PhysicalResourceId === undefined || others.length > 0) {
        throw new Error(
          `${found.length} of ${type} begin with ${logicalPrefix} in ${stack}, not one`,
        );
      }
      return one.PhysicalResourceId;
    },
    async physicalIds(stack, type) {
      const found = (await resources(stack)).filter(({ ResourceType }) => ResourceType === type);
      return found.flatMap(({ PhysicalResourceId }) => PhysicalResourceId ?? []);
    },
    async call(target, input) {
      const response = await fetch(server.endpoint, {
        method: 'POST',
        headers: { 'X-Amz-Target': target, 'Content-Type': 'application/x-amz-json-1.1' },
        body: JSON.stringify(input),
      });
      if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    tenure: (...args) =>
      run(process.execPath, ['lib/cli/main.ts', ...args], { env: server.env, cwd: ROOT }),
    own: (resource) => void owned.use(resource),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export function clientsOf(endpoint: string, region = REGION) {
  const config = {
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  return {
    cloudFormation: new CloudFormationClient(config),
    cloudWatch: new CloudWatchClient(config),
    logs: new CloudWatchLogsClient(config),
    dynamoDb: new DynamoDBClient(config),
    events: new EventBridgeClient(config),
    lambda: new LambdaClient(config),
    sqs: new SQSClient(config),
  };
}
