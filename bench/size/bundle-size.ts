/**
 * What importing the package costs a Lambda bundle: minified by esbuild, gzipped, without the AWS SDK,
 * which the runtime brings. Only what a handler uses counts: bundlers drop the rest.
 *
 * `node bench/size/bundle-size.ts` prints one line of JSON for each.
 */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');
/** What a program that leads over a table may cost. A tenth are messages, a twentieth is the last will. */
export const LEADING_BYTES_MAX = 22 * 1024;
/** The same with the way into Lambda, whose options and messages are checked at construction. */
export const HANDLER_BYTES_MAX = 24.5 * 1024;

export interface Import {
  readonly what: string;
  /** Names from subpaths; `*` for everything. */
  readonly from: Readonly<Record<string, readonly string[] | '*'>>;
  readonly limitBytes?: number;
}

export const IMPORTS: readonly Import[] = [
  {
    what: 'a program that leads: tenure, tenure/dynamodb',
    from: { index: ['createElection'], 'dynamodb/index': ['dynamoDbLease'] },
    limitBytes: LEADING_BYTES_MAX,
  },
  {
    what: 'a handler that leads: tenure, tenure/dynamodb, tenure/lambda',
    from: {
      index: ['createElection'],
      'dynamodb/index': ['dynamoDbLease'],
      'lambda/index': ['leaderOnly', 'makeLeaderOnly'],
    },
    limitBytes: HANDLER_BYTES_MAX,
  },
  {
    what: 'the same, with fenced writes and a checkpoint',
    from: {
      index: ['createElection'],
      'dynamodb/index': ['dynamoDbLease', 'fenced', 'checkpoint'],
      'lambda/index': ['leaderOnly', 'makeLeaderOnly', 'runOnce'],
    },
  },
  { what: 'everything in tenure', from: { index: '*' } },
  { what: 'everything in tenure/dynamodb', from: { 'dynamodb/index': '*' } },
  { what: 'everything in tenure/lambda', from: { 'lambda/index': '*' } },
];

/** Bytes of the bundle, minified and gzipped. */
export async function importedBytes({ from }: Import): Promise<number> {
  const contents = Object.entries(from)
    .map(([path, names]) => {
      const exported = names === '*' ? '*' : `{ ${names.join(', ')} }`;
      return `export ${exported} from './lib/${path}.ts';`;
    })
    .join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['@aws-sdk/*', '@smithy/*'],
    logLevel: 'warning',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

if (import.meta.main) {
  for (const each of IMPORTS) {
    const { what, limitBytes } = each;
    const bytes = await importedBytes(each);
    process.stdout.write(`${JSON.stringify({ what, bytes, limitBytes })}\n`);
    if (limitBytes !== undefined && bytes > limitBytes) process.exitCode = 1;
  }
}
