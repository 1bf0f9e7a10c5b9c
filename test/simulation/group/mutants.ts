/** Broken groups, each with the invariant that the group's simulation must find violated. */
import type { InvariantName } from '../../judge/invariants.ts';
import type { Edit, Mutant } from '../mutants/mutant.ts';

const MEMBERSHIP = 'lib/core/group/membership/membership.ts';
const HEARTBEAT = 'lib/core/group/membership/heartbeat.ts';
const PARTING = 'lib/core/group/membership/parting.ts';
const WATCHING = 'lib/core/group/member/watching.ts';
const PLANNING = 'lib/core/group/member/planning.ts';
const CLOSING = 'lib/core/group/closing.ts';
const WRITES = 'lib/testing/group-writes.ts';

const ofGroup = (
  name: string,
  violates: readonly InvariantName[],
  ...edits: readonly Edit[]
): Mutant => ({ name, of: 'group', violates, edits });

export const GROUP_MUTANTS: readonly Mutant[] = [
  ofGroup(
    '† a lapsed lease is revived',
    ['C1', 'C2'],
    {
      file: MEMBERSHIP,
      find: '  if (inside === undefined || leaseLeftMs(inside, now.at, state.self.timings) > 0) {',
      replace:
        '  if (inside === undefined || leaseLeftMs(inside, now.at, state.self.timings) > -2_000) {',
    },
    {
      file: MEMBERSHIP,
      find: '      const left = leaseLeftMs(membership, now, self.timings);',
      replace: '      const left = leaseLeftMs(membership, now, self.timings) + 2_000;',
    },
    {
      file: MEMBERSHIP,
      find: '  if (leaseLeftMs(inside, now.at, timings) <= timings.lossGraceMs) {',
      replace: '  if (leaseLeftMs(inside, now.at, timings) <= timings.lossGraceMs - 2_000) {',
    },
  ),
  ofGroup('† an id is used for a second lease', ['L1', 'C1'], {
    file: 'lib/core/group/membership/joining.ts',
    find: "nonceOf(now, 'm')",
    replace: "now.freshNonce.split('/')[0] ?? ''",
  }),
  ofGroup(
    '† a member that was told to stop joins again',
    ['L1'],
    {
      file: PARTING,
      find: '  const left = before.leaves || !Number.isFinite(rejoinMs);',
      replace: '  const left = false;',
    },
    {
      file: PARTING,
      find: 'joinAt: now.at.monotonicMs + rejoinMs',
      replace: 'joinAt: now.at.monotonicMs',
    },
    {
      file: PARTING,
      find: 'effects: left ? [...step.effects',
      replace: 'effects: before.leaves ? [...step.effects',
    },
    {
      file: 'lib/core/group/membership/joining.ts',
      find: '    leaving: state.leaves ? stopped(now) : undefined,',
      replace: '    leaving: undefined,',
    },
  ),
  ofGroup('† acquire on the word of a plan', ['C1'], {
    file: 'lib/core/group/member/seeking.ts',
    find: '  return closedForMs(state, holder, { recordLeaseMs: record.leaseDurationMs, now });',
    replace: '  return 0;',
  }),
  ofGroup('† an operator removes the holder of one partition', ['C1'], {
    file: 'test/simulation/group/faults.ts',
    find: "stage.world.rows.members.set(row.memberId, { ...row, request: 'leave' });",
    replace:
      'for (const [p, r] of stage.world.rows.records) stage.world.rows.records.set(p, { ...r, ' +
      'holder: undefined, revision: "v" + p + stage.world.nowMs });',
  }),
  ofGroup('† nobody watches the member that it waits for', ['L1'], {
    file: WATCHING,
    find: 'if (record?.holder !== undefined && record.holder !== own) ids.add(record.holder);',
    replace: 'if (record === undefined && own === undefined) ids.clear();',
  }),
  ofGroup('deposed at 0.7 of the lease', ['C1'], {
    file: WATCHING,
    find: '  return row.leaseDurationMs - observedElapsedMs(firstSeenAt, now);',
    replace: '  return 0.7 * row.leaseDurationMs - observedElapsedMs(firstSeenAt, now);',
  }),
  ofGroup('a lease counted from the answer of its heartbeat', ['C1'], {
    file: HEARTBEAT,
    find: 'confirmedAt: inside.lapsing ? inside.confirmedAt : attempts.sentAt,',
    replace: 'confirmedAt: now.at,',
  }),
  ofGroup('a heartbeat without its revision', ['C1'], {
    file: WRITES,
    find: 'row !== undefined && row.revision === write.confirmedRevision',
    replace: 'row !== undefined',
  }),
  ofGroup('an acquire without the revision seen', ['S2', 'S3', 'C1'], {
    file: WRITES,
    find: 'return record !== undefined && record.revision === write.seenRevision',
    replace: 'return record !== undefined',
  }),
  ofGroup('a release without the token', ['C1'], {
    file: WRITES,
    find: 'if (record?.holder !== write.holder || record.token !== write.token) return undefined;',
    replace: 'if (record?.holder !== write.holder) return undefined;',
  }),
  ofGroup('an absent row counts as gone at once', ['C1'], {
    file: WATCHING,
    find: '  if (watch.row === undefined) return recordLeaseMs - seenMs;',
    replace: '  if (watch.row === undefined) return 0;',
  }),
  ofGroup("an operator's depose whose wait is left out", ['C1'], {
    file: WATCHING,
    find: "watch.row.state === 'gone' ? watch.row.closedMs - seenMs : Infinity",
    replace: "watch.row.state === 'gone' ? 0 : Infinity",
  }),
  ofGroup('a reseed that waits for no deposed member', ['C1'], {
    file: CLOSING,
    find: "  return row.state === 'gone' ? row.closedMs : 0;",
    replace: '  return 0;',
  }),
  ofGroup('a reseed that takes an absent row for gone', ['C1'], {
    file: CLOSING,
    find: '  if (row === undefined) return record.leaseDurationMs;',
    replace: '  if (row === undefined) return 0;',
  }),
  ofGroup(
    'no margin with rates apart',
    ['C1'],
    {
      file: HEARTBEAT,
      find: '  return timings.leaseDurationMs - timings.marginMs - pessimisticElapsedMs',
      replace: '  return timings.leaseDurationMs - pessimisticElapsedMs',
    },
    {
      file: 'test/simulation/group/stage.ts',
      find: '0.995 + random.unit() * 0.01',
      replace: '0.9 + random.unit() * 0.2',
    },
  ),
  ofGroup('a holder that trusts a monotonic clock which stood still', ['C1'], {
    file: 'lib/core/time/instant.ts',
    find: '  return Math.max(to.monotonicMs - from.monotonicMs + frozenMs, to.epochMs - from.epochMs);',
    replace: '  return to.monotonicMs - from.monotonicMs + 0 * frozenMs;',
  }),
  ofGroup('a claim that never goes stale', ['L1'], {
    file: PLANNING,
    find: '        staleClaim: head.claim,',
    replace: '        staleClaim: undefined,',
  }),
  ofGroup('releases that wait for the answer of an ended lease', ['L1'], {
    file: 'lib/core/group/member/terms.ts',
    find: 'const unreleasable = lost ||',
    replace: 'const unreleasable =',
  }),
];
