/**
 * SAM and Terraform: every resource of the examples is valid, and their roles may do what a candidate does.
 *
 * SAM's template is translated as AWS translates it, and then linted. No package registry has Terraform's
 * own validator, so the test parses the file and compares it with the provider's schema.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it, onTestFinished, vi } from 'vitest';
import { standaloneTemplate } from '../../../infra/stacks/standalone-stack.ts';
import { tableStatements } from '../../../lib/dynamodb/index.ts';
import { pythonPrograms } from '../../tools/python.ts';
import { lint } from './cfn-lint.ts';
import { type ParsedTerraform, terraformProblems } from './terraform-check.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');
const plain = standaloneTemplate() as Record<'Parameters' | 'Outputs', object>;

/** What a candidate may do, apart from the names of the table and of the election. */
const [candidate] = tableStatements({ role: 'candidate', elections: ['e'], tableArns: [] });

async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(join(await pythonPrograms(), program), [...args], {
    env: { ...process.env, AWS_DEFAULT_REGION: 'us-east-1' },
  });
  return stdout;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'without-cdk-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

it('SAM takes its example, and cfn-lint finds nothing in what becomes of it', async () => {
  const program = join(import.meta.dirname, 'translate-sam.py');
  const translated = await run('python', program, join(EXAMPLES, 'sam', 'template.yaml'));
  const path = join(await folder(), 'template.json');
  await writeFile(path, translated);

  expect(await lint(path)).toEqual([]);
  // biome-ignore lint/suspicious/noExplicitAny: any resource of any template
  const resources = Object.values<any>(JSON.parse(translated).Resources);
  const of = (type: string) => resources.find(({ Type }) => Type === type)?.Properties;
  const nested = of('AWS::CloudFormation::Stack');
  expect(Object.keys(plain.Parameters)).toEqual(
    expect.arrayContaining(Object.keys(nested.Parameters)),
  );
  const [{ PolicyDocument }] = of('AWS::IAM::Role').Policies;
  const [{ Action, Condition }] = PolicyDocument.Statement;
  expect(Action).toEqual(candidate?.Action);
  const keys = [{ 'Fn::Sub': 'election#$' + '{Election}' }];
  expect(Condition).toEqual({
    ...candidate?.Condition,
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys },
  });
  const { Variables } = of('AWS::Lambda::Function').Environment;
  expect(new Set(Object.keys(Variables))).toEqual(new Set(['TENURE_ELECTION', 'TENURE_TABLE']));
});

it('Terraform’s example parses, and asks for what the package has', async () => {
  const parsed = JSON.parse(await run('hcl2tojson', join(EXAMPLES, 'terraform', 'main.tf')));
  const text = JSON.stringify(parsed).replaceAll('\\"', '"');
  const types = parsed.resource
    .flatMap(Object.keys)
    .map((type: string) => type.replaceAll('"', ''));

  expect(new Set(types)).toEqual(
    new Set([
      ...['aws_cloudformation_stack', 'aws_iam_role', 'aws_iam_role_policy'],
      ...['aws_iam_role_policy_attachment', 'aws_lambda_function', 'aws_scheduler_schedule'],
    ]),
  );
  const [, parameters = ''] = /"parameters": ?\{([^}]*\}[^}]*\})/.exec(text) ?? [];
  const asked = [...parameters.matchAll(/"(\w+)": ?"\$/g)].map(([, name = '']) => name);
  expect(asked.length).toBeGreaterThan(1);
  expect(Object.keys(plain.Parameters)).toEqual(expect.arrayContaining(asked));
  const outputs = [...text.matchAll(/outputs\["(\w+)"\]/g)].map(([, name = '']) => name);
  expect(outputs.length).toBeGreaterThan(2);
  expect(Object.keys(plain.Outputs)).toEqual(expect.arrayContaining(outputs));
  expect(text).toContain(
    `Action = [${candidate?.Action.map((action) => `"${action}"`).join(', ')}]`,
  );
  for (const operator of Object.keys(candidate?.Condition ?? {})) expect(text).toContain(operator);
});

it('Terraform’s example has the arguments, blocks and references that the provider’s schema has', async () => {
  const main = join(EXAMPLES, 'terraform', 'main.tf');
  const parsed = async (path: string): Promise<ParsedTerraform> =>
    JSON.parse(await run('hcl2tojson', path));
  const wrong = join(await folder(), 'main.tf');
  const text = readFileSync(main, 'utf8')
    .replace('handler          =', 'entry            =')
    .replace('mode = "OFF"', 'window = "OFF"')
    .replace('aws_iam_role.schedule.arn', 'aws_iam_role.schedules.arn')
    .replace('output_base64sha256', 'base64sha256')
    .replace('schedule_expression = "rate(5 minutes)"', '')
    .replace('= var.alarm_topic_arn', '= var.topic');
  await writeFile(wrong, text);

  expect(terraformProblems(await parsed(main))).toEqual([]);
  expect(new Set(terraformProblems(await parsed(wrong)))).toEqual(
    new Set([
      'aws_lambda_function.report: no argument entry',
      'aws_scheduler_schedule.report: schedule_expression is missing',
      'aws_scheduler_schedule.report.flexible_time_window: no argument window',
      'aws_scheduler_schedule.report.flexible_time_window: mode is missing',
      'aws_iam_role.schedules.arn: refers to nothing',
      'data.archive_file.report.base64sha256: refers to nothing',
      'var.topic: no such variable',
    ]),
  );
});

it('both bundle the handler of the docs with one banner, and it loads', async () => {
  const outfile = join(await folder(), 'report.mjs');
  const banner = /js=(import\{createRequire\}.*;)/;
  const [sam, terraform] = ['sam/template.yaml', 'terraform/main.tf'].map((path) =>
    readFileSync(join(EXAMPLES, path), 'utf8').replaceAll('"', ''),
  );
  const [, js = ''] = banner.exec(sam ?? '') ?? [];
  expect(banner.exec(terraform ?? '')?.[1]).toBe(js);
  await build({
    ...{ entryPoints: [join(EXAMPLES, 'own-app', 'lib', 'report.ts')], outfile, banner: { js } },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node24', logLevel: 'warning' },
  });
  vi.stubEnv('TENURE_ELECTION', 'nightly-report').stubEnv('TENURE_TABLE', 'tenure');
  onTestFinished(() => void vi.unstubAllEnvs());

  expect((await import(pathToFileURL(outfile).href)).handler).toBeTypeOf('function');
});
