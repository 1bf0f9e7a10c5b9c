/**
 * What a candidate of a baton may do to its queue, as actions of IAM: one source for `tenure policy`
 * and for the grant of the CDK construct.
 */

/** Batches are authorised as their single forms. The queue's shape is read once, at start. */
export const BATON_ACTIONS: readonly string[] = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
  'sqs:SendMessage',
];

/** With a key of the user's own: to send takes a data key, to receive takes to decrypt one. */
export const BATON_KEY_ACTIONS: readonly string[] = ['kms:Decrypt', 'kms:GenerateDataKey'];
