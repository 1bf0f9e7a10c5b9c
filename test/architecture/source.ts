/**
 * The repository's own files, read and parsed for the architecture tests.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A node of the syntax tree: a type, a range, and children under any name. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [child: string]: unknown;
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** A relative specifier resolved from the repository's root; any other as written. */
  readonly target: string;
  readonly typeOnly: boolean;
}

/** Files under version control, and new files that git does not ignore. */
export function trackedFiles(): readonly string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\n').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

/** TypeScript sources, in these top-level folders. */
export function sourcesIn(...folders: readonly string[]): readonly SourceFile[] {
  return trackedFiles()
    .filter((path) => path.endsWith('.ts') && folders.includes(path.split('/')[0] ?? ''))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

export function parse(file: SourceFile): Node {
  const program: unknown = parseAst(file.text, { lang: 'ts', astType: 'ts' }, file.path);
  return program as Node;
}

/** Every node below, with its parent and the name of the parent's field that holds it. */
export function* walk(
  node: Node,
  parent?: Node,
  name?: string,
): Generator<{ node: Node; parent: Node | undefined; name: string | undefined }> {
  yield { node, parent, name };
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* walk(child, node, key);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** What a file imports, re-exports, loads with `import()`, or names with `import('…').Type`. */
export function importsOf(file: SourceFile): readonly Import[] {
  const found: Import[] = [];
  for (const { node } of walk(parse(file))) {
    const specifier = specifierOf(node);
    if (specifier === undefined) continue;
    const typeOnly =
      node.importKind === 'type' || node.exportKind === 'type' || node.type === 'TSImportType';
    found.push({ specifier, target: targetOf(file.path, specifier), typeOnly });
  }
  return found;
}

const IMPORTING = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

function specifierOf(node: Node): string | undefined {
  if (!IMPORTING.has(node.type)) return undefined;
  const source = node.source;
  if (!isNode(source) || typeof source.value !== 'string') return undefined;
  return source.value;
}

function targetOf(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}

/** The line, counted from 1, of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
