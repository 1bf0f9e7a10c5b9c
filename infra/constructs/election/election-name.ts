/**
 * Names of elections as constructs take them: known at synth, since grants, metrics and alarms are
 * rendered from them.
 */
import { Token } from 'aws-cdk-lib';
import { ELECTION_NAME_CHARACTERS_MAX } from '../../../lib/option-problems.ts';

/** What is wrong with the name of an election, as a sentence; nothing where it is usable. */
export function electionNameProblems(election: string): readonly string[] {
  if (Token.isUnresolved(election)) {
    return ['election must be known at synth, got a token; give the name as a plain string'];
  }
  if (election.length === 0 || election.length > ELECTION_NAME_CHARACTERS_MAX) {
    return [
      `election must have 1 to ${ELECTION_NAME_CHARACTERS_MAX} characters, got ${election.length}; ` +
        `give a ${election.length === 0 ? 'name' : 'shorter name'}`,
    ];
  }
  if (/\p{Cc}/u.test(election)) {
    const shown = JSON.stringify(election);
    return [`election must have no control characters, got ${shown}; leave them out`];
  }
  return [];
}
