/**
 * The pages on Lambda and ECS show code that runs: each block is the file that is named above it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as ecs from '../../lib/ecs/index.ts';
import * as health from '../../lib/health/index.ts';
import * as lambda from '../../lib/lambda/index.ts';
import { ROOT } from '../architecture/source.ts';

const PAGES = ['docs/lambda.md', 'docs/ecs.md'];
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  test('shows each example as it is, with the names by which a user imports it', () => {
    const shown = [...text.matchAll(/^`(examples\/[^`]+)`:\n\n```ts\n([\s\S]*?)^```$/gm)];
    const blocks = [...text.matchAll(/^```ts$/gm)];

    expect(shown.length).toBeGreaterThan(0);
    expect(shown).toHaveLength(blocks.length);
    for (const [, path = '', block] of shown) {
      const source = read(path)
        .replace(/^\/\*\*[\s\S]*?\*\/\n/, '')
        .replaceAll(/'\.\.\/\.\.\/lib\/([a-z]+)\/index\.ts'/g, "'tenure/$1'")
        .replaceAll("'../../lib/index.ts'", "'tenure'");
      expect(block).toBe(source);
    }
  });

  test('names only files that exist', () => {
    const named = [...text.matchAll(/`((?:functions|test|examples)\/[^`\s]+)`/g)].map(([, p]) => p);

    expect(named.filter((path = '') => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

test('the functions that the pages name are exported', () => {
  const text = PAGES.map(read).join('\n');
  const exported = { ...ecs, ...health, ...lambda };
  const named = [
    ...text.matchAll(
      /`(leaderOnly|makeLeaderOnly|runOnce|taskIdentity|leadUntilStopped|createHealth)\b/g,
    ),
  ];

  expect(new Set(named.map(([, name]) => name)).size).toBe(6);
  for (const [, name = ''] of named) expect(exported).toHaveProperty(name);
});
