/**
 * Why a process cannot be, or stay, a member of a group, as the error that its caller gets.
 */
import type { MemberNote, MemberProblem } from '../../core/group/member/traffic.ts';
import { electionOf, GROUP_FORMAT_VERSION } from '../../core/group/rows.ts';
import {
  InvalidOptionsError,
  isTenureError,
  MalformedDataError,
  NotFoundError,
  TokenRegressionError,
  UnreachableError,
  UnsupportedFormatError,
} from '../../errors.ts';

export function groupErrorOf(group: string, partitions: number, problem: MemberProblem): Error {
  switch (problem.kind) {
    case 'no-group':
      return noSuchGroup(group, partitions);
    case 'newer-format': {
      const { formatVersion } = problem;
      const supported = GROUP_FORMAT_VERSION;
      return new UnsupportedFormatError({ election: group, formatVersion, supported });
    }
    case 'other-partitions':
      return new InvalidOptionsError([
        `partitions must be at most ${problem.partitions}, with which group ${JSON.stringify(group)} was ` +
          `created, got ${partitions}; run "tenure groups create ${group} --partitions ${partitions}" to ` +
          'raise it first',
      ]);
    case 'store':
      if (isTenureError(problem.cause)) return problem.cause;
      return unreachableGroup(group, problem.cause);
  }
}

export function noSuchGroup(group: string, partitions: number | string = '<number>'): Error {
  return new NotFoundError(
    `group ${JSON.stringify(group)} was never created; run "tenure groups create ${group} --partitions ` +
      `${partitions}" once`,
  );
}

export function unreachableGroup(group: string, cause: unknown): Error {
  return new UnreachableError(
    `the table did not answer for group ${JSON.stringify(group)}: ${String(cause)}; check endpoint, ` +
      'network and permissions',
    { cause },
  );
}

/** A member goes on with its other partitions; the event says what is wrong with this one. */
export function lostRecord(
  group: string,
  note: Extract<MemberNote, { kind: 'record-lost' }>,
): Error {
  const { partition, knownToken, recordToken } = note;
  return new TokenRegressionError({
    election: electionOf(group, partition),
    knownToken,
    recordToken,
    reseed: `tenure reseed ${group} --partition ${partition}`,
  });
}

export function unreadablePlan(
  group: string,
  { version, cause }: Extract<MemberNote, { kind: 'plan-unreadable' }>,
): Error {
  return new MalformedDataError(
    `plan ${version} of group ${JSON.stringify(group)} is missing or does not parse; members keep what ` +
      'they lead and plan again',
    { cause },
  );
}
