/**
 * The broken protocols, each with the invariant that its simulation must find violated.
 */
import { BATON_MUTANTS } from '../baton/mutants.ts';
import { GROUP_MUTANTS } from '../group/mutants.ts';
import { REGION_MUTANTS } from '../regions/mutants.ts';
import { WILL_MUTANTS } from '../will/mutants.ts';
import { CALL_MUTANTS } from './call-mutants.ts';
import { FENCE_MUTANTS } from './fence-mutants.ts';
import { type Mutant, one, under } from './mutant.ts';
import { USE_MUTANTS } from './use-mutants.ts';

const CONDITIONS = 'lib/dynamodb/election/conditions.ts';
const STANDBY = 'lib/core/lease/waiting.ts';
const ACQUIRING = 'lib/core/lease/acquiring.ts';

const RENEW_ADOPTED = {
  find: '  const token = nextToken(record.token);',
  replace:
    "  if (record.holder === state.self.candidateId) return { kind: 'renew', " +
    "confirmedRevision: record.revision, token: record.token, state: 'leading', ...common } as never;\n" +
    '  const token = nextToken(record.token);',
};

const LEASE_MUTANTS: readonly Mutant[] = [
  one(
    '† renew without its revision',
    ['S3', 'C1'],
    CONDITIONS,
    "'#revision = :confirmedRevision'",
    "'(#revision = :confirmedRevision OR attribute_exists(#revision))'",
  ),
  under(
    ['answer-lost', 'error-after-applying', 'answers-cut', 'connection-reset'],
    one(
      '† lease counted from a retry',
      ['C1'],
      'lib/core/term/attempts.ts',
      'return { ...attempts, retryAt: later(now.at, delayMs) };',
      'return { ...attempts, sentAt: later(now.at, delayMs), retryAt: later(now.at, delayMs) };',
    ),
  ),
  one(
    '† an adopted record is renewed into a new term',
    ['S2', 'C1'],
    ACQUIRING,
    RENEW_ADOPTED.find,
    RENEW_ADOPTED.replace,
  ),
  one(
    '† leading on while the release is unknown',
    ['C1'],
    'lib/runtime/candidate/candidate.ts',
    "    if (kind !== 'leading' || leading?.token !== token) return 0;",
    "    if (kind === 'releasing') return remainingMs(player.state.phase as never, clock.now(), timings);\n" +
      "    if (kind !== 'leading' || leading?.token !== token) return 0;",
  ),
  {
    name: '† relative token increment, retried under a condition that still holds',
    of: 'lease',
    violates: ['S2', 'S3'],
    edits: [
      {
        file: CONDITIONS,
        find: "would be overwritten.\n        condition: '#revision = :seenRevision'",
        replace:
          "would be overwritten.\n        condition: '#revision = :seenRevision OR #holder = :holder'",
      },
      {
        file: 'test/simulation/table/simulated-table.ts',
        find: '    const after = judged.after();',
        replace:
          '    const before = items.get(key);\n    let after = judged.after();\n' +
          "    if (values[':writtenBy']?.S === 'acquire' && before?.token?.N !== undefined) " +
          'after = { ...after, token: { N: String(BigInt(before.token.N) + 1n) } };',
      },
    ],
  },
  one(
    '† regression judged by an eventual read',
    ['L1'],
    STANDBY,
    "const proven = reading.consistency === 'strong' && record.token < reading.knownToken;",
    'const proven = true;',
  ),
  {
    name: 'row deleted on release',
    of: 'lease',
    violates: ['S2', 'S3'],
    edits: [
      {
        file: 'test/simulation/table/simulated-table.ts',
        find: '    const after = judged.after();',
        replace:
          "    const after = values[':writtenBy']?.S === 'release' ? undefined : judged.after();",
      },
      // With the history kept, a candidate refuses to start again: that guard is taken out too.
      {
        file: 'lib/dynamodb/election/lease-store.ts',
        find: '      if (historyDays === 0) return;',
        replace: '      if (historyDays >= 0) return;',
      },
    ],
  },
  one(
    'take-over at 0.7 of the lease',
    ['C1'],
    'lib/core/lease/observation.ts',
    '(record.reservedMs ?? 0) : record.leaseDurationMs;',
    '(record.reservedMs ?? 0) : record.leaseDurationMs * 0.7;',
  ),
  one(
    'an observer that counts by the wall clock',
    ['C1'],
    'lib/core/time/instant.ts',
    'export function observedElapsedMs(from: Reading, to: Reading): number {\n  return to.monotonicMs - from.monotonicMs;',
    'export function observedElapsedMs(from: Reading, to: Reading): number {\n  return to.epochMs - from.epochMs;',
  ),
  one(
    'a holder that counts by the monotonic clock alone',
    ['C1'],
    'lib/core/time/instant.ts',
    'return Math.max(to.monotonicMs - from.monotonicMs + frozenMs, to.epochMs - from.epochMs);',
    'return to.monotonicMs - from.monotonicMs;',
  ),
  {
    name: 'no margin, clock rates 20 % apart',
    of: 'lease',
    violates: ['C1'],
    edits: [
      { file: 'lib/core/term/leading.ts', find: ' - timings.marginMs;', replace: ';' },
      {
        file: 'test/simulation/lease/world/create-world.ts',
        find: 'const DRIFT_MAX = 0.008;',
        replace: 'const DRIFT_MAX = 0.1;',
      },
    ],
  },
  under(
    ['answer-late', 'request-late', 'paused-briefly'],
    one(
      'lease counted from the answer',
      ['C1'],
      'lib/core/term/course.ts',
      'const { nonce: revision, sentAt: confirmedAt } = renewal;',
      'const { nonce: revision, sentAt: confirmedAt } = { ...renewal, sentAt: now.at };',
    ),
  ),
  one(
    'release without a condition',
    ['S6'],
    CONDITIONS,
    "condition: '#holder = :holder AND #token = :token',\n        update: vacate",
    "condition: '(#holder = :holder AND #token = :token) OR attribute_exists(#revision)',\n        update: vacate",
  ),
  one(
    'no read-back of our own nonce',
    ['L3'],
    'lib/core/lease/answers.ts',
    "if (outcome.kind === 'refused' && outcome.record?.revision === nonce) {",
    "if (outcome.kind === 'refused' && nonce === '') {",
  ),
  one(
    'acquire without compare-and-set',
    ['S3', 'C1'],
    CONDITIONS,
    "would be overwritten.\n        condition: '#revision = :seenRevision'",
    "would be overwritten.\n        condition: '#revision = :seenRevision OR attribute_exists(#revision)'",
  ),
  one(
    'a vacancy reserved for a lease is taken at once',
    ['C1'],
    'lib/core/lease/observation.ts',
    '(record.reservedMs ?? 0) :',
    '0 :',
  ),
  one(
    'a write that timed out counts as refused',
    ['S4'],
    'lib/runtime/mechanism/lease.ts',
    "dispatch({ kind: 'answered', nonce, attempt, outcome })",
    "dispatch({ kind: 'answered', nonce, attempt, outcome: " +
      "(outcome as { cause?: Error }).cause?.name === 'UnreachableError' ? { kind: 'refused' } : outcome })",
  ),
  one(
    'an error of the store counts as refused',
    ['S4'],
    'lib/dynamodb/election/answers.ts',
    'return nameOf(error) === CONDITION_FAILURE;',
    "return nameOf(error) !== 'TimeoutError';",
  ),
  {
    name: 'an id from the name of the host, and a record that names it is renewed',
    of: 'lease',
    violates: ['S7'],
    edits: [
      {
        file: 'test/simulation/lease/world/participant.ts',
        find: 'nonces === 1 && firstNonce !== undefined ? firstNonce :',
        replace: 'nonces === 1 ? process.host :',
      },
      { file: ACQUIRING, ...RENEW_ADOPTED },
    ],
  },
  one(
    'a term that is over by a flag, which its timer sets',
    ['C2'],
    'lib/runtime/candidate/term.ts',
    '      if (term.remainingMs() <= 0) throw',
    '      if (abort.signal.aborted) throw',
  ),
  one(
    'an observer that counts again from each read',
    ['L2'],
    'lib/core/lease/observation.ts',
    'if (before?.record.revision !== record.revision) {',
    "if (record.revision !== '') {",
  ),
  one(
    'a vacancy is waited out as a lease is',
    ['L4'],
    'lib/core/lease/observation.ts',
    '(record.reservedMs ?? 0) :',
    'record.leaseDurationMs :',
  ),
  one(
    'nobody asks whether the leader is healthy',
    ['L7'],
    'lib/core/term/course.ts',
    'if (!gated || stopping !== undefined) return',
    'if (stopping === undefined || stopping !== undefined) return',
  ),
  one(
    'a record is taken at its word, whatever history proves',
    ['S2'],
    'lib/core/lease/waiting.ts',
    "const history = consistency === 'strong' && !state.historyAsked;",
    "const history = consistency !== 'strong' && !state.historyAsked;",
  ),
  one(
    'a drain without an end',
    ['L7'],
    'lib/core/term/course.ts',
    'return timings.drainMs - pessimisticElapsedMs(stopping.since, now);',
    'return Infinity;',
  ),
];

export const MUTANTS: readonly Mutant[] = [
  ...LEASE_MUTANTS,
  ...FENCE_MUTANTS,
  ...CALL_MUTANTS,
  ...USE_MUTANTS,
  ...REGION_MUTANTS,
  ...BATON_MUTANTS,
  ...WILL_MUTANTS,
  ...GROUP_MUTANTS,
];
