/**
 * What a chaos run comes to: the table's whole history, and what the workers said, held against the
 * invariants.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { LeaseRecord } from '../../../lib/core/lease/record.ts';
import { decodeRecord, LEASE_SORT_KEY, partitionKeyOf } from '../../../lib/dynamodb/index.ts';
import {
  type Admission,
  type Election,
  nothingAcknowledgedIsLost,
  oneTermPerToken,
  revisionsNeverReturn,
  takeOversCount,
  tokensNeverFall,
  type Violation,
} from '../../judge/invariants.ts';
import { ELECTION, type WorkerLine } from '../workers/ways.ts';
import { ledTerms, oneLeadsAtATime, tokensRise } from './beliefs.ts';
import { sharedRows } from './shared-rows.ts';

/** What happened, as the table and the workers tell it. */
export interface History {
  /** Every write to the table, in order. */
  readonly versions: readonly DynamoDBRecord[];
  readonly lines: readonly WorkerLine[];
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly seen: Readonly<Record<string, number>>;
}

export function judge(history: History): Verdict {
  const chain = leaseChain(history.versions);
  const elections = electionsIn(history.lines);
  const { violations, seen } = judgeRows(history);
  return {
    violations: [
      ...violations,
      ...takeOversCount(chain),
      ...revisionsNeverReturn(chain),
      ...recordedAsElected(chain, elections),
      ...neverRemoved(history.versions),
    ],
    seen: { ...(chain.length > 0 && { 'versions of the record': chain.length }), ...seen },
  };
}

/** What holds of the workers and the shared rows, whatever elects, and also while that changes. */
export function judgeRows({ versions, lines }: History): Verdict {
  const rows = sharedRows(versions);
  const elections = electionsIn(lines);
  const terms = ledTerms(lines);
  const { acknowledged, found } = lockSet({ versions, lines });
  return {
    violations: [
      ...oneLeadsAtATime(terms),
      ...tokensRise(terms),
      ...oneTermPerToken(elections),
      ...[...rows.values()].flatMap(tokensNeverFall),
      ...admittedAsElected([...rows.values()].flat(), elections),
      ...nothingAcknowledgedIsLost(acknowledged, found),
    ],
    seen: {
      terms: terms.length,
      'writes admitted': [...rows.values()].flat().length,
      'additions acknowledged': acknowledged.size,
      'additions lost': [...acknowledged].filter((element) => !found.has(element)).length,
      ...countsOf(lines),
    },
  };
}

/** What was acknowledged, and what is there at the end. */
export function lockSet({ versions, lines }: History) {
  const acknowledged = new Set(
    lines.flatMap(({ event, element }) =>
      event === 'acknowledged' && element !== undefined ? [element] : [],
    ),
  );
  const last = [...sharedRows(versions).values()].map((row) => row.at(-1)?.elements ?? []);
  return { acknowledged, found: new Set(last.flat()) };
}

/** Every version of the election's record, none left out; empty where a baton elects. */
function leaseChain(versions: readonly DynamoDBRecord[]): readonly LeaseRecord[] {
  return versions
    .filter((version) => isOfRecord(version))
    .flatMap(({ dynamodb }) =>
      // The types of Lambda and of the SDK differ in name alone.
      dynamodb?.NewImage === undefined ? [] : [decodeRecord(ELECTION, dynamodb.NewImage as Item)],
    );
}

type Item = Record<string, AttributeValue>;

function isOfRecord({ dynamodb }: DynamoDBRecord): boolean {
  const { pk, sk } = dynamodb?.Keys ?? {};
  return pk?.S === partitionKeyOf(ELECTION) && sk?.S === LEASE_SORT_KEY;
}

function electionsIn(lines: readonly WorkerLine[]): readonly Election[] {
  return lines.flatMap(({ event, worker: by, token, candidateId }) =>
    event === 'elected' && token !== undefined && candidateId !== undefined
      ? [{ token: BigInt(token), candidateId, by }]
      : [],
  );
}

/** S2, at the resource: what a token admitted is the work of the one candidate elected with it. */
function admittedAsElected(
  admissions: readonly Admission[],
  elections: readonly Election[],
): readonly Violation[] {
  const elected = new Set(elections.map(({ token, candidateId }) => `${candidateId} ${token}`));
  const strangers = new Set(
    admissions.map(({ token, by }) => `${by} ${token}`).filter((who) => !elected.has(who)),
  );
  return [...strangers].map((who) => ({
    invariant: 'S2',
    detail: `a write was admitted from ${who}, whom nobody elected`,
  }));
}

/** S2, at the record: each term that was led began by an acquire of that candidate with that token. */
function recordedAsElected(
  chain: readonly LeaseRecord[],
  elections: readonly Election[],
): readonly Violation[] {
  if (chain.length === 0) return [];
  const acquires = new Set(
    chain
      .filter(({ writtenBy }) => writtenBy === 'acquire')
      .map(({ holder, token }) => `${holder} ${token}`),
  );
  return elections
    .filter(({ candidateId, token }) => !acquires.has(`${candidateId} ${token}`))
    .map(({ candidateId, token }) => ({
      invariant: 'S2',
      detail: `${candidateId} led with ${token}, which it never acquired`,
    }));
}

/** A record that is gone would let tokens start again. */
function neverRemoved(versions: readonly DynamoDBRecord[]): readonly Violation[] {
  return versions
    .filter((version) => isOfRecord(version) && version.eventName === 'REMOVE')
    .map(() => ({ invariant: 'S2', detail: 'the record was deleted' }));
}

/** What workers said, by name: refusals at the fence, losses by cause, and what failed. */
function countsOf(lines: readonly WorkerLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { event, name } of lines) {
    if (name === undefined) continue;
    const what = event === 'refused' ? 'stale leaders refused' : `${event}: ${name}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}
