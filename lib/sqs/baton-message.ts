/**
 * What a baton message says. The protocol needs only the election's name, to notice a queue that
 * two elections share by mistake. The rest is for operators who look into the queue.
 */
import type { Message } from '@aws-sdk/client-sqs';
import type { Baton } from '../core/baton/queue.ts';
import { parseToken, type Token } from '../core/token.ts';
import { MalformedDataError } from '../errors.ts';

/** One group: while one of its messages is in flight, SQS delivers no other. */
export const BATON_GROUP = 'baton';

export function batonBody(content: { election: string; sentBy: string; epochMs: number }): string {
  const { election, sentBy } = content;
  const sentAt = new Date(content.epochMs).toISOString();
  return JSON.stringify({ tenure: 'baton', formatVersion: 1, election, sentBy, sentAt });
}

/** @throws MalformedDataError for what no FIFO queue delivers; it stays hidden for its visibility timeout. */
export function batonOf(message: Message): Baton {
  const handle = message.ReceiptHandle;
  if (handle === undefined) {
    throw new MalformedDataError(
      'a message that was received must have a ReceiptHandle, got none; use SQS, or an emulator that ' +
        'gives handles',
    );
  }
  return {
    handle,
    sequenceNumber: sequenceNumberOf(message.Attributes?.SequenceNumber),
    election: electionOf(message.Body),
  };
}

/**
 * SQS pads with zeros to 20 digits: a bigint, since a double would round them.
 * @throws MalformedDataError
 */
export function sequenceNumberOf(text: string | undefined): Token {
  const token = text === undefined ? undefined : parseToken(text.replace(/^0+(?=\d)/, ''));
  if (token === undefined) {
    throw new MalformedDataError(
      `a message of a FIFO queue must have a decimal SequenceNumber of at most 38 digits, got ` +
        `${JSON.stringify(text)}; use a FIFO queue of SQS`,
    );
  }
  return token;
}

function electionOf(body: string | undefined): string | undefined {
  try {
    const content = JSON.parse(body ?? '') as { tenure?: unknown; election?: unknown } | null;
    if (content?.tenure !== 'baton' || typeof content.election !== 'string') return undefined;
    return content.election;
  } catch {
    // Not one of ours: the protocol refuses it by its missing election.
    return undefined;
  }
}
