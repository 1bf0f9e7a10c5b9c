/**
 * Names of elections as constructs take them: known at synth, since grants, metrics and alarms are
 * rendered from them.
 */
import { Token } from 'aws-cdk-lib';
import { ELECTION_NAME_CHARACTERS_MAX } from '../../../lib/option-problems.ts';

/** What is wrong with the name of an election, or a group, as a sentence; nothing where it is usable. */
export function electionNameProblems(
  election: string,
  what: 'election' | 'group' = 'election',
): readonly string[] {
  if (Token.isUnresolved(election)) {
    return [`${what} must be known at synth, got a token; give the name as a plain string`];
  }
  if (election.length === 0 || election.length > ELECTION_NAME_CHARACTERS_MAX) {
    return [
      `${what} must have 1 to ${ELECTION_NAME_CHARACTERS_MAX} characters, got ${election.length}; ` +
        `give a ${election.length === 0 ? 'name' : 'shorter name'}`,
    ];
  }
  return [...characterProblems(election, what), ...starProblems(election, what)];
}

/** Elections as grants and filters take them: names, and `orders-*` for all whose names begin so. */
export interface NamedElections {
  readonly elections: readonly string[];
  readonly prefixes: readonly string[];
}

/** Splits what was given. A name that ends with a star is a prefix; any other star is a character. */
export function namedElections(given: readonly string[]): NamedElections {
  return {
    elections: given.filter((name) => !name.endsWith('*')),
    prefixes: given.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1)),
  };
}

/** What is wrong with names and prefixes. */
export function namedElectionsProblems(given: readonly string[]): readonly string[] {
  return given.flatMap((name) => {
    if (Token.isUnresolved(name) || !name.endsWith('*')) return electionNameProblems(name);
    return characterProblems(name.slice(0, -1), 'election');
  });
}

function starProblems(election: string, what: string): readonly string[] {
  if (!election.endsWith('*')) return [];
  return [
    `${what} must not end with a star, got ${JSON.stringify(election)}, which grants and filters take ` +
      'for all whose names begin so; name it without',
  ];
}

/** IAM's policies take Latin-1, CloudWatch's dimensions take printable ASCII and no colon in front. */
function characterProblems(election: string, what: string): readonly string[] {
  const shown = JSON.stringify(election);
  if (/\p{Cc}/u.test(election)) {
    return [`${what} must have no control characters, got ${shown}; leave them out`];
  }
  const beyond = [...new Set(election.match(/[^ -~]/gu) ?? [])];
  if (beyond.length > 0) {
    return [
      `${what} must be of printable ASCII where IAM and CloudWatch name it, got ${beyond.join(' ')} in ` +
        `${shown}; spell it in ASCII`,
    ];
  }
  if (/^[: ]/.test(election) || election.endsWith(' ')) {
    return [
      `${what} must not begin with a colon or a space nor end with a space, got ${shown}, which ` +
        'CloudWatch refuses as a dimension; leave it out',
    ];
  }
  return [];
}
