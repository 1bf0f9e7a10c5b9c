/**
 * The core has time as an input: it may not read a clock, draw a random number, wait, or do I/O.
 */
import { describe, expect, it } from 'vitest';
import { lineAt, type Node, parse, type SourceFile, sourcesIn, walk } from './source.ts';

const IMPURE_NAMES = new Set([
  ...['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['Promise', 'AbortSignal', 'AbortController', 'crypto', 'fetch', 'process', 'globalThis'],
  ...['console', 'Temporal', 'Intl', 'Atomics'],
]);
const WAITING = new Set(['AwaitExpression', 'ForAwaitStatement']);

function impurities(file: SourceFile): readonly string[] {
  const found: string[] = [];
  for (const { node, parent, name } of walk(parse(file))) {
    const what = impurityOf(node, parent, name);
    if (what !== undefined)
      found.push(`${file.path}:${lineAt(file.text, node.start)} uses ${what}`);
  }
  return found;
}

function impurityOf(node: Node, parent: Node | undefined, name: string | undefined) {
  if (WAITING.has(node.type) || node.async === true || node.await === true) return 'async code';
  if (node.type === 'MemberExpression' && isMathRandom(node)) return 'Math.random';
  if (node.type !== 'Identifier' || !IMPURE_NAMES.has(String(node.name))) return undefined;
  // A field may have any name; a value or a type may not be one of these.
  const isField = (name === 'property' && parent?.computed !== true) || name === 'key';
  return isField ? undefined : String(node.name);
}

function isMathRandom(node: Node): boolean {
  const object = node.object as Node;
  const property = node.property as Node;
  return object.name === 'Math' && property.name === 'random';
}

describe('the core', () => {
  it('has no clock, no randomness, no promise and no input or output', () => {
    const core = sourcesIn('lib').filter(({ path }) => path.startsWith('lib/core/'));

    expect(core.length).toBeGreaterThan(3);
    expect(core.flatMap(impurities)).toEqual([]);
  });

  it.each([
    'const at = Date.now();',
    'const at = performance.now();',
    'const dice = Math.random();',
    'export async function campaign() {}',
    'export type Later = Promise<void>;',
    'const later = () => setTimeout(tick, 10);',
    'console.log(1);',
    'const env = process.env;',
  ])('would not pass with: %s', (text) => {
    expect(impurities({ path: 'lib/core/x.ts', text })).toHaveLength(1);
  });

  it('may call a field by any name', () => {
    const text = 'export interface Row { readonly Date: number } const d = (row: Row) => row.Date;';

    expect(impurities({ path: 'lib/core/x.ts', text })).toEqual([]);
  });
});
