/**
 * Style that a reader notices: short files and functions, names that say something, headers.
 */
import { describe, expect, it } from 'vitest';
import { lineAt, type Node, parse, type SourceFile, sourcesIn, walk } from './source.ts';

const FILE_LINES_MAX = 300;
/** A test file is read by its titles, so it may be longer than code. */
const TEST_LINES_MAX = 500;
const FUNCTION_LINES_MAX = 70;
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const EMPTY_WORDS = /(?:^|[/-])(?:utils?|helpers?|common|manager|misc|handle[a-z-]*)\.ts$/;

const sources = sourcesIn('lib', 'functions', 'examples', 'infra', 'demo', 'bench', 'test');
const shipped = sources.filter(({ path }) => !path.startsWith('test/'));

function longFunctions(file: SourceFile): readonly string[] {
  const found: string[] = [];
  for (const { node, parent } of walk(parse(file))) {
    if (!FUNCTIONS.has(node.type) || isTestBlock(parent)) continue;
    const first = lineAt(file.text, node.start);
    const lines = lineAt(file.text, node.end) - first + 1;
    if (lines > FUNCTION_LINES_MAX) found.push(`${file.path}:${first} has ${lines} lines`);
  }
  return found;
}

function linesMaxOf(path: string): number {
  return path.endsWith('.test.ts') ? TEST_LINES_MAX : FILE_LINES_MAX;
}

/** `describe('…', () => { … })` groups functions; it does not count as one. */
function isTestBlock(parent: Node | undefined): boolean {
  const callee = parent?.type === 'CallExpression' ? (parent.callee as Node) : undefined;
  return JSON.stringify(callee ?? '', (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  ).includes('"name":"describe"');
}

describe('the style', () => {
  it(`has no file over ${FILE_LINES_MAX} lines, and no test over ${TEST_LINES_MAX}`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ path, lines }) => lines > linesMaxOf(path));

    expect(long).toEqual([]);
    expect([linesMaxOf('lib/index.ts'), linesMaxOf('test/a.test.ts')]).toEqual([300, 500]);
  });

  it(`has no function over ${FUNCTION_LINES_MAX} lines`, () => {
    // A contract groups tests as `describe` does; a property with its scheduler is one long statement.
    const plain = sources.filter(
      ({ path }) => !path.startsWith('test/contract/') && !path.startsWith('test/interleavings/'),
    );
    expect(plain.flatMap(longFunctions)).toEqual([]);
  });

  it('tells a long function from a long group of tests', () => {
    const body = '\n'.repeat(FUNCTION_LINES_MAX);

    expect(longFunctions({ path: 'x.ts', text: `const f = () => {${body}};` })).toHaveLength(1);
    expect(longFunctions({ path: 'x.ts', text: `describe('x', () => {${body}});` })).toEqual([]);
  });

  it('opens every file of the package with what it decides', () => {
    const bare = shipped.filter(({ text }) => !/^(?:#!.*\n)?\/\*\*/.test(text));

    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('has no file that is named after nothing', () => {
    const empty = sources.filter(({ path }) => EMPTY_WORDS.test(path));

    expect(empty.map(({ path }) => path)).toEqual([]);
    expect(EMPTY_WORDS.test('lib/core/utils.ts')).toBe(true);
  });
});
