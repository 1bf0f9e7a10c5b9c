/**
 * Broken promises of a call: to a user whose own code aborts, throws or takes its time, and to one whose
 * account refuses for a while.
 */
import { type Mutant, one, under } from './mutant.ts';

/** Of one announced hand-over, by one text. */
const announced = (name: string, file: string, find: string, replace: string): Mutant => ({
  ...{ name, of: 'announced', violates: ['L4'] },
  edits: [{ file, find, replace }],
});

export const CALL_MUTANTS: readonly Mutant[] = [
  {
    name: 'two renewals at once, where health answers while a drain or an announcement renews',
    of: 'lease',
    faults: ['slow-health', 'sigterm', 'asked-to-resign', 'hands-over'],
    violates: ['L3'],
    edits: [
      {
        file: 'lib/core/term/course.ts',
        find: "if (leading.stopping !== undefined) return { kind: 'on', leading: checked } as const;",
        replace:
          'if (leading.stopping !== undefined) ' +
          "return { kind: 'renew', leading: checked } as const;",
      },
      // The same while the hand-over is only announced.
      {
        file: 'lib/core/term/course.ts',
        find: "if (healthy && leading.renewal !== undefined) return { kind: 'on', leading: checked } as const;",
        replace: '',
      },
      // The second line of defence finds the renewal that was overtaken.
      {
        file: 'lib/core/lease/leading.ts',
        find: 'if (mine) return',
        replace: 'if (mine && state === undefined) return',
      },
    ],
  },
  one(
    'a term that the journal called off as it began is left to nobody',
    ['L8'],
    'lib/runtime/candidate/candidate.ts',
    'if (!call.resolve(term)) void term.resign();',
    'call.resolve(term);',
  ),
  one(
    'what an account refuses ends a campaign',
    ['L8'],
    'lib/dynamodb/election/answers.ts',
    'permanent: false, denied: true };',
    'permanent: true };',
  ),
  one(
    'a campaign that is called off waits for the release before it',
    ['L8'],
    'lib/runtime/candidate/term-holder.ts',
    '  if (signal === undefined) return until;',
    '  if (signal !== null) return until;',
  ),
  {
    name: 'a campaign that is called off waits until its row is gone',
    of: 'lease',
    violates: ['L8'],
    edits: [
      {
        file: 'lib/runtime/candidate/registering.ts',
        find: '.catch((error: unknown) => {',
        replace: '.catch(async (error: unknown) => {',
      },
      {
        file: 'lib/runtime/candidate/registering.ts',
        find: 'if (how.signal?.aborted) void leave();',
        replace: 'if (how.signal?.aborted) await leave();',
      },
    ],
  },
  under(
    ['cold-candidates', 'waits-a-lease', 'half-open', 'outage', 'requests-cut'],
    one(
      'an attempt that waits a lease out waits on where the store does not answer',
      ['L8'],
      'lib/core/lease/waiting.ts',
      ': hasWaitedEnough(state, waiting, now.at);',
      ': false;',
    ),
  ),
  under(
    ['cold-candidates', 'outage', 'answers-cut', 'requests-cut'],
    one(
      'an acquire of one attempt is repeated without end',
      ['L8'],
      'lib/core/lease/acquiring.ts',
      "(patience === 'once' && attempts.attempt >= ATTEMPTS_ONCE) ||\n    hasWaitedEnough(state, acquiring, now.at);",
      'false;',
    ),
  ),
  under(
    ['cold-candidates', 'waits-a-lease', 'stale-read', 'killed'],
    one(
      'an attempt that waits a lease out takes a stale read for a sign of life',
      ['L8'],
      'lib/core/lease/waiting.ts',
      "        if (reading.consistency === 'eventual') return read(state, idleRead, 'strong');\n      }",
      '      }',
    ),
  ),
  one(
    'a wish for an earlier term ends the one that came after it',
    ['L8'],
    'lib/runtime/candidate/term-holder.ts',
    'drain: (how) => isHeld() && drain(how)',
    'drain: (how) => drain(how)',
  ),
  one(
    'work that waits for a renewal waits on when its term is lost',
    ['L8'],
    'lib/runtime/candidate/term.ts',
    '      abort.abort(lost(cause));\n      ensuring.renewed();',
    '      abort.abort(lost(cause));',
  ),
  one(
    'a refusal by a fence ends the election, not the term',
    ['L8'],
    'lib/runtime/work/lead-once.ts',
    "if (!isTenureError(thrown, 'STALE_TOKEN') || thrown.token !== token) return undefined;",
    'if (thrown !== token) return undefined;',
  ),
  under(
    ['work-throws', 'callback-throws'],
    one(
      'work that always fails is led on and on',
      ['L8'],
      'lib/core/term/hold-off.ts',
      "if (term.why === 'resigned' && !term.failed) return",
      "if (term.why === 'resigned') return",
    ),
  ),
  {
    name: 'retries of a leader that double without end',
    of: 'outage',
    violates: ['L3'],
    edits: [
      {
        file: 'lib/core/term/attempts.ts',
        find: 'Math.min(doubledMs(attempts.attempt), longestMs)',
        replace: 'Math.min(doubledMs(attempts.attempt), 9 * longestMs)',
      },
      {
        file: 'lib/core/term/attempts.ts',
        find: 'lastUsefulInMs > 0 ? Math.min(pauseMs, lastUsefulInMs) : pauseMs',
        replace: 'pauseMs',
      },
    ],
  },
  {
    name: 'a poll for hints that is cut when its standby is elected',
    of: 'hand-over',
    violates: ['L4'],
    edits: [
      {
        file: 'lib/sqs/sqs-hints.ts',
        find: 'void endPoll(channel, election, { polling, cut });',
        replace: 'cut.abort(election);',
      },
    ],
  },
  {
    name: 'one hint, although a poll of its own that is still open may take it',
    of: 'hand-over',
    violates: ['L4'],
    edits: [
      {
        file: 'lib/sqs/sqs-hints.ts',
        find: 'Math.min(1 + abandoned.count, MESSAGES_MAX)',
        replace: 'Math.min(1, MESSAGES_MAX)',
      },
    ],
  },
  announced(
    'work that is told to stop before any standby has read of it',
    'lib/core/lease/announcing.ts',
    'return Math.min(...limits);',
    'return 0;',
  ),
  announced(
    'an announcement that the record never tells',
    'lib/core/lease/leading.ts',
    'leading.stopping !== undefined || holding.stopAt !== undefined',
    'leading.stopping !== undefined',
  ),
  announced(
    'an announcement that an operator’s wish ends, once the record shows it again',
    'lib/core/lease/leading.ts',
    'return immediate ? goOn(',
    'return true ? goOn(',
  ),
  announced(
    'an announcement that standbys read a whole interval before the stop',
    'lib/core/lease/announcing.ts',
    'const READ_BY_ROUND_TRIPS = 3;',
    'const READ_BY_ROUND_TRIPS = 0;',
  ),
  announced(
    'a role that is released for anyone, although one candidate was named',
    'lib/core/lease/leading.ts',
    'handOverTo === undefined ? undefined : reservedFor(handOverTo, state)',
    'undefined',
  ),
  under(
    ['cold-candidates', 'deposed-by-operator'],
    one(
      'a vacancy that an operator made says nothing of when it began',
      ['L1'],
      'lib/core/lease/observation.ts',
      'const freeAt = record.renewedAtEpochMs + closedMs',
      'const freeAt = (record.holder === undefined && closedMs > 0 ? Infinity : ' +
        'record.renewedAtEpochMs) + closedMs',
    ),
  ),
];
