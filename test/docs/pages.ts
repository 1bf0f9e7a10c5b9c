/**
 * The pages of the documentation as data: their links, headings, and what their code names.
 *
 * Decides how a heading becomes an anchor, as GitHub does it. Judging is left to the tests.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, trackedFiles } from '../architecture/source.ts';

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly title: string;
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
  /** The texts between backticks, outside of code blocks. */
  readonly code: readonly string[];
}

export interface Link {
  readonly target: string;
  /** For a link inside the repository: the file, from the root, and the heading. */
  readonly inside: { readonly path: string; readonly anchor: string | undefined } | undefined;
}

export function allPages(): readonly Page[] {
  return trackedFiles()
    .filter((path) => path.endsWith('.md'))
    .map((path) => pageOf(path, readFileSync(join(ROOT, path), 'utf8')));
}

export function pageOf(path: string, text: string): Page {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  const withoutCode = prose.replaceAll(/`[^`\n]*`/g, '');
  return {
    path,
    text,
    title: headings[0] ?? '',
    anchors: anchorsOf(headings),
    links: [...withoutCode.matchAll(/\]\(<?([^)>\s]+)>?\)/g)].map(([, target = '']) => {
      return { target, inside: insideOf(path, target) };
    }),
    code: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
  };
}

function insideOf(from: string, target: string): Link['inside'] {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : join(dirname(from), decodeURIComponent(file));
  return { path: path.replace(/\/$/, ''), anchor };
}

/** The second heading with the same text gets `-1`, and so on. */
function anchorsOf(headings: readonly string[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of headings) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** A file of the examples without its header, with imports as a user of the package writes them. */
export function asShown(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replace(/^\/\*\*[\s\S]*?\*\/\n+/, '')
    .replaceAll(/'(?:\.\.\/)+lib\/index\.ts'/g, "'tenure'")
    .replaceAll(/'(?:\.\.\/)+infra\/index\.ts'/g, "'tenure/cdk'")
    .replaceAll(/'(?:\.\.\/)+lib\/([a-z]+)\/index\.ts'/g, "'tenure/$1'");
}
