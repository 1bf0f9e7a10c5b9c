/**
 * Broken promises of a call: to a user whose own code aborts, throws or takes its time, and to one whose
 * account refuses for a while.
 */
import { type Mutant, one } from './mutant.ts';

export const CALL_MUTANTS: readonly Mutant[] = [
  one(
    'two renewals at once, where health answers while a drain renews',
    ['L3'],
    'lib/core/term/course.ts',
    "if (leading.stopping !== undefined) return { kind: 'on', leading: checked } as const;",
    "if (leading.stopping !== undefined) return { kind: 'renew', leading: checked } as const;",
  ),
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
  one(
    'a refusal by a fence ends the election, not the term',
    ['L8'],
    'lib/runtime/work/lead-once.ts',
    "if (!isTenureError(thrown, 'STALE_TOKEN') || thrown.token !== token) return undefined;",
    'if (thrown !== token) return undefined;',
  ),
];
