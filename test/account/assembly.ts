/**
 * Changes what `cdk synth` wrote so that an account without Docker can deploy it, and reads the result.
 *
 * Decides what is taken out, and says so: resource types that the local account does not know, and the
 * image, which needs a builder. Everything else is deployed as it was synthesized.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const UNKNOWN_TYPES: ReadonlySet<string> = new Set([
  'AWS::EC2::FlowLog',
  'AWS::ECS::ClusterCapacityProviderAssociations',
]);

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any resource
  readonly Properties: any;
  DependsOn?: string | readonly string[];
}

export interface Template {
  readonly Resources: Record<string, Resource>;
}

/** The types of resources that were taken out of the templates in `folder`. */
export async function fitAssembly(folder: string): Promise<readonly string[]> {
  const removed = new Set<string>();
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    if (file.endsWith('.assets.json'))
      await rewrite(path, (assets) => ({ ...assets, dockerImages: {} }));
    if (file.endsWith('.template.json'))
      await rewrite(path, (template) => withoutUnknown(template, removed));
  }
  return [...removed];
}

async function rewrite(path: string, change: (json: object) => object): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify(change(json)));
}

function withoutUnknown(json: object, removed: Set<string>): object {
  const template = json as Template;
  const unknown = new Set<string>();
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (!UNKNOWN_TYPES.has(Type)) continue;
    unknown.add(id);
    removed.add(Type);
    delete template.Resources[id];
  }
  for (const resource of Object.values(template.Resources)) {
    if (resource.DependsOn === undefined) continue;
    resource.DependsOn = [resource.DependsOn].flat().filter((id) => !unknown.has(id));
  }
  return template;
}

export async function readTemplate(folder: string, stack: string): Promise<Template> {
  return JSON.parse(await readFile(join(folder, `${stack}.template.json`), 'utf8')) as Template;
}
