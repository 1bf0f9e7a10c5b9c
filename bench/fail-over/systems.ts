/** What is compared: each system with its store, the group that it is judged in, and its program. */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Foreign, missingFor, prepareForeign } from './foreign.ts';
import type { StoreKind } from './stores.ts';

/**
 * How expiry is decided. `own-clock`: by watching for a lease, on DynamoDB. `wall-clock`: by the time of
 * day, with a stated or a silent assumption about it, on DynamoDB. `server`: by the server that keeps it.
 */
export type Group = 'own-clock' | 'wall-clock' | 'server';

export interface System {
  readonly name: string;
  readonly title: string;
  readonly group: Group;
  readonly store: StoreKind;
  /** Of Node, in `systems/`; absent for one that is no Node program. */
  readonly program?: string;
  readonly runs?: Foreign;
  /** A queue of each lane's own: `hints` beside the store, or the `baton` itself. */
  readonly queue?: 'hints' | 'baton';
  /** Whether it gives a token that a fence can compare. */
  readonly tokens: boolean;
  /** A stated bound on the difference between wall clocks. One machine has one, so any bound is true here. */
  readonly clockErrorMsMax?: number;
  /** Runs below a guard, which has its last will. `settleMs` absent: the default. */
  readonly will?: { readonly settleMs?: number };
}

const tenure = { program: 'tenure', tokens: true } as const;
const lockClient = {
  store: 'dynamodb',
  program: 'dynamodb-lock-client',
  tokens: true,
} as const;

const ALL: readonly System[] = [
  {
    ...tenure,
    name: 'tenure-lease',
    title: 'tenure, lease',
    group: 'own-clock',
    store: 'dynamodb',
  },
  {
    ...tenure,
    name: 'tenure-hints',
    title: 'tenure, lease with hints',
    group: 'own-clock',
    store: 'dynamodb',
    queue: 'hints',
  },
  {
    ...lockClient,
    name: 'dynamodb-lock-client',
    title: 'dynamodb-lock-client 0.7.3',
    group: 'own-clock',
  },
  {
    name: 'client-go-loop',
    title: 'client-go rules, our loop',
    group: 'own-clock',
    store: 'dynamodb',
    program: 'client-go-loop',
    tokens: false,
  },
  {
    name: 'awslabs-lock-client',
    title: "awslabs' dynamodb-lock-client 1.4.0, Java",
    group: 'own-clock',
    store: 'dynamodb',
    runs: 'awslabs',
    tokens: false,
  },
  {
    name: 'tenure-sidecar',
    title: 'tenure, lease, seen by a Python program beside tenure serve',
    group: 'own-clock',
    store: 'dynamodb',
    runs: 'sidecar',
    tokens: true,
  },
  {
    ...tenure,
    name: 'tenure-clock-bound',
    title: 'tenure, lease, clocks within 1 ms',
    group: 'wall-clock',
    store: 'dynamodb',
    clockErrorMsMax: 1,
  },
  {
    ...tenure,
    name: 'tenure-clock-bound-wide',
    title: 'tenure, lease, clocks within 50 ms',
    group: 'wall-clock',
    store: 'dynamodb',
    clockErrorMsMax: 50,
  },
  {
    ...lockClient,
    name: 'dynamodb-lock-client-wall-clock',
    title: 'dynamodb-lock-client 0.7.3, trustLocalTime',
    group: 'wall-clock',
  },
  {
    ...tenure,
    name: 'tenure-baton',
    title: 'tenure, baton',
    group: 'server',
    store: 'sqs',
    queue: 'baton',
  },
  {
    name: 'etcd3',
    title: 'etcd3 1.1.2',
    group: 'server',
    store: 'etcd',
    program: 'etcd3',
    tokens: true,
  },
  {
    name: 'redlock',
    title: 'redlock 4.2.0',
    group: 'server',
    store: 'redis',
    program: 'redlock',
    tokens: false,
  },
];

/** What this machine can run. */
export const SYSTEMS = ALL.filter(({ runs }) => missingFor(runs) === undefined);

/** What it cannot, with what is missing. */
export const LEFT_OUT: readonly { readonly title: string; readonly needs: string }[] = ALL.flatMap(
  ({ title, runs }) => {
    const needs = missingFor(runs);
    return needs === undefined ? [] : [{ title, needs }];
  },
);

const named = (name: string): System => {
  const found = SYSTEMS.find((system) => system.name === name);
  if (found === undefined) throw new Error(`no system ${name}`);
  return found;
};

/** With and without a last will, beside what the kernel tells of a crash elsewhere. */
export const WILL_SYSTEMS: readonly System[] = [
  ...['tenure-hints', 'tenure-baton', 'tenure-lease'].flatMap((name) => {
    const plain = named(name);
    return [
      {
        ...plain,
        name: `${name}-will`,
        title: `${plain.title}, will at once`,
        will: { settleMs: 0 },
      },
      { ...plain, name: `${name}-settled`, title: `${plain.title}, will settled`, will: {} },
      plain,
    ];
  }),
  named('etcd3'),
  {
    name: 'postgres',
    title: "PostgreSQL's advisory lock, session",
    group: 'server',
    store: 'postgres',
    program: 'postgres',
    tokens: false,
  },
];

const FOLDER = fileURLToPath(new URL('../.artifacts/', import.meta.url));

/** As in the worker's image. */
export const GUARD = `${FOLDER}guard.mjs`;

export const programOf = ({ program }: System): string => `${FOLDER}${program}.mjs`;

/** As JavaScript, as packages are published; what they need is found beside the benchmarks. */
export async function buildPrograms(): Promise<void> {
  await prepareForeign(SYSTEMS.flatMap(({ runs }) => runs ?? []));
  const all = [...SYSTEMS, ...WILL_SYSTEMS];
  const names = [...new Set(all.flatMap(({ program }) => program ?? []))];
  const programs = names.map((name) => `./systems/${name}.ts`);
  await build({
    entryPoints: [...programs, '../../functions/worker/guard.ts'].map((file) => ({
      in: fileURLToPath(new URL(file, import.meta.url)),
      out: basename(file, '.ts'),
    })),
    outdir: FOLDER,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
}
