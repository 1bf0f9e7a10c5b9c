/**
 * Reads what elections record for operators: past terms, and who may lead.
 *
 * Rows are written best effort and expire, so both lists are incomplete by nature. Only the record
 * says who holds the role.
 */
import { type AttributeValue, type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { parseToken } from '../../core/token.ts';
import { MalformedDataError } from '../../errors.ts';
import type { Registration, TermEntry } from '../../ports.ts';
import { failureOf } from '../election/answers.ts';
import { inOwnNames } from './attribute-names.ts';
import { type RowsOfElection, rowsQuery } from './rows-query.ts';
import { CANDIDATE_PREFIX, TERM_PREFIX } from './schema.ts';

/** Whose rows are read, and with which client. */
export interface RowsToRead extends RowsOfElection {
  readonly client: DynamoDBClient;
  /** Aborting it ends the read. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Named in errors. Left out: they name the table alone. */
  readonly endpoint?: string | undefined;
  /**
   * Called for each row that does not parse; the row is left out. Default: the first such row is
   * thrown.
   */
  readonly onMalformed?: ((error: MalformedDataError) => void) | undefined;
}

const TERMS_MAX = 20;
const CANDIDATES_MAX = 1_000;

const text = v.pipe(
  v.object({ S: v.string() }),
  v.transform(({ S }) => S),
);
const number = v.pipe(
  v.object({ N: v.string() }),
  v.transform(({ N }) => Number(N)),
  v.finite(),
);
/** The last instant that a `Date` can hold, 275,000 years away. A later value was never a time. */
const EPOCH_MS_MAX = 8.64e15;
const epochMs = v.pipe(number, v.minValue(0), v.maxValue(EPOCH_MS_MAX));
const texts = v.pipe(
  v.object({ M: v.record(v.string(), text) }),
  v.transform(({ M }) => M),
);
const token = v.pipe(
  v.object({ N: v.string() }),
  v.transform(({ N }) => parseToken(N)),
  v.bigint(),
);

const termRow = v.object({
  token,
  holder: text,
  electedAtEpochMs: epochMs,
  endedAtEpochMs: v.optional(epochMs),
  attributes: v.optional(texts),
  why: v.optional(v.pipe(text, v.picklist(['lapsed', 'deposed', 'resigned', 'unhealthy']))),
});

const candidateRow = v.object({
  sk: text,
  startedAtEpochMs: epochMs,
  registeredAtEpochMs: epochMs,
  score: v.optional(number),
  zone: v.optional(text),
  version: v.optional(text),
  ttl: number,
});

/**
 * Past terms and the current one, newest first; at most `limit`, by default 20. A term whose process
 * died has no end.
 * @throws NotFoundError, AccessDeniedError, UnreachableError; MalformedDataError for a foreign row, without
 * `onMalformed`.
 */
export async function readHistory(
  options: RowsToRead & { readonly limit?: number | undefined },
): Promise<readonly TermEntry[]> {
  const rows = await query(options, TERM_PREFIX, options.limit ?? TERMS_MAX);
  return parsed(termRow, rows, options).map(({ holder: candidateId, ...term }) => ({
    ...term,
    candidateId,
  }));
}

/**
 * Candidates that have registered and have not expired, the newest registration first. One that died
 * shows for up to two and a half hours.
 */
export async function readCandidates(
  options: RowsToRead & { readonly nowEpochMs?: number | undefined },
): Promise<readonly Registration[]> {
  const nowSeconds = (options.nowEpochMs ?? Date.now()) / 1_000;
  const rows = await query(options, CANDIDATE_PREFIX, CANDIDATES_MAX);
  return parsed(candidateRow, rows, options)
    .filter((row) => row.ttl > nowSeconds)
    .map(({ sk, ttl: _, ...facts }) => ({
      ...facts,
      candidateId: sk.slice(CANDIDATE_PREFIX.length),
    }))
    .sort((a, b) => b.registeredAtEpochMs - a.registeredAtEpochMs);
}

type Row = Record<string, AttributeValue>;

async function query(options: RowsToRead, prefix: string, limit: number): Promise<Row[]> {
  const { client, tableName, attributeNames, signal, endpoint } = options;
  const input = rowsQuery(options, prefix, { ScanIndexForward: false, Limit: limit });
  const rows: Row[] = [];
  try {
    for await (const page of paginateQuery({ client }, input, { abortSignal: signal })) {
      rows.push(...(page.Items ?? []).map((row) => inOwnNames(row, attributeNames)));
      if (rows.length >= limit) break;
    }
  } catch (error) {
    throw failureOf(error, { tableName, ...(endpoint && { endpoint }) }).cause;
  }
  return rows.slice(0, limit);
}

function parsed<S extends v.GenericSchema>(
  schema: S,
  rows: readonly Row[],
  options: RowsToRead,
): v.InferOutput<S>[] {
  return rows.flatMap((row) => {
    const result = v.safeParse(schema, row);
    if (result.success) return [result.output];
    const names = new Set(result.issues.map((issue) => v.getDotPath(issue) ?? 'the row'));
    const error = malformed(row, [...names], options);
    if (options.onMalformed === undefined) throw error;
    options.onMalformed(error);
    return [];
  });
}

function malformed(
  row: Row,
  names: readonly string[],
  { tableName, election }: RowsToRead,
): MalformedDataError {
  return new MalformedDataError(
    `row ${row.sk?.S} of election ${JSON.stringify(election)} in table ` +
      `${JSON.stringify(tableName)} does not parse at ${names.join(', ')}; it was left as it is`,
  );
}
