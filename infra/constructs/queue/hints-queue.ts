/**
 * The queue of the hints that wake one standby when a role becomes vacant.
 *
 * Decides what hints rest on. The retention is SQS's shortest, since an old hint wakes a standby
 * for nothing. There is no dead-letter queue, since a hint that no standby took is worth nothing.
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BATON_KEY_ACTIONS, HINT_ACTIONS } from '../../../lib/sqs/permissions.ts';

/** SQS's shortest retention. */
const RETENTION = Duration.minutes(1);
/** SQS's longest poll: the fewest requests of a standby that waits. */
const POLL_WAIT = Duration.seconds(20);

/** Props of `HintsQueue`. */
export interface HintsQueueProps {
  /** Left out: SQS encrypts with a key of its own, at no charge and with no permission needed. */
  readonly encryptionKey?: IKey;
}

/**
 * A standard queue for `sqsHints`. Give each election one of its own: a hint for one election may wake a
 * standby of another, which costs it time. It goes with its stack: nothing in it is needed to elect.
 */
export class HintsQueue extends Construct {
  readonly queue: IQueue;

  constructor(scope: Construct, id: string, { encryptionKey }: HintsQueueProps = {}) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      enforceSSL: true,
      retentionPeriod: RETENTION,
      receiveMessageWaitTime: POLL_WAIT,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(encryptionKey === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
    });
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'a hint that nobody took has lost its worth after a minute, and nobody would look at it',
    });
  }

  /** Send hints and wait for them: exactly what a candidate with `sqsHints` calls. */
  grantCandidate(grantee: IGrantable): Grant {
    const resourceArns = [this.queue.queueArn];
    const onQueue = Grant.addToPrincipal({ grantee, actions: [...HINT_ACTIONS], resourceArns });
    const key = this.queue.encryptionMasterKey;
    if (key === undefined) return onQueue;
    const actions = [...BATON_KEY_ACTIONS];
    return onQueue.combine(Grant.addToPrincipal({ grantee, actions, resourceArns: [key.keyArn] }));
  }
}
