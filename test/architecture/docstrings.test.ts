/**
 * Every symbol that a public subpath exports has a docstring, and so has every member of its interfaces whose name
 * does not say everything; an option says what holds where it is left out. The reference of the documentation's
 * site is made of them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source.ts';

interface Exported {
  readonly from: string;
  readonly name: string;
}

const { entryPoints } = JSON.parse(readFileSync(join(ROOT, 'site/typedoc.json'), 'utf8')) as {
  entryPoints: readonly string[];
};

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** What a file re-exports from other files, under the names that it has there. */
function exportedAgain(path: string): readonly Exported[] {
  const lists = text(path).matchAll(/^export (?:type )?\{([^}]*)\} from '(\.[^']+)'/gm);
  return [...lists].flatMap(([, names = '', target = '']) =>
    names
      .split(',')
      .map((name) =>
        name
          .trim()
          .replace(/^type /, '')
          .replace(/ as .*$/, ''),
      )
      .filter((name) => name !== '')
      .map((name) => ({ from: normalize(join(dirname(path), target)), name })),
  );
}

/** Whether its declaration has a docstring, in the file that has the declaration. */
function isDocumented({ from, name }: Exported): boolean {
  const again = exportedAgain(from).find((one) => one.name === name);
  if (again !== undefined) return isDocumented(again);
  const source = text(from);
  const kinds = 'interface|type|const|let|function|class|enum';
  const declared = new RegExp(`^export (?:(?:async|abstract) )*(?:${kinds}) ${name}\\b`, 'm');
  const at = source.search(declared);
  return at >= 0 && source.slice(0, at).trimEnd().endsWith('*/');
}

it('every exported symbol has a docstring', () => {
  const indexes = entryPoints.map((path) => normalize(join('site', path)));
  expect(indexes.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const exported = indexes.flatMap(exportedAgain);

  expect(exported.length).toBeGreaterThan(200);
  const missing = exported.filter((one) => !isDocumented(one));
  expect(missing.map(({ from, name }) => `${name} of ${from}`)).toEqual([]);
});

interface Member {
  readonly of: Exported;
  readonly name: string;
  readonly isOptional: boolean;
  readonly type: string;
  readonly docstring: string;
}

/** Names that say everything about a member that must be given or is always there. */
const PLAIN = new Set([
  ...['action', 'attributes', 'body', 'candidateId', 'client', 'clock', 'cluster', 'clusterArn'],
  ...['election', 'event', 'family', 'group', 'guard', 'headers', 'kind', 'lastRun', 'messageId'],
  ...['name', 'partition', 'port', 'queueUrl', 'random', 'rows', 'serviceName', 'statusCode'],
  ...['store', 'subtitle', 'table', 'tableArn', 'tableName', 'taskArn', 'term', 'timings', 'title'],
  ...['token', 'via', 'documents'],
  ...['atEpochMs', 'electedAtEpochMs', 'fromEpochMs', 'startedAtEpochMs', 'toEpochMs'],
]);

/** The shapes of other libraries and of AWS, as far as this one uses them. Their own pages document them. */
const FOREIGN = new Set([
  ...['BatchAnswer', 'BatchItemFailures', 'FieldsFirstLogger', 'HttpAnswer', 'HttpEvent'],
  ...['IamStatement', 'LambdaContext', 'LockDocuments', 'MiddyRequest', 'PostgresSession'],
  ...['RedisServer'],
  ...[
    'PowertoolsMetrics',
    'QueueRecord',
    'SpanLike',
    'Statement',
    'StructuredLogger',
    'TickContext',
  ],
  ...['TickEvent', 'TickRecord', 'TracerLike'],
]);

/** Where something is left out, something else holds. */
const TAKES_OPTIONS = /(?:Options|Props|ToRead|Place|OfService|OfElection|Renewals|Names)$/;
const SAYS_DEFAULT = /Default|[Ll]eft out|Required|needs it/;

/** Where its declaration is. */
function declarationOf(one: Exported): Exported {
  const again = exportedAgain(one.from).find(({ name }) => name === one.name);
  return again === undefined ? one : declarationOf(again);
}

const MEMBER =
  /((?:^ {2}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^ {2}(?:readonly )?(\w+)(\??)([:(<].*)$/gm;

/** The members of an interface, or of a type that is one object. */
function membersOf(of: Exported): readonly Member[] {
  const source = text(of.from);
  const declared = new RegExp(
    `^export (?:interface ${of.name}\\b[^{]*|type ${of.name} = (?:Readonly<)?)\\{\\n`,
    'm',
  ).exec(source);
  if (declared === null) return [];
  const body = source.slice(declared.index + declared[0].length);
  return [...body.slice(0, body.search(/^\}/m)).matchAll(MEMBER)].map(
    ([, docstring = '', name = '', mark = '', type = '']) => {
      return { of, name, isOptional: mark === '?', type, docstring };
    },
  );
}

const exported = entryPoints.map((path) => normalize(join('site', path))).flatMap(exportedAgain);
const declarations = new Map(
  exported.map(declarationOf).map((one) => [`${one.from} ${one.name}`, one]),
);
const members = [...declarations.values()]
  .flatMap(membersOf)
  .filter(({ of, type }) => !FOREIGN.has(of.name) && !/^: undefined;$/.test(type));
const spoken = ({ of, name }: Member) => `${of.name}.${name} of ${of.from}`;

it('every member of an exported interface says what its name does not', () => {
  expect(members.length).toBeGreaterThan(400);
  const missing = members.filter(
    ({ docstring, isOptional, name }) => docstring === '' && (isOptional || !PLAIN.has(name)),
  );
  expect(missing.map(spoken)).toEqual([]);
});

it('every option and every timing says its default', () => {
  const options = members.filter(({ of, isOptional }) =>
    /Timings$/.test(of.name) ? true : isOptional && TAKES_OPTIONS.test(of.name),
  );
  expect(options.length).toBeGreaterThan(100);
  const silent = options.filter(
    ({ docstring }) => !SAYS_DEFAULT.test(docstring.replaceAll(/\s+\*\s+/g, ' ')),
  );
  expect(silent.map(spoken)).toEqual([]);
});
