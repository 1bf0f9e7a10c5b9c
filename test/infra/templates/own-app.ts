/**
 * An app that `cdk init` made, with the package as `npm publish` would ship it, and the files that
 * docs/deploy.md shows. Beside them a stack with the other examples that are deployed.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asShown } from '../../docs/pages.ts';
import { packedPackage } from '../../support/programs/packed.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const BIN = join(ROOT, 'node_modules', '.bin');
const OWN_APP = 'examples/own-app';

export interface OwnApp extends AsyncDisposable {
  readonly folder: string;
  /** Runs a program in the app. Gives all of its output. */
  run(command: string, ...args: readonly string[]): Promise<string>;
}

const run = promisify(execFile);

export async function makeOwnApp(): Promise<OwnApp> {
  const temporary = await mkdtemp(join(tmpdir(), 'own-app-'));
  const folder = join(temporary, 'my-app');
  await mkdir(folder);
  const app: OwnApp = {
    folder,
    run: (command, ...args) => runIn(folder, command, args),
    [Symbol.asyncDispose]: () => rm(temporary, { recursive: true, force: true }),
  };
  const init = ['init', 'app', '--language=typescript', '--generate-only', '--no-notices'];
  const [tarball] = await Promise.all([packedPackage(), app.run(join(BIN, 'cdk'), ...init)]);
  await writeFiles(folder);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const { devDependencies: pinned } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  );
  const packages = ['esbuild', '@middy/core', '@types/aws-lambda'];
  const wanted = packages.map((name) => `${name}@${pinned[name]}`);
  await app.run('npm', 'install', ...quiet, '--save-dev', ...wanted, tarball);
  return app;
}

/** Runs with this Node first on the path, and without the environment of the tests. */
async function runIn(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env;
  const PATH = `${join(process.execPath, '..')}:${env.PATH}`;
  try {
    const { stdout, stderr } = await run(command, [...args], {
      cwd,
      env: { ...env, PATH, CDK_DISABLE_CLI_TELEMETRY: 'true' },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

async function writeFiles(folder: string): Promise<void> {
  for (const path of ['worker', 'examples/worker']) {
    await mkdir(join(folder, path), { recursive: true });
    for (const file of ['package.json', 'Dockerfile']) {
      await cp(join(ROOT, OWN_APP, 'worker', file), join(folder, path, file));
    }
  }
  const texts = {
    // Middy is for ES modules alone, and an app of `cdk init` is CommonJS.
    'examples/package.json': '{ "type": "module" }',
    'lib/my-app-stack.ts': `${asShown(`${OWN_APP}/lib/my-app-stack.ts`)}${MUST_NOT_COMPILE}`,
    'lib/report.ts': asShown(`${OWN_APP}/lib/report.ts`),
    'worker/main.ts': asShown(`${OWN_APP}/worker/main.ts`),
    'examples/worker/main.ts': asShown('examples/ecs-singleton/main.ts'),
    'examples/cron.ts': asShown('examples/cron/index.ts'),
    'examples/stream-processor.ts': asShown('examples/stream-processor/index.ts'),
    'lib/examples-stack.ts': EXAMPLES_STACK,
    'bin/my-app.ts': PROGRAM,
    'test/my-app.test.ts': TEST,
  };
  for (const [path, text] of Object.entries(texts)) await writeFile(join(folder, path), text);
}

const MUST_NOT_COMPILE = `
// If types did not resolve, they would be any, and this line would not be an error.
// @ts-expect-error expireRows is no text
export const refused = (scope: Construct) => new ElectionTable(scope, 'T', { expireRows: 'no' });
`;

const EXAMPLES_STACK = `import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import * as cdk from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ElectionTable, LeaderFunction, LeaderService } from 'tenure/cdk';

export class ExamplesStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const table = new ElectionTable(this, 'Elections');
    const key = (name: string) => ({ name, type: AttributeType.STRING });
    const work = new TableV2(this, 'Work', { partitionKey: key('pk'), sortKey: key('sk') });
    const environment = {
      REPORTS_TABLE: work.tableName,
      TOTALS_TABLE: work.tableName,
      METERS_TABLE: work.tableName,
      PORT: '0',
    };
    const deployed = { table, environment };
    const entry = 'examples/cron.ts';
    new LeaderFunction(this, 'Cron', { ...deployed, election: 'nightly-report', entry });
    new LeaderFunction(this, 'Totals', {
      ...deployed,
      election: 'order-totals',
      entry: 'examples/stream-processor.ts',
    });
    new LeaderService(this, 'Meter', {
      ...deployed,
      election: 'meter-reader',
      image: ContainerImage.fromAsset('examples/worker', { platform: Platform.LINUX_ARM64 }),
    });
    new cdk.CfnOutput(this, 'WorkTable', { value: work.tableName });
  }
}
`;

const PROGRAM = `import * as cdk from 'aws-cdk-lib/core';
import { ExamplesStack } from '../lib/examples-stack';
import { MyAppStack } from '../lib/my-app-stack';

const app = new cdk.App();
new MyAppStack(app, 'MyAppStack');
new ExamplesStack(app, 'ExamplesStack');
`;

const TEST = `import * as cdk from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import * as MyApp from '../lib/my-app-stack';

test('the table is created', () => {
  const app = new cdk.App();
  const template = Template.fromStack(new MyApp.MyAppStack(app, 'MyTestStack'));
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
  template.resourceCountIs('AWS::CloudWatch::Alarm', 10);
  template.resourceCountIs('AWS::ECS::Service', 1);
  template.hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.handler' });
});
`;
