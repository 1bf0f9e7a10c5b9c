/**
 * Makes `terraform-schema.json`: what the AWS provider of Terraform knows of the resources of our example, out
 * of the bindings that are generated from the provider's own schema.
 *
 * `npm pack @cdktf/provider-aws @cdktf/provider-archive`, unpack both into one folder, then
 * `node test/infra/templates/terraform-schema.ts <folder>`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What may stand in a resource, or in a block of one. */
export interface Block {
  /** Each argument, and whether it must be there. */
  readonly arguments: Readonly<Record<string, boolean>>;
  readonly blocks: Readonly<Record<string, Block & { readonly isRequired: boolean }>>;
}

export interface Resource extends Block {
  /** The attributes that other resources may refer to, without underscores, as the bindings spell them. */
  readonly attributes: readonly string[];
}

export interface Schema {
  readonly from: readonly string[];
  readonly types: Readonly<Record<string, Resource>>;
}

const TYPES = {
  aws_cloudformation_stack: 'CloudformationStack',
  aws_iam_role: 'IamRole',
  aws_iam_role_policy: 'IamRolePolicy',
  aws_iam_role_policy_attachment: 'IamRolePolicyAttachment',
  aws_lambda_function: 'LambdaFunction',
  aws_scheduler_schedule: 'SchedulerSchedule',
  archive_file: 'DataArchiveFile',
};

/** How deep blocks may be nested in an example. */
const DEPTH_MAX = 4;

function resourceOf(folder: string, name: string): Resource {
  const file = name.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
  const text = readFileSync(join(folder, 'lib', file, 'index.d.ts'), 'utf8');
  const [, body = ''] = text.split(`export declare class ${name} extends`);
  const attributes = [...body.matchAll(/^ {4}get (\w+)\(/gm)]
    .map(([, getter = '']) => getter.toLowerCase())
    .filter((getter) => !getter.endsWith('input'));
  return { ...blockOf(text, `${name}Config`), attributes: [...new Set(attributes)] };
}

function blockOf(text: string, name: string, depth = 0): Block {
  const [, body = ''] =
    new RegExp(`export interface ${name}[ {][^\\n]*\\n([\\s\\S]*?)\\n}`).exec(text) ?? [];
  const members = /#(\w+) \w+#\w+\}[\s\S]*?readonly \w+(\??): (\{|[^;{]+)/g;
  const stated: Record<string, boolean> = {};
  const blocks: Record<string, Block & { isRequired: boolean }> = {};
  for (const [, argument = '', optional, type = ''] of body.matchAll(members)) {
    const [, nested] = /^(\w+)(?:\[\])?(?: \| cdktf\.IResolvable)?$/.exec(type.trim()) ?? [];
    const isBlock = nested !== undefined && text.includes(`export interface ${nested} {`);
    if (!isBlock) stated[argument] = optional === '';
    else if (depth < DEPTH_MAX) {
      blocks[argument] = { ...blockOf(text, nested, depth + 1), isRequired: optional === '' };
    }
  }
  return { arguments: stated, blocks };
}

if (import.meta.main) {
  const [, , folder = '.'] = process.argv;
  const entries = Object.entries(TYPES).map(([type, name]) => [type, resourceOf(folder, name)]);
  const schema: Schema = {
    from: [
      'hashicorp/aws 6.25.0 (@cdktf/provider-aws 21.22.1)',
      'hashicorp/archive (@cdktf/provider-archive 11.0.1)',
    ],
    types: Object.fromEntries(entries),
  };
  const target = join(import.meta.dirname, 'terraform-schema.json');
  writeFileSync(target, `${JSON.stringify(schema, null, 1)}\n`);
}
