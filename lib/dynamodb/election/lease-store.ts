/**
 * The lease store on DynamoDB: one attempt per call, each with a deadline, none retried here.
 *
 * Decides how a read and a write look on the wire. `core/` decides what they mean, and
 * `conditions.ts` what each write demands.
 */
import {
  type AttributeValue,
  type ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type {
  CandidateWrite,
  Consistency,
  LeaseWrite,
  Look,
  Sighting,
  WriteOutcome,
} from '../../core/lease/record.ts';
import { parseToken } from '../../core/token.ts';
import type { AttributeNames } from '../../environment.ts';
import { MalformedDataError } from '../../errors.ts';
import type { LeaseStore, TermEntry } from '../../ports.ts';
import { captureRequest } from '../../runtime/mechanism/capture-request.ts';
import { inOwnNames, keyItem, namesOf } from '../table/attribute-names.ts';
import { type RecordReference, recordReference } from '../table/record-reference.ts';
import { leaseKeyOf } from '../table/schema.ts';
import { CONDITION_FAILURE, failureOf, isConditionFailure } from './answers.ts';
import { candidateRows, contendersIn, expireCandidate, recordCandidate } from './candidates.ts';
import { type Expression, expressionOf } from './conditions.ts';
import { expireTerm, newestTerm, recordTerm } from './history.ts';
import { clientThrough } from './lease-client.ts';
import { decodeRecord, valuesOf } from './stored-record.ts';

/** What `createLeaseStore` takes. */
export interface LeaseStoreOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly election: string;
  /** How long a history row is kept once a newer one is there; 0 keeps no history. */
  readonly historyDays: number;
  /** Named in errors. Left out: they name the table alone. */
  readonly endpoint?: string | undefined;
  /** What the table calls its keys and its TTL attribute. Default: as `createLeaseTable` does. */
  readonly attributeNames?: AttributeNames | undefined;
}

/** What a write demands of the record and changes in it, as DynamoDB takes it. */
export interface Statement extends Expression {
  readonly values: Record<string, AttributeValue>;
}

/** What a candidate needs. `createLeaseStore` makes the store that an operator needs. */
export function candidateStore(options: LeaseStoreOptions): LeaseStore<CandidateWrite> {
  return storeWriting<CandidateWrite>(options, candidateStatement);
}

export function candidateStatement(write: CandidateWrite): Statement {
  return { ...expressionOf(write), values: valuesOf(write) };
}

export function storeWriting<Write extends LeaseWrite>(
  options: LeaseStoreOptions,
  statementOf: (write: Write | CandidateWrite) => Statement,
): LeaseStore<Write | CandidateWrite> {
  const { client, tableName, election, historyDays, attributeNames } = options;
  const region = () => client.config.region();
  const reference = recordReference({
    tableName,
    key: leaseKeyOf(election),
    attributeNames,
    region,
  });
  const failed = (error: unknown) => ({ kind: 'unknown', ...failureOf(error, options) }) as const;
  const look = createReader(options);
  return {
    reference,

    read: ({ signal, ...how }) => look(how, { abortSignal: signal }).catch(failed),

    async write(write, { signal: abortSignal }) {
      // Outside of `try`: a defect of this code must not look like a store without an answer.
      const command = commandOf(write, statementOf(write), reference);
      try {
        const { Attributes } = await client.send(command, { abortSignal });
        return { kind: 'granted', record: Attributes && decodeRecord(election, Attributes) };
      } catch (error) {
        return refusalOf(election, error) ?? failed(error);
      }
    },

    async chronicle(entry, { signal: abortSignal }) {
      if (historyDays === 0) return;
      await client.send(recordTerm(options, entry), { abortSignal });
      const previousToken = previousOf(entry);
      if (previousToken === undefined) return;
      const command = expireTerm(options, previousToken);
      await client.send(command, { abortSignal }).catch(ignoreConditionFailure);
    },

    prepareRelease: (release) =>
      captureRequest(
        (handler) =>
          clientThrough(client, handler).send(commandOf(release, statementOf(release), reference)),
        // A refusal returns the record, and with it the nonce of the write that changed it last.
        { refusedBy: [CONDITION_FAILURE], appliedMark: release.revision },
      ),

    async register(registration, { signal: abortSignal }) {
      await client.send(recordCandidate(options, registration), { abortSignal });
    },

    async unregister(candidateId, { signal: abortSignal }) {
      const command = expireCandidate(options, candidateId, Date.now());
      await client.send(command, { abortSignal }).catch(ignoreConditionFailure);
    },

    async candidates({ signal: abortSignal }) {
      const { Items = [] } = await client.send(candidateRows(options), { abortSignal });
      const rows = Items.map((row) => inOwnNames(row, attributeNames));
      return contendersIn(rows, Date.now());
    },
  };
}

interface Deadline {
  readonly abortSignal: AbortSignal;
}

function createReader(options: LeaseStoreOptions) {
  const { client, tableName, election, attributeNames } = options;
  const Key = keyItem(leaseKeyOf(election), attributeNames);

  async function get(consistency: Consistency, deadline: Deadline) {
    const ConsistentRead = consistency === 'strong';
    const command = new GetItemCommand({ TableName: tableName, Key, ConsistentRead });
    const { Item } = await client.send(command, deadline);
    return Item && decodeRecord(election, Item);
  }

  /**
   * The token of the newest history row: the proof that an absent record was once there.
   * @throws MalformedDataError for a row whose token does not parse. Treating it as no row would
   * start the token again.
   */
  async function lastToken(deadline: Deadline) {
    const { Items = [] } = await client.send(newestTerm(options), deadline);
    const [newest] = Items;
    if (newest === undefined) return undefined;
    const token = parseToken(newest.token?.N ?? '');
    // No term has token 0.
    if (token) return token;
    throw new MalformedDataError(
      `election ${JSON.stringify(election)} has no record, and the newest of its history rows does not ` +
        'parse at token; it was left as it is: repair it, then run "tenure reseed"',
    );
  }

  return async ({ consistency, history }: Look, deadline: Deadline): Promise<Sighting> => {
    // Both run at once, so that the proof costs no time. A row that does not parse proves nothing
    // here.
    const [record, proof] = await Promise.all([
      get(consistency, deadline),
      history ? lastToken(deadline).catch(ignoreMalformed) : undefined,
    ]);
    if (record) return { kind: 'present', record, lastToken: proof };
    if (consistency === 'eventual') return { kind: 'absent' };
    const token = proof ?? (await lastToken(deadline));
    if (token === undefined) return { kind: 'absent' };
    // The first acquire may have landed between the two reads. A record that exists stays.
    const late = await get('strong', deadline);
    return late ? { kind: 'present', record: late } : { kind: 'absent', lastToken: token };
  };
}

function commandOf(
  { kind }: LeaseWrite,
  { condition, update, values }: Statement,
  { tableName, key, attributeNames }: RecordReference,
): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName: tableName,
    Key: keyItem(key, attributeNames),
    ConditionExpression: condition,
    UpdateExpression: update,
    ExpressionAttributeNames: namesOf(`${condition} ${update}`, attributeNames),
    ExpressionAttributeValues: values,
    ReturnValues: kind === 'renew' ? 'ALL_NEW' : 'NONE',
    // The old record tells a lost answer from a lost role, without another read.
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
}

/** The refusal behind a failed condition; `undefined` for any other error. */
function refusalOf(election: string, error: unknown): WriteOutcome | undefined {
  if (!isConditionFailure(error)) return undefined;
  const { Item } = error as ConditionalCheckFailedException;
  try {
    return { kind: 'refused', record: Item && decodeRecord(election, Item) };
  } catch (cause) {
    return { kind: 'unknown', cause, permanent: true };
  }
}

/** Only the row of a term that has a successor may expire; the newest proves that the record existed. */
function previousOf(entry: TermEntry) {
  return entry.endedAtEpochMs === undefined ? entry.previousToken : undefined;
}

function ignoreMalformed(error: unknown): undefined {
  if (!(error instanceof MalformedDataError)) throw error;
}

/** A term or candidate that left no row has nothing to expire. */
function ignoreConditionFailure(error: unknown): void {
  if (!isConditionFailure(error)) throw error;
}
