/**
 * The queue of a baton election: one queue, one election.
 *
 * Decides what the baton's protocol rests on: FIFO, no deduplication by content, retention of 14 days,
 * no dead-letter queue, and a visibility timeout that leaves room for a poll and two writes.
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import { withDefaults } from '../../../lib/core/time/timing.ts';
import { BATON_ACTIONS, BATON_KEY_ACTIONS } from '../../../lib/sqs/permissions.ts';
import { electionNameProblems } from '../election/election-name.ts';
import { refuse } from '../election/refusal.ts';
import { electionMetric, type IElectionStore } from '../watching/election-metrics.ts';

/** The longest that SQS keeps a message: the baton must outlive every term and every outage. */
const RETENTION = Duration.days(14);
/** SQS's ceiling on one visibility timeout. */
const VISIBILITY_TIMEOUT_MAX = Duration.hours(12);
/** SQS's longest poll, and what a candidate of the baton uses unless told otherwise. */
const POLL_WAIT_DEFAULT = Duration.seconds(20);
const VISIBILITY_TIMEOUT_DEFAULT = Duration.seconds(30);

/** Props of `BatonQueue`. */
export interface BatonQueueProps {
  /** The election that this queue decides. */
  readonly election: string;
  /**
   * How long a crashed leader keeps the role: the lease of this form of election. Left out: 30 seconds.
   * It must exceed the poll wait, the margin and two writes.
   */
  readonly visibilityTimeout?: Duration;
  /** How long a candidate's receive waits. Left out: 20 seconds, which is SQS's longest and cheapest. */
  readonly pollWait?: Duration;
  /** Left out: SQS encrypts with a key of its own, at no charge and with no permission needed. */
  readonly encryptionKey?: IKey;
  /** Left out: `RETAIN_ON_UPDATE_OR_DELETE`; a new queue may number its messages lower, and fences refuse those tokens. */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A FIFO queue whose one message is the baton.
 *
 * Not offered, on purpose: a dead-letter queue, which would take the baton away after a few crashes,
 * and deduplication by content, which would swallow a successor.
 */
export class BatonQueue extends Construct implements IElectionStore {
  readonly election: string;
  readonly queue: IQueue;
  readonly visibilityTimeout: Duration;

  constructor(scope: Construct, id: string, props: BatonQueueProps) {
    super(scope, id);
    this.election = props.election;
    this.visibilityTimeout = props.visibilityTimeout ?? VISIBILITY_TIMEOUT_DEFAULT;
    const pollWait = props.pollWait ?? POLL_WAIT_DEFAULT;
    refuse(this, [
      ...electionNameProblems(props.election),
      ...timingProblems({ visibilityTimeout: this.visibilityTimeout, pollWait }),
    ]);
    this.queue = new Queue(this, 'Queue', {
      fifo: true,
      contentBasedDeduplication: false,
      enforceSSL: true,
      visibilityTimeout: this.visibilityTimeout,
      receiveMessageWaitTime: pollWait,
      retentionPeriod: RETENTION,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      ...(props.encryptionKey === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: props.encryptionKey }),
    });
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'a dead-letter queue would count each fail-over as a failure and take the baton away, and ' +
        'nobody could lead again',
    });
  }

  get storeName(): string {
    return this.queue.queueName;
  }

  /** Campaign and lead: exactly what a candidate of the baton calls on this queue. */
  grantCandidate(grantee: IGrantable): Grant {
    const onQueue = Grant.addToPrincipal({
      grantee,
      actions: [...BATON_ACTIONS],
      resourceArns: [this.queue.queueArn],
    });
    const key = this.queue.encryptionMasterKey;
    if (key === undefined) return onQueue;
    const actions = [...BATON_KEY_ACTIONS];
    return onQueue.combine(Grant.addToPrincipal({ grantee, actions, resourceArns: [key.keyArn] }));
  }

  /** One of the library's metrics of this queue's election. */
  metric(name: MetricName, options?: MetricOptions): Metric {
    return electionMetric(name, { election: this.election, store: this.storeName }, options);
  }
}

function timingProblems(of: {
  readonly visibilityTimeout: Duration;
  readonly pollWait: Duration;
}): readonly string[] {
  const visibilityMs = of.visibilityTimeout.toMilliseconds();
  const pollMs = of.pollWait.toMilliseconds();
  const { marginMs, writeTimeoutMs } = withDefaults({ leaseDurationMs: visibilityMs });
  const neededMs = pollMs + marginMs + 2 * writeTimeoutMs;
  const problems: string[] = [];
  if (pollMs > POLL_WAIT_DEFAULT.toMilliseconds()) {
    problems.push(`pollWait must be at most 20000 ms, got ${pollMs}; lower it`);
  }
  if (visibilityMs <= neededMs) {
    problems.push(
      `visibilityTimeout must exceed pollWait, margin and two writes (${neededMs} ms), ` +
        `got ${visibilityMs}; raise visibilityTimeout or lower pollWait`,
    );
  }
  if (visibilityMs > VISIBILITY_TIMEOUT_MAX.toMilliseconds()) {
    problems.push(`visibilityTimeout must be at most 12 hours, got ${visibilityMs} ms; lower it`);
  }
  return problems;
}
