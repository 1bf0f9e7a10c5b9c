/**
 * Wrong command lines: each gets an exit code and a sentence, writes nothing, and does not hang. Every
 * verb runs in this process, against a store that has no table and records each request.
 */
import fs from 'node:fs';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram, runProgram } from '../../lib/cli/program.ts';

/** Not shrunk: each step of a hang would take its whole deadline again. */
const RUNS = { numRuns: 800, seed: 11, endOnFailure: true };
const A_STACK = /^\s+at .+:\d+:\d+\)?$/m;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const;
const READS = [
  'Scan',
  'GetItem',
  'Query',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetQueueAttributes',
];
/** Only a hang reaches it. */
const HANG_MS = 120_000;

const operations: string[] = [];
const server = createServer((request, response) => {
  const target = String(request.headers['x-amz-target']);
  operations.push(target.split('.').at(-1) ?? '');
  const missing = target.startsWith('AmazonSQS')
    ? 'com.amazonaws.sqs#QueueDoesNotExist'
    : 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException';
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: missing, message: 'there is nothing here' }));
});
let endpoint: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const name of ['AWS_ENDPOINT_URL_DYNAMODB', 'TENURE_DYNAMODB_ENDPOINT']) {
    vi.stubEnv(name, endpoint);
  }
  vi.stubEnv('TENURE_SQS_ENDPOINT', endpoint);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  vi.unstubAllEnvs();
});
afterEach(() => vi.restoreAllMocks());

/** Catches everything that is printed, to either stream or directly to its file descriptor. */
function captured() {
  let said = '';
  const keep = (text: unknown) => {
    said += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  vi.spyOn(fs, 'writeSync').mockImplementation((_fd: number, text: unknown) => {
    keep(text);
    return 0;
  });
  // `run` writes events to a file itself, but to a pipe by another process, whose output is not caught here.
  const { fstatSync } = fs;
  const file = fs.statSync(process.execPath);
  vi.spyOn(fs, 'fstatSync').mockImplementation((fd) => (fd === 2 ? file : fstatSync(fd)));
  syncBuiltinESMExports();
  return {
    take() {
      const all = said;
      said = '';
      return all;
    },
    [Symbol.dispose]() {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    },
  };
}

/** Runs a command line here, and leaves this process as it was. */
async function ran(argv: readonly string[]) {
  using output = captured();
  const listeners = SIGNALS.map((signal) => process.listeners(signal));
  const before = process.exitCode;
  operations.length = 0;
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<'hung'>((resolve) => {
    timer = setTimeout(() => resolve('hung'), HANG_MS);
  });
  const end = await Promise.race([runProgram(['node', 'tenure', ...argv]), hang]);
  clearTimeout(timer);
  const code = process.exitCode ?? 0;
  process.exitCode = before;
  for (const [at, signal] of SIGNALS.entries()) {
    for (const added of process.listeners(signal)) {
      if (!listeners[at]?.includes(added)) process.off(signal, added);
    }
  }
  return { hung: end === 'hung', code, said: output.take(), asked: [...operations] };
}

/** Each with its words: `groups create` is one, and `groups` alone is none. */
const commands = createProgram().commands.flatMap((command) =>
  command.commands.length === 0
    ? [{ verb: command.name(), options: command.options }]
    : command.commands.map((own) => ({
        verb: `${command.name()} ${own.name()}`,
        options: own.options,
      })),
);
/** Left out: `init` writes files where it is told to, and `completion` takes a shell and no election. */
const OTHERS = ['init', 'completion'];
const verbs = commands.map(({ verb }) => verb).filter((verb) => !OTHERS.includes(verb));
const flagsOf = (verb: string) =>
  commands.flatMap((one) => (one.verb === verb ? one.options.map(({ long }) => `${long}`) : []));
const flags = [...new Set(verbs.flatMap(flagsOf))];
/** What a verb needs beside its election. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  reseed: ['--token', '7'],
  run: ['--', 'true'],
  plan: ['--crash', '30s'],
  move: ['17', '--to', 'member/1'],
  transfer: ['--to', 'worker/1'],
  'groups create': ['--partitions', '3'],
};
const ENDLESS = '9'.repeat(400);
const value = fc.oneof(
  fc.constantFrom('e', '10s', '30s', '3s', '7', 'true', 'candidate', 'leases', 'eu-west-1'),
  fc.constantFrom(
    '',
    ' ',
    '0s',
    '-1',
    '7.5',
    '1e9',
    `${ENDLESS}s`,
    ENDLESS,
    'NaN',
    'x'.repeat(300),
  ),
  fc.constantFrom('a\tb', '\0', "it's", '-', '--', '-x', '--=', '../..', 'http://', 'arn:aws:x'),
  fc.constantFrom('arn:aws:sqs:eu-west-1:123456789012:e.fifo', '123456789012', '--help', '-V'),
  fc.constant('QUEUE'),
  fc.string(),
);
const maybe = (words: readonly string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(words) }, fc.constant([]));

/** Mostly options that the verb has, mostly with values that are odd. */
function wordsOf(verb: string) {
  const own = fc.constantFrom('--help', ...flagsOf(verb));
  const word = fc.oneof(
    value.map((one) => [one]),
    fc.constantFrom(...flags).map((flag) => [flag]),
    { weight: 3, arbitrary: own.map((flag) => [flag]) },
    { weight: 5, arbitrary: fc.tuple(own, value) },
  );
  const parts = [
    maybe(['e']),
    fc.array(word, { maxLength: 3 }),
    maybe(NEEDED[verb] ?? []),
  ] as const;
  return fc
    .tuple(...parts)
    .map(([election, words, needed]) => [
      ...verb.split(' '),
      ...election,
      ...words.flat(),
      ...needed,
    ]);
}

const argv = fc
  .oneof(
    { weight: 9, arbitrary: fc.constantFrom(...verbs).chain(wordsOf) },
    fc.array(fc.string(), { maxLength: 4 }),
  )
  .map((all) => all.map((one) => (one === 'QUEUE' ? `${endpoint}/0/e.fifo` : one)));

const verbOf = (given: readonly string[]) =>
  verbs.find((verb) => verb.split(' ').every((word, at) => given[at] === word)) ?? '';

/** What must be true of every command line. */
async function judged(given: readonly string[]) {
  const result = await ran(given);
  const { hung, code, said, asked } = result;
  expect(hung, 'it hangs').toBe(false);
  // A shell's exit codes for a command that cannot be run or does not exist.
  const ofCommand = ['run', 'guard'].includes(given[0] ?? '') ? [126, 127] : [];
  expect([0, 1, 2, 3, ...ofCommand]).toContain(code);
  expect(said).not.toMatch(A_STACK);
  expect(said, 'an error of no known kind').not.toContain('unexpected:');
  if (code !== 0) expect(said.trim()).not.toBe('');
  if (code === 2) expect(asked, 'it asked before it looked at what was given').toEqual([]);
  // Only two kinds of writes are allowed: those of `local`, and those that an option asks for.
  const creates = given[0] === 'local' || given.includes('--create-table');
  const seeds = given[1] === 'create' || given.includes('--create-group');
  const allowed = [
    ...READS,
    ...(creates ? ['CreateTable', 'CreateQueue'] : []),
    ...(seeds ? ['UpdateItem'] : []),
  ];
  for (const operation of asked) expect(allowed).toContain(operation);
  return result;
}

describe('a command line', () => {
  it('ends with an exit code and a sentence, whatever is in it', async () => {
    const codes = new Map<number | string, number>();
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(argv, async (given) => {
        const { code, asked } = await judged(given);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (code !== 2 && asked.length > 0) reached.add(verbOf(given));
      }),
      RUNS,
    );
    for (const code of [0, 2, 3]) expect(codes.get(code), `exit code ${code}`).toBeGreaterThan(15);
    // If no generated line passed the parser, the test would prove nothing about the verbs.
    const asking = verbs.filter((verb) => !['guard', 'plan', 'policy'].includes(verb));
    expect(reached).toEqual(new Set(asking));
  });

  it.each(verbs)('of %s is refused with an unknown option', async (verb) => {
    const words = [...verb.split(' '), 'e', '--nonsense', ...(NEEDED[verb] ?? [])];
    const { code, said } = await judged(words);

    expect(code).toBe(2);
    expect(said).toContain('--nonsense');
    expect(said).toContain('--help');
  });

  it.each(verbs)('of %s has a help that says how to use it', async (verb) => {
    const { code, said } = await judged([...verb.split(' '), '--help']);

    expect(code).toBe(0);
    expect(said).toContain(`Usage: tenure ${verb}`);
  });

  it.each([
    ['a name that is empty', ['status', '']],
    ['a name with a control character', ['doctor', 'a\tb']],
    ['a name that is too long', ['history', 'x'.repeat(201)]],
    ['a name for a local queue that is empty', ['local', '--queue', '']],
    ['a local table of another name', ['local', '--table', "it's"]],
    ['a lease without an end', ['run', 'e', '--lease', `${ENDLESS}s`, '--', 'true']],
    ['a lease of 25 days', ['run', 'e', '--lease', '36000m', '--', 'true']],
    ['a lease of nothing to wait out', ['reseed', 'e', '--token', '7', '--lease', '0s', '--yes']],
    ['a lease of nothing to judge', ['doctor', '--lease', '0s']],
    ['a token with a fraction', ['reseed', 'e', '--token', '7.5', '--yes']],
    ['a token below every token', ['reseed', 'e', '--token', '0', '--yes']],
    ['a token that cannot be followed', ['reseed', 'e', '--token', '9'.repeat(38), '--yes']],
    ['a limit of nothing', ['history', 'e', '--limit', '0']],
    ['a limit in words', ['history', 'e', '--limit', 'all']],
    ['a port that is none', ['dashboard', 'e', '--port', '65536']],
    ['an address that is none', ['watch', 'e', '--endpoint', 'ftp://127.0.0.1']],
    ['a role that nobody knows', ['policy', 'e', '--role', 'king']],
    ['a second name', ['depose', 'e', 'f', '--yes']],
    ['a verb that nobody knows', ['elect', 'e']],
    ['no verb', []],
  ])('is refused for %s', async (_what, given) => {
    expect(await judged(given)).toMatchObject({ code: 2, asked: [] });
  });
});
