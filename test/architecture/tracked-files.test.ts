/**
 * What a repository may carry: nothing of the machine that it was written on.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, trackedFiles } from './source.ts';

const MACHINE_PATH = /(?:^|["'`\s=(:])\/(?:work|root|home\/[a-z]+|Users\/[A-Za-z]+)\/[\w.-]+/;
const BINARY = /\.(?:png|gif|ico|woff2|svg)$/;

interface LockedPackage {
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe('the tracked files', () => {
  it('name no path of a machine', () => {
    const found = trackedFiles()
      .filter((path) => !BINARY.test(path))
      .flatMap((path) => {
        const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
        return lines.flatMap((line, n) => (MACHINE_PATH.test(line) ? [`${path}:${n + 1}`] : []));
      });

    expect(found).toEqual([]);
    expect(MACHINE_PATH.test(`see ${['', 'home', 'ann', 'x.ts'].join('/')}`)).toBe(true);
  });

  it('lock packages by content and from no particular registry', () => {
    const text = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> };

    const hosted = Object.entries(packages).filter(([, { resolved, link }]) => resolved && !link);
    expect(hosted.map(([path]) => path)).toEqual([]);
    expect(text).not.toMatch(/https?:\/\/[^"]*registry/);
  });

  it('lock the packages of every platform, without which npm ci refuses to install', () => {
    const text = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> };

    const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
    const optional = Object.values(packages).flatMap((one) =>
      Object.keys(one.optionalDependencies ?? {}),
    );
    expect(optional.length).toBeGreaterThan(10);
    expect(optional.filter((name) => !locked.has(name))).toEqual([]);
  });
});
