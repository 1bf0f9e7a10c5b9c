/**
 * What a chaos run of a group comes to: the table's whole history, and what the members said, held against the
 * invariants of an election for each partition, and against the one rule of groups: nothing removes a holder
 * but its own release, or an acquire after its member's row said that it is gone.
 */
import type { DynamoDBRecord } from 'aws-lambda';
import { groupKeyOf, MEMBER_PREFIX, recordKeyOf } from '../../../lib/dynamodb/index.ts';
import {
  nothingAcknowledgedIsLost,
  tokensNeverFall,
  type Violation,
} from '../../judge/invariants.ts';
import { ledTerms, oneLeadsAtATime, tokensRise } from '../judging/beliefs.ts';
import type { Verdict } from '../judging/judge.ts';
import { type RowVersion, sharedRows } from '../judging/shared-rows.ts';
import { GROUP, type MemberLine, PARTITIONS, rowKeyOf } from './words.ts';

export interface GroupHistory {
  /** Every write to the table. */
  readonly versions: readonly DynamoDBRecord[];
  readonly lines: readonly MemberLine[];
}

export function judgeGroup({ versions, lines }: GroupHistory): Verdict {
  const written = [...versions].sort((a, b) => (sequenceOf(a) < sequenceOf(b) ? -1 : 1));
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const terms = partitions.map((partition) =>
    ledTerms(lines.filter((line) => line.partition === partition)),
  );
  const { violations, takeOvers } = recordsOf(written);
  const shared = sharedRows(written);
  const rows = partitions.map((partition) => shared.get(rowKeyOf(partition)) ?? []);
  return {
    violations: [
      ...terms.flatMap(oneLeadsAtATime),
      ...terms.flatMap(tokensRise),
      ...rows.flatMap(tokensNeverFall),
      ...partitions.flatMap((partition) => lostIn(partition, lines, rows[partition] ?? [])),
      ...violations,
    ],
    seen: {
      terms: terms.flat().length,
      'take-overs from members that were gone': takeOvers,
      'additions acknowledged': lines.filter(({ event }) => event === 'acknowledged').length,
      'stale leaders refused': lines.filter(({ event }) => event === 'refused').length,
    },
  };
}

const sequenceOf = ({ dynamodb }: DynamoDBRecord) => BigInt(dynamodb?.SequenceNumber ?? 0);

interface Held {
  readonly token: bigint;
  readonly holder: string | undefined;
}

/** Follows every record through its versions. */
function recordsOf(versions: readonly DynamoDBRecord[]) {
  const numberOf = new Map(
    Array.from({ length: PARTITIONS }, (_, partition) => {
      const { pk, sk } = recordKeyOf(GROUP, partition);
      return [`${pk} ${sk}`, partition] as const;
    }),
  );
  const gone = new Set<string>();
  const held = new Map<number, Held>();
  const violations: Violation[] = [];
  let takeOvers = 0;
  for (const { dynamodb, eventName } of versions) {
    const { pk, sk } = dynamodb?.Keys ?? {};
    const image = dynamodb?.NewImage ?? {};
    if (pk?.S === groupKeyOf(GROUP) && sk?.S?.startsWith(MEMBER_PREFIX)) {
      if (image.state?.S === 'gone') gone.add(sk.S.slice(MEMBER_PREFIX.length));
    }
    const partition = numberOf.get(`${pk?.S} ${sk?.S}`);
    if (partition === undefined) continue;
    const before = held.get(partition);
    const after = { token: BigInt(image.token?.N ?? 0), holder: image.holder?.S };
    const writtenBy = image.writtenBy?.S ?? String(eventName);
    const wrong = problemOf(before, after, { writtenBy, gone });
    if (wrong !== undefined) {
      violations.push({ invariant: 'S3', detail: `partition ${partition}: ${wrong}` });
    }
    if (writtenBy === 'acquire' && before?.holder !== undefined) takeOvers += 1;
    held.set(partition, after);
  }
  return { violations, takeOvers };
}

function problemOf(
  before: Held | undefined,
  after: Held,
  { writtenBy, gone }: { readonly writtenBy: string; readonly gone: ReadonlySet<string> },
): string | undefined {
  switch (writtenBy) {
    case 'seed':
      return before === undefined ? undefined : 'seeded although it was there';
    case 'acquire': {
      if (after.token !== (before?.token ?? 0n) + 1n) {
        return `token ${before?.token} became ${after.token} by an acquire`;
      }
      const { holder } = before ?? {};
      const isFree = holder === undefined || holder === after.holder || gone.has(holder);
      return isFree ? undefined : `taken from ${holder}, whose row did not say that it is gone`;
    }
    case 'release':
      return after.token === before?.token ? undefined : 'a release moved the token';
    default:
      return `written by ${writtenBy}`;
  }
}

function lostIn(
  partition: number,
  lines: readonly MemberLine[],
  row: readonly RowVersion[],
): readonly Violation[] {
  const acknowledged = lines.flatMap((line) =>
    line.partition === partition && line.element !== undefined ? [line.element] : [],
  );
  return nothingAcknowledgedIsLost(new Set(acknowledged), new Set(row.at(-1)?.elements));
}
