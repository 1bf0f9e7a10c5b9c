/**
 * What the page consists of: a document, a style sheet, and modules of this folder as they are.
 *
 * In the repository the modules are TypeScript, whose types are taken out here; in the package they are
 * JavaScript already. Nothing else of the file system can be reached.
 */
import { readFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_STYLE } from './page-style.ts';

export interface PageFile {
  readonly contentType: string;
  readonly body: string;
}

const HERE = fileURLToPath(import.meta.url);
const SUFFIX = extname(HERE);
const MODULES = [
  'board',
  'timeline',
  'page/acting',
  'page/group-main',
  'page/group-view',
  'page/main',
  'page/follow',
  'page/view',
  'page/lane-view',
  'page/words',
];

export const PAGE_SCRIPT = `/page/main${SUFFIX}`;
export const GROUP_SCRIPT = `/page/group-main${SUFFIX}`;

/** By path, read once. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const style = { contentType: 'text/css; charset=utf-8', body: PAGE_STYLE };
  const modules = MODULES.map((name) => {
    const source = readFileSync(new URL(`./${name}${SUFFIX}`, import.meta.url), 'utf8');
    const body = SUFFIX === '.ts' ? withoutTypes(source) : source;
    return [`/${name}${SUFFIX}`, { contentType: 'text/javascript; charset=utf-8', body }] as const;
  });
  return new Map([['/style.css', style], ...modules]);
}

/**
 * Node warns once a process that this call is experimental. A viewer of the page need not read
 * that.
 */
function withoutTypes(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    // Looked up on the module: a named import is resolved at start, and Node 22.0 to 22.12 lacks
    // this one.
    return nodeModule.stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
