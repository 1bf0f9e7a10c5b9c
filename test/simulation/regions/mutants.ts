/** Broken elections over several Regions, each with the invariant that their simulation must find violated. */
import type { Mutant } from '../mutants/mutant.ts';

const across = (
  name: string,
  violates: Mutant['violates'],
  file: string,
  find: string,
  replace: string,
): Mutant => ({ name, of: 'regions', violates, edits: [{ file, find, replace }] });

export const REGION_MUTANTS: readonly Mutant[] = [
  across(
    'the newest row of the history expires like any other',
    ['S2'],
    'lib/dynamodb/election/history.ts',
    '      token: { N: formatToken(token) },',
    "      token: { N: formatToken(token) },\n      ttl: { N: '1' },",
  ),
  across(
    'a conflict of two Regions counts as refused',
    ['L3', 'L8', 'S2', 'C1', 'L1'],
    'lib/dynamodb/election/answers.ts',
    'return nameOf(error) === CONDITION_FAILURE;',
    "return nameOf(error) === CONDITION_FAILURE || nameOf(error).startsWith('ReplicatedWrite');",
  ),
  across(
    'a lease is taken over before it has run out in a Region that sees no renewal',
    ['C1'],
    'lib/core/lease/observation.ts',
    ': record.leaseDurationMs;',
    ': 0.7 * record.leaseDurationMs;',
  ),
];
