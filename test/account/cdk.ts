/**
 * The CDK command line against the local account: the very commands that the docs name.
 */
import { join } from 'node:path';
import { fitAssembly } from './assembly.ts';
import { ACCOUNT_ID, REGION, type Server } from './server.ts';
import { ROOT, run } from './shell.ts';

export interface Deployment {
  /** The names of the deployment's stacks begin with this. */
  readonly prefix: string;
  readonly assembly: string;
  /** Resource types that the account does not know, which were left out. */
  readonly leftOut: readonly string[];
}

export type Context = Readonly<Record<string, string>>;

export function cdkOf(server: Server, cwd = ROOT) {
  const program = join(ROOT, 'node_modules', '.bin', 'cdk');
  const cdk = (...args: readonly string[]) =>
    run(program, [...args, '--no-notices'], { env: server.env, cwd });

  async function synth(name: string, context: Context): Promise<string> {
    const assembly = join(server.folder, name);
    const chosen = Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    await cdk('synth', '--quiet', '--output', assembly, ...chosen);
    return assembly;
  }

  async function deployAssembly(assembly: string, prefix: string): Promise<Deployment> {
    const leftOut = await fitAssembly(assembly);
    await cdk('deploy', '--app', assembly, '--all', '--require-approval', 'never');
    return { prefix, assembly, leftOut };
  }

  return {
    bootstrap: () => cdk('bootstrap', `aws://${ACCOUNT_ID}/${REGION}`),
    synth,
    deployAssembly,
    async deploy(name: string, context: Context): Promise<Deployment> {
      const assembly = await synth(name, context);
      return deployAssembly(assembly, context.prefix ?? 'Tenure');
    },
    destroy: ({ assembly }: Deployment, ...stacks: readonly string[]) =>
      cdk('destroy', '--app', assembly, '--force', ...stacks),
  };
}

export type Cdk = ReturnType<typeof cdkOf>;
