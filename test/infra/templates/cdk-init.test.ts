/**
 * `tenure/cdk` in an app that `cdk init` made, from the packed package: CommonJS under Jest, types
 * under tsc, a synth without a finding, the same constructs from an ES module; then deployed into a local
 * account, where its functions and its tasks lead.
 */
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { createElection } from '../../../lib/index.ts';
import { type Account, openAccount } from '../../account/account.ts';
import { alarmsOf } from '../../account/alarms.ts';
import { cdkOf } from '../../account/cdk.ts';
import { until } from '../../account/shell.ts';
import { startTask, taskDefinitionOf } from '../../account/task.ts';
import { lint } from './cfn-lint.ts';
import { makeOwnApp, type OwnApp } from './own-app.ts';

/** Installing an app from the registry takes half a minute on a slow machine. Only a hang lasts so long. */
const INSTALL_MS = 900_000;

let app: OwnApp;

beforeAll(async () => {
  app = await makeOwnApp();
}, INSTALL_MS);
afterAll(() => app[Symbol.asyncDispose]());

describe('the constructs in an app that cdk init made', { timeout: INSTALL_MS }, () => {
  it('type-check', async () => {
    expect(await app.run(join('node_modules', '.bin', 'tsc'), '--noEmit')).toBe('');
  });

  it('load in its Jest tests, which know CommonJS only', async () => {
    expect(await app.run(join('node_modules', '.bin', 'jest'))).toContain('1 passed');
  });

  it('synthesize, with the functions of the package found beside them, and no finding', async () => {
    await app.run(join('node_modules', '.bin', 'cdk'), 'synth', '--quiet', '--no-notices');
    const path = join(app.folder, 'cdk.out', 'MyAppStack.template.json');
    expect(Object.values(JSON.parse(await readFile(path, 'utf8')).Resources)).toContainEqual(
      expect.objectContaining({ Type: 'AWS::DynamoDB::GlobalTable' }),
    );
    expect(await lint(path)).toEqual([]);
  });

  it('come with the template for those without CDK', async () => {
    const path = join('node_modules', 'tenure', 'dist', 'cloudformation', 'tenure.template.json');
    const { Outputs } = JSON.parse(await readFile(join(app.folder, path), 'utf8'));
    expect(Object.keys(Outputs)).toContain('TableName');
  });

  it('load as ES modules, the same ones', async () => {
    const script = `import * as esm from 'tenure/cdk'; import { createRequire } from 'node:module';
      const cjs = createRequire(import.meta.url)('tenure/cdk');
      console.log(JSON.stringify([Object.keys(esm).sort(), Object.keys(cjs).sort()]));`;
    await writeFile(join(app.folder, 'both.mjs'), script);
    const [esm, cjs] = JSON.parse(await app.run(process.execPath, 'both.mjs'));
    expect(esm).toContain('LeaderService');
    expect(cjs).toEqual(esm);
  });
});

describe('the app in an account on this machine', { timeout: INSTALL_MS }, () => {
  let account: Account;

  beforeAll(async () => {
    account = await openAccount();
    const cdk = cdkOf(account.server, app.folder);
    const [assembly] = await Promise.all([cdk.synth('own', {}), cdk.bootstrap()]);
    await cdk.deployAssembly(assembly, 'MyApp');
  }, INSTALL_MS);
  afterAll(() => account[Symbol.asyncDispose]());

  async function invoke(stack: string, logicalPrefix: string, event: object): Promise<unknown> {
    const id = await account.physicalId(stack, 'AWS::Lambda::Function', logicalPrefix);
    const { Payload } = await account.clients.lambda.send(
      new InvokeCommand({ FunctionName: id, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  }

  async function taskOf(stack: string, service: string, image: string) {
    const definition = await taskDefinitionOf(account, stack, service);
    const dockerfile = join(app.folder, image, 'Dockerfile');
    const folder = join(app.folder, image);
    // As npm ci would install it in the image. Made after the deployment, so that no asset contains the link.
    await symlink(join(app.folder, 'node_modules'), join(folder, 'node_modules'));
    return startTask(account, { id: 1, definition, cluster: stack, image: folder, dockerfile });
  }

  it('reports: the handler of the docs leads, under the name and in the table of its grant', async () => {
    // On a slow machine, its schedule fires meanwhile.
    const reported = () =>
      until('a report', async () => {
        const said = String(await invoke('MyAppStack', 'Report', {}));
        return /^reported in term (\d+)$/.exec(said)?.[1];
      });

    expect(Number(await reported())).toBeLessThan(Number(await reported()));
  });

  it('polls: the worker of the docs leads, and stops when it is told to', async () => {
    await using task = await taskOf('MyAppStack', 'Poller', 'worker');
    await until('a poll', async () => task.lines.some((line) => line.includes('"polled"')));

    expect(await task.stop()).toBe(0);
    // The alarm trusts the timings and the name under which the worker reports.
    const led = task.lines.filter((line) => line.includes('"LeadingSeconds"'));
    expect(JSON.parse(led.at(-1) ?? '{}')).toMatchObject({ Election: 'poller' });
  });

  it('takes the template for those without CDK, with its parameters', async () => {
    const path = join('node_modules', 'tenure', 'dist', 'cloudformation', 'tenure.template.json');
    const { cloudFormation, dynamoDb, cloudWatch } = account.clients;
    const parameters = { NameOfTable: 'plain', AlarmElection: 'orders', WithBatonQueue: 'true' };
    await cloudFormation.send(
      new CreateStackCommand({
        StackName: 'plain',
        TemplateBody: await readFile(join(app.folder, path), 'utf8'),
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ...{ ParameterKey, ParameterValue },
        })),
      }),
    );
    const outputs = await until('the stack is made', async () => {
      const said = await account.outputsOf('plain');
      return said.TableName !== undefined && said;
    });

    expect(outputs).toMatchObject({ TableName: 'plain', BatonQueueUrl: expect.any(String) });
    const via = dynamoDbLease({ client: dynamoDb, tableName: 'plain' });
    const lead = createElection({ name: 'orders', via }).lead(async ({ token }) => token);
    expect(await lead).toBe(1n);
    expect(await alarmsOf(cloudWatch, 'plain')).toHaveLength(5);
  });

  it('runs the examples for Lambda', async () => {
    const night = { source: 'aws.events', time: '2026-03-01T02:00:00Z' };
    expect(await invoke('ExamplesStack', 'Cron', night)).toBe('made the report of 2026-03-01');
    expect(await invoke('ExamplesStack', 'Cron', night)).toContain('is made');
    const data = Buffer.from(JSON.stringify({ cents: 7 })).toString('base64');
    const record = {
      ...{ eventSource: 'aws:kinesis', eventID: 'shardId-a:10' },
      kinesis: { sequenceNumber: '10', data },
    };
    const answer = await invoke('ExamplesStack', 'Totals', { Records: [record] });
    expect(answer).toEqual({ batchItemFailures: [] });
  });

  it('runs the example for ECS', async () => {
    await using task = await taskOf('ExamplesStack', 'Meter', 'examples/worker');
    const { WorkTable } = await account.outputsOf('ExamplesStack');
    const Key = { pk: { S: 'meter#1' }, sk: { S: 'meter' } };
    const read = new GetItemCommand({ TableName: WorkTable, Key });
    const reading = await until('a reading', async () => {
      const { Item } = await account.clients.dynamoDb.send(read);
      return Item?.readBy?.S;
    });

    expect(reading).toMatch(/^ecs-task\//);
    expect(await task.stop()).toBe(0);
  });
});
