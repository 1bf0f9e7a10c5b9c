/**
 * `tenure/cdk` in an app that `cdk init` made, from the packed package: CommonJS under Jest, types
 * under tsc, a synth, and the same constructs from an ES module.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommonJs } from '../../build-cdk.ts';
import { bundleFunctions } from '../../functions/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BIN = join(ROOT, 'node_modules', '.bin');
/** Installing an app from the registry takes half a minute on a slow machine; this only ends hangs. */
const INSTALL_MS = 300_000;

let folder: string;
let app: string;

const run = promisify(execFile);

/** Runs a program in the app, with this Node first on the path and nothing asked of the network. */
async function inApp(command: string, ...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env;
  const PATH = `${join(process.execPath, '..')}:${env.PATH}`;
  try {
    const { stdout, stderr } = await run(command, args, {
      cwd: app,
      env: { ...env, PATH, CDK_DISABLE_CLI_TELEMETRY: 'true' },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

/** The stack that `docs/deploy.md` shows, and a line that must not compile. */
async function documentedStack(): Promise<string> {
  const page = await readFile(join(ROOT, 'docs', 'deploy.md'), 'utf8');
  const [, stack = ''] = /```ts\n([\s\S]*?class MyAppStack[\s\S]*?)```/.exec(page) ?? [];
  return `${stack}
// Types that did not resolve would be any, and nothing an error.
// @ts-expect-error expireRows is no text
export const refused = (scope: Construct) => new ElectionTable(scope, 'T', { expireRows: 'no' });
`;
}

/** The image that the stack builds. */
async function documentedDockerfile(): Promise<string> {
  const page = await readFile(join(ROOT, 'docs', 'deploy.md'), 'utf8');
  const [, file = ''] = /```dockerfile\n([\s\S]*?)```/.exec(page) ?? [];
  return file;
}

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

/** The package as \`npm publish\` would ship it, built apart from the working tree's own \`dist\`. */
async function packedPackage(): Promise<string> {
  const source = join(folder, 'package');
  const dist = join(source, 'dist');
  await mkdir(dist, { recursive: true });
  await run(join(BIN, 'tsc'), ['-p', 'tsconfig.build.json', '--outDir', dist], { cwd: ROOT });
  await bundleFunctions(undefined, dist);
  await buildCommonJs(dist);
  await run(process.execPath, [
    join(ROOT, 'infra', 'template.ts'),
    join(dist, 'cloudformation', 'tenure.template.json'),
  ]);
  for (const file of ['package.json', 'LICENSE']) await cp(join(ROOT, file), join(source, file));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: source });
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  return join(folder, `tenure-${version}.tgz`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cdk-init-'));
  app = join(folder, 'my-app');
  await mkdir(app);
  const [tarball] = await Promise.all([
    packedPackage(),
    inApp(
      join(BIN, 'cdk'),
      'init',
      'app',
      '--language=typescript',
      '--generate-only',
      '--no-notices',
    ),
  ]);
  await writeFile(join(app, 'lib', 'my-app-stack.ts'), await documentedStack());
  await mkdir(join(app, 'worker'));
  await writeFile(join(app, 'worker', 'Dockerfile'), await documentedDockerfile());
  await writeFile(join(app, 'lib', 'report.ts'), 'export const handler = async () => "done";\n');
  await writeFile(join(app, 'test', 'my-app.test.ts'), TEST);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await inApp('npm', 'install', ...quiet, '--save-dev', 'esbuild', tarball);
}, INSTALL_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the constructs in an app that cdk init made', { timeout: INSTALL_MS }, () => {
  it('type-check', async () => {
    expect(await inApp(join('node_modules', '.bin', 'tsc'), '--noEmit')).toBe('');
  });

  it('load in its Jest tests, which know CommonJS only', async () => {
    expect(await inApp(join('node_modules', '.bin', 'jest'))).toContain('1 passed');
  });

  it('synthesize, with the functions of the package found beside them', async () => {
    await inApp(join('node_modules', '.bin', 'cdk'), 'synth', '--quiet', '--no-notices');
    const template = await readFile(join(app, 'cdk.out', 'MyAppStack.template.json'), 'utf8');
    expect(Object.values(JSON.parse(template).Resources)).toContainEqual(
      expect.objectContaining({ Type: 'AWS::DynamoDB::GlobalTable' }),
    );
  });

  it('come with the template for those without CDK', async () => {
    const path = join('node_modules', 'tenure', 'dist', 'cloudformation', 'tenure.template.json');
    const { Outputs } = JSON.parse(await readFile(join(app, path), 'utf8'));
    expect(Object.keys(Outputs)).toContain('TableName');
  });

  it('load as ES modules, the same ones', async () => {
    const script = `import * as esm from 'tenure/cdk'; import { createRequire } from 'node:module';
      const cjs = createRequire(import.meta.url)('tenure/cdk');
      console.log(JSON.stringify([Object.keys(esm).sort(), Object.keys(cjs).sort()]));`;
    await writeFile(join(app, 'both.mjs'), script);
    const [esm, cjs] = JSON.parse(await inApp(process.execPath, 'both.mjs'));
    expect(esm).toContain('LeaderService');
    expect(cjs).toEqual(esm);
  });
});
