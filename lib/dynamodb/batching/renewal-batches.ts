/**
 * Renewals of many elections in few requests: what one process sends within a short time goes together.
 *
 * Decides when a batch is sent: when it is full, or when the first of its renewals has waited long
 * enough. The protocol's instants do not move: a lease counts from before its renewal was handed
 * over. A wait here shortens what is left of the lease when the answer comes.
 */
import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Renew, WriteOutcome } from '../../core/lease/record.ts';
import type { AttributeNames } from '../../environment.ts';
import { failed, type Place, renewalOutcome, renewalStatement } from './renewal-statement.ts';

/** The most statements of one `BatchExecuteStatement`. Source: DynamoDB API reference. */
export const BATCH_RENEWALS_MAX = 25;

export interface RenewalBatchesOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Named in errors. */
  readonly endpoint?: string | undefined;
  readonly attributeNames?: AttributeNames | undefined;
}

export interface RenewalOrder {
  readonly election: string;
  readonly write: Renew;
  /** How long it may wait for others. */
  readonly gatherMs: number;
  /**
   * The caller's deadline. A renewal that still waits then is not sent, and its caller has its
   * answer.
   */
  readonly signal: AbortSignal;
}

/**
 * One mechanism's renewals. Every answer of the store is an outcome. A rejection is a defect of
 * this code.
 */
export interface RenewalBatches {
  renew(order: RenewalOrder): Promise<WriteOutcome>;
}

interface Waiting extends RenewalOrder {
  readonly statement: BatchStatementRequest;
  /** A defect in reading the outcome rejects. It must not look like a store without an answer. */
  readonly settle: (outcomeOf: () => WriteOutcome) => void;
}

interface Batch {
  /** By election: DynamoDB refuses a request that names one item twice. */
  readonly waiting: Map<string, Waiting>;
  sendAtMs: number;
  timer: NodeJS.Timeout | undefined;
}

export function createRenewalBatches(options: RenewalBatchesOptions): RenewalBatches {
  let gathering: Batch | undefined;

  function close(batch: Batch): void {
    clearTimeout(batch.timer);
    if (gathering === batch) gathering = undefined;
  }

  function flush(batch: Batch): void {
    close(batch);
    void send(options, [...batch.waiting.values()]);
  }

  function add(order: Waiting): void {
    if (gathering?.waiting.has(order.election)) flush(gathering);
    gathering ??= { waiting: new Map(), sendAtMs: Number.POSITIVE_INFINITY, timer: undefined };
    const batch = gathering;
    batch.waiting.set(order.election, order);
    order.signal.addEventListener('abort', () => withdraw(batch, order), { once: true });
    if (batch.waiting.size >= BATCH_RENEWALS_MAX) return flush(batch);
    const sendAtMs = performance.now() + order.gatherMs;
    if (sendAtMs >= batch.sendAtMs) return;
    clearTimeout(batch.timer);
    batch.sendAtMs = sendAtMs;
    batch.timer = setTimeout(() => flush(batch), order.gatherMs);
  }

  /** A renewal that was sent cannot be withdrawn. Its caller has its answer from the deadline. */
  function withdraw(batch: Batch, order: Waiting): void {
    if (gathering === batch && batch.waiting.get(order.election) === order) {
      batch.waiting.delete(order.election);
      if (batch.waiting.size === 0) close(batch);
    }
    order.settle(() => failed(order.signal.reason, { ...options, ...order }));
  }

  return {
    async renew(order) {
      if (order.signal.aborted) return failed(order.signal.reason, { ...options, ...order });
      const statement = renewalStatement(order.write, { ...options, ...order });
      return new Promise((resolve, reject) => {
        add({ ...order, statement, settle: settling(resolve, reject) });
      });
    },
  };
}

function settling(
  resolve: (outcome: WriteOutcome) => void,
  reject: (defect: unknown) => void,
): Waiting['settle'] {
  return (outcomeOf) => {
    try {
      resolve(outcomeOf());
    } catch (defect) {
      reject(defect);
    }
  };
}

/** One attempt. Ends when its answer comes, or when the last caller has stopped waiting. */
async function send(options: RenewalBatchesOptions, orders: readonly Waiting[]): Promise<void> {
  const { client, tableName, endpoint } = options;
  const tell = (outcomeOf: (place: Place, index: number) => WriteOutcome) => {
    for (const [index, { settle, election }] of orders.entries()) {
      settle(() => outcomeOf({ tableName, election, endpoint }, index));
    }
  };
  const Statements = orders.map(({ statement }) => statement);
  const command = new BatchExecuteStatementCommand({ Statements });
  await client.send(command, { abortSignal: onceAll(orders) }).then(
    ({ Responses = [] }) => tell((place, index) => renewalOutcome(Responses[index], place)),
    (error: unknown) => tell((place) => failed(error, place)),
  );
}

/** Aborts when the last of the callers has given up. */
function onceAll(orders: readonly { readonly signal: AbortSignal }[]): AbortSignal {
  const all = new AbortController();
  let left = orders.length;
  for (const { signal } of orders) {
    const abort = () => {
      left -= 1;
      if (left === 0) all.abort(signal.reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  }
  return all.signal;
}
