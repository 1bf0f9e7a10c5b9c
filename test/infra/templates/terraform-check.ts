/**
 * What `terraform validate` would find in a parsed file: arguments and blocks that the provider does not know,
 * those that are missing, and references to resources that do not exist.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Block, Schema } from './terraform-schema.ts';

/** As `hcl2tojson` prints it: names in quotes of their own, blocks as lists. */
export interface ParsedTerraform {
  readonly resource: readonly Labelled[];
  readonly data: readonly Labelled[];
  readonly variable: readonly Readonly<Record<string, unknown>>[];
}

type Labelled = Readonly<Record<string, Readonly<Record<string, Values>>>>;
type Values = Readonly<Record<string, unknown>>;

const { types } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'terraform-schema.json'), 'utf8'),
) as Schema;

/** Arguments of Terraform itself, allowed in any resource. */
const META = ['__is_block__', 'count', 'depends_on', 'for_each', 'lifecycle', 'provider'];

const plain = (label: string) => label.replaceAll('"', '');

export function terraformProblems(parsed: ParsedTerraform): readonly string[] {
  const stated = [...parsed.resource, ...parsed.data].flatMap((labelled) =>
    Object.entries(labelled).flatMap(([type, named]) =>
      Object.entries(named).map(([name, values]) => ({
        ...{ type: plain(type), values },
        address: `${plain(type)}.${plain(name)}`,
      })),
    ),
  );
  const variables = parsed.variable.flatMap(Object.keys).map(plain);
  return [
    ...stated.flatMap(({ type, address, values }) => {
      const known = types[type];
      return known === undefined
        ? [`${address}: no such type`]
        : blockProblems(values, known, address);
    }),
    ...referenceProblems(JSON.stringify(parsed), {
      addresses: stated.map(({ address }) => address),
      variables,
    }),
  ];
}

function blockProblems(values: Values, known: Block, at: string): readonly string[] {
  const names = Object.keys(values).filter((name) => !META.includes(name));
  const unknown = names.filter((name) => !(name in known.arguments) && !(name in known.blocks));
  const required = [
    ...Object.entries(known.arguments).filter(([, isRequired]) => isRequired),
    ...Object.entries(known.blocks).filter(([, { isRequired }]) => isRequired),
  ].map(([name]) => name);
  const nested = Object.entries(known.blocks).flatMap(([name, block]) =>
    [values[name] ?? []]
      .flat()
      .flatMap((one) => blockProblems(one as Values, block, `${at}.${name}`)),
  );
  return [
    ...unknown.map((name) => `${at}: no argument ${name}`),
    ...required.filter((name) => !names.includes(name)).map((name) => `${at}: ${name} is missing`),
    ...nested,
  ];
}

/** `aws_iam_role.report.arn`, `data.archive_file.report.output_path`, `var.election`. */
function referenceProblems(
  text: string,
  {
    addresses,
    variables,
  }: { readonly addresses: readonly string[]; readonly variables: readonly string[] },
): readonly string[] {
  const references = text.matchAll(/\b(?:data\.)?((?:aws_|archive_)\w+)\.(\w+)\.(\w+)/g);
  const broken = [...references].flatMap(([whole, type = '', name, attribute = '']) => {
    const isThere = addresses.includes(`${type}.${name}`);
    const isKnown = types[type]?.attributes.includes(attribute.replaceAll('_', ''));
    return isThere && isKnown ? [] : [`${whole}: refers to nothing`];
  });
  const missing = [...text.matchAll(/\bvar\.(\w+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !variables.includes(name));
  return [...broken, ...missing.map((name) => `var.${name}: no such variable`)];
}
