/**
 * What a candidate of a baton, or one with hints, may do to its queue, as actions of IAM: one source for
 * `tenure policy` and for the grants of the CDK constructs.
 */

/** IAM authorises batches as their single forms. The queue's attributes are read once, at start. */
export const BATON_ACTIONS: readonly string[] = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
  'sqs:SendMessage',
];

/** What a candidate does to the queue of its hints. */
export const HINT_ACTIONS: readonly string[] = [
  'sqs:DeleteMessage',
  'sqs:ReceiveMessage',
  'sqs:SendMessage',
];

/** With a key of the user's own: SQS takes a data key to send, and decrypts one to receive. */
export const BATON_KEY_ACTIONS: readonly string[] = ['kms:Decrypt', 'kms:GenerateDataKey'];
