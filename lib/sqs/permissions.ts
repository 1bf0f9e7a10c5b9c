/**
 * What a candidate of a baton, or one with hints, may do to its queue, as actions of IAM: one source for
 * `tenure policy` and for the grants of the CDK constructs.
 */

/** Batches are authorised as their single forms. The queue's shape is read once, at start. */
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

/** With a key of the user's own: to send takes a data key, to receive takes to decrypt one. */
export const BATON_KEY_ACTIONS: readonly string[] = ['kms:Decrypt', 'kms:GenerateDataKey'];
