/**
 * Requests and messages that carry the term's token to a guard elsewhere.
 *
 * Decides that no request leaves once the term is over. A guard's 409 comes back as the error that
 * every other fence throws.
 */
import { parseToken } from '../core/token.ts';
import { InvalidOptionsError } from '../errors.ts';
import type { Term } from '../ports.ts';
import { staleToken } from '../stale-token.ts';
import {
  fencingHeaders,
  HIGHEST_TOKEN_HEADER,
  TOKEN_ATTRIBUTE,
  TOKEN_HEADER,
} from './token-header.ts';

/** The part of a `Term` that outgoing requests read. */
export type SendingTerm = Pick<
  Term,
  'election' | 'candidateId' | 'token' | 'throwIfOver' | 'journal'
>;

/**
 * `fetch` with the token on each request.
 * @throws LeadershipLostError before sending where the term is over; StaleTokenError for a guard's 409.
 * Any other answer is the caller's.
 */
export function fencedFetch(term: SendingTerm, send: typeof fetch = fetch): typeof fetch {
  return async (input, init) => {
    term.throwIfOver();
    const given = init?.headers ?? (input instanceof Request ? input.headers : undefined);
    const headers = new Headers(given);
    headers.set(TOKEN_HEADER, fencingHeaders(term)[TOKEN_HEADER] ?? '');
    const response = await send(input, { ...init, headers });
    if (response.status === 409) refuseStale(term, response);
    return response;
  };
}

/**
 * Without user, query and fragment: they may hold secrets, and this text goes into errors and
 * journals.
 */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'a URL that does not parse';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function refuseStale(term: SendingTerm, response: Response): void {
  const highestToken = parseToken(response.headers.get(HIGHEST_TOKEN_HEADER) ?? '');
  if (highestToken === undefined || highestToken <= term.token) return;
  throw staleToken(term, { token: term.token, highestToken, resource: placeOf(response.url) });
}

/** SQS takes ten attributes with a message. */
const ATTRIBUTES_MAX = 10;

/** As SQS takes it. */
interface MessageAttribute {
  readonly DataType: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}
interface Message {
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>> | undefined;
}

/**
 * The input of `SendMessageCommand`, or an entry of `SendMessageBatchCommand`, with the token as a
 * message attribute. SQS's deduplication by content ignores attributes. So on a FIFO queue give a
 * `MessageDeduplicationId` that contains the token. Otherwise SQS drops a new leader's message as a
 * repetition of the old leader's.
 * @throws LeadershipLostError where the term is over, InvalidOptionsError beyond ten attributes.
 */
export function fencedMessage<M extends object>(
  term: Pick<SendingTerm, 'token' | 'throwIfOver'>,
  message: M & Message,
): M & { readonly MessageAttributes: Record<string, MessageAttribute> } {
  term.throwIfOver();
  const others: Record<string, MessageAttribute> = { ...message.MessageAttributes };
  delete others[TOKEN_ATTRIBUTE];
  const count = Object.keys(others).length;
  if (count >= ATTRIBUTES_MAX) {
    throw new InvalidOptionsError([
      `MessageAttributes must leave room for ${TOKEN_ATTRIBUTE} among ${ATTRIBUTES_MAX}, got ` +
        `${count}; put some of them into the body`,
    ]);
  }
  const carrying: MessageAttribute = {
    DataType: 'String',
    StringValue: fencingHeaders(term)[TOKEN_HEADER] ?? '',
  };
  return { ...message, MessageAttributes: { ...others, [TOKEN_ATTRIBUTE]: carrying } };
}
