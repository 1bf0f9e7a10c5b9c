/**
 * `cdk.out` as CloudFormation would read it: templates from disk, intrinsic functions resolved with the
 * names of what was created locally.
 *
 * An intrinsic function or a resource that is not known here throws: nothing is guessed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudFormation } from './local-deployment.ts';

/** The names of a resource once it exists: its `Ref`, and the attributes that other resources read. */
export interface Physical {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface LocalCloud {
  readonly stackNames: readonly string[];
  template(stack: string): CloudFormation;
  /** Tells the names of a resource that was created. */
  created(stack: string, logicalId: string, physical: Physical): void;
  /** A value of a template with everything in it resolved. */
  // biome-ignore lint/suspicious/noExplicitAny: any property of any resource
  resolve(stack: string, value: unknown): any;
  /** The folder of a function's code. */
  assetOf(stack: string, logicalId: string): string;
}

const REGION = 'us-east-1';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Region': REGION,
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

type Templates = Readonly<
  Record<string, CloudFormation & { Outputs?: Readonly<Record<string, { Value: unknown }>> }>
>;

export function openCloudAssembly(outdir: string): LocalCloud {
  const templates = readTemplates(outdir);
  const physical = new Map<string, Physical>();

  function template(stack: string): Templates[string] {
    const found = templates[stack];
    if (found === undefined) throw new Error(`no stack ${stack} in ${outdir}`);
    return found;
  }

  function named(stack: string, logicalId: string): Physical {
    const found = physical.get(`${stack}.${logicalId}`);
    if (found === undefined) throw new Error(`${stack}.${logicalId} was not created`);
    return found;
  }

  function attributeOf(stack: string, [logicalId = '', name = '']: readonly string[]): string {
    const value = named(stack, logicalId).attributes?.[name];
    if (value === undefined) throw new Error(`${stack}.${logicalId} has no ${name} here`);
    return value;
  }

  function call(stack: string, name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return PSEUDO[argument as string] ?? named(stack, argument as string).ref;
      case 'Fn::GetAtt':
        return attributeOf(stack, argument as readonly string[]);
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, readonly unknown[]];
        return parts.map((part) => resolve(stack, part)).join(separator);
      }
      case 'Fn::GetStackOutput': {
        const { StackName, OutputName } = argument as Record<string, string>;
        const other = StackName ?? '';
        return resolve(other, template(other).Outputs?.[OutputName ?? '']?.Value);
      }
      default:
        throw new Error(`${name} is not known here`);
    }
  }

  function resolve(stack: string, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => resolve(stack, each));
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
    const isCall = more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
    if (isCall) return call(stack, name, argument);
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, resolve(stack, each)]),
    );
  }

  return {
    stackNames: Object.keys(templates),
    template,
    resolve,
    created: (stack, logicalId, as) => void physical.set(`${stack}.${logicalId}`, as),
    assetOf(stack, logicalId) {
      const { Code } = template(stack).Resources[logicalId]?.Properties ?? {};
      return join(outdir, `asset.${String(Code.S3Key).replace(/\.zip$/, '')}`);
    },
  };
}

function readTemplates(outdir: string): Templates {
  const suffix = '.template.json';
  const files = readdirSync(outdir).filter((file) => file.endsWith(suffix));
  return Object.fromEntries(
    files.map((file) => [
      file.slice(0, -suffix.length),
      JSON.parse(readFileSync(join(outdir, file), 'utf8')),
    ]),
  );
}
