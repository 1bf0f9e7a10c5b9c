/**
 * Coordination ticks: a FIFO queue, the function that works its messages one by one, and a dead-letter
 * queue for those that cannot be worked.
 *
 * Decides what the tick form of the baton rests on: a batch size of 1, so that one message is one unit of
 * work, and a visibility timeout of six times the function's timeout, as Lambda recommends, so that a tick
 * is not delivered again while it is being worked.
 */
import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { refuse } from '../election/refusal.ts';
import { type BundledFunctionOptions, bundledFunction } from '../function/function-defaults.ts';

/** Lambda's recommendation for an SQS event source. */
const VISIBILITY_PER_TIMEOUT = 6;
const TIMEOUT_DEFAULT = Duration.seconds(30);
const RECEIVE_COUNT_MAX_DEFAULT = 5;

/** Props of `ElectionTicks`. */
export interface ElectionTicksProps {
  /** Keeps each election's state, in rows of their own: keys `pk` and `sk`, both texts. */
  readonly table: ITable;
  /** How long one tick may take. Left out: 30 seconds. */
  readonly timeout?: Duration;
  /** Deliveries of one tick before it goes to the dead-letter queue. Left out: 5. */
  readonly receiveCountMax?: number;
  /** VPC, memory, logs, concurrency and the like of the function. Left out: as small as it gets. */
  readonly function?: Omit<BundledFunctionOptions, 'timeout'>;
}

/** The function ships bundled: it puts each tick's body in place as the state of its election. */
export class ElectionTicks extends Construct {
  readonly queue: IQueue;
  /** Ticks that failed each time, for 14 days. An alarm belongs on its number of messages. */
  readonly undone: IQueue;
  readonly function: Lambda;

  constructor(scope: Construct, id: string, props: ElectionTicksProps) {
    super(scope, id);
    const timeout = props.timeout ?? TIMEOUT_DEFAULT;
    const maxReceiveCount = props.receiveCountMax ?? RECEIVE_COUNT_MAX_DEFAULT;
    refuse(this, problemsOf(timeout, maxReceiveCount));
    const common = { fifo: true, enforceSSL: true, encryption: QueueEncryption.SQS_MANAGED };
    this.undone = new Queue(this, 'Undone', { ...common, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(VISIBILITY_PER_TIMEOUT * timeout.toSeconds()),
      deadLetterQueue: { queue: this.undone, maxReceiveCount },
    });
    this.function = bundledFunction(this, {
      name: 'election-ticks',
      options: {
        memorySize: 256,
        timeout,
        environment: { TENURE_TABLE: props.table.tableName },
      },
      chosen: props.function,
    });
    this.function.addEventSource(new SqsEventSource(this.queue, { batchSize: 1 }));
    allowStateRows(props.table, this.function);
  }

  /** Send ticks, and nothing else. */
  grantSend(grantee: IGrantable): Grant {
    const resourceArns = [this.queue.queueArn];
    return Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns });
  }
}

/** The rows of ticks alone: not the elections' own records. */
function allowStateRows(table: ITable, grantee: IGrantable): void {
  Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:UpdateItem'],
    resourceArns: [table.tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ticks#*'] },
      // ForAllValues alone is true where the key is absent.
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  });
  table.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
}

function problemsOf(timeout: Duration, maxReceiveCount: number): readonly string[] {
  const problems: string[] = [];
  const longest = Duration.hours(12).toSeconds() / VISIBILITY_PER_TIMEOUT;
  if (timeout.toSeconds() > Math.min(longest, 900)) {
    problems.push(`timeout must be at most 900 seconds, got ${timeout.toSeconds()}; lower it`);
  }
  if (!Number.isInteger(maxReceiveCount) || maxReceiveCount < 1) {
    problems.push(
      `receiveCountMax must be a whole number from 1, got ${maxReceiveCount}; raise it`,
    );
  }
  return problems;
}
