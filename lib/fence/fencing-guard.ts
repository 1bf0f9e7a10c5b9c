/**
 * The guard before an HTTP handler, as middy middleware for API Gateway and function URLs.
 *
 * Decides the answers: 409 with both tokens for a stale token, 428 for none, 400 for a text that is
 * no token or for a token too far above the highest. A rejected request never reaches the handler.
 * Put it before middleware that takes something which must be given back: an early answer skips the
 * `after` and `onError` of all others.
 */
import { formatToken } from '../core/token.ts';
import type { Admission, Guard, Rejection } from './guard.ts';
import {
  carriedIn,
  HIGHEST_TOKEN_HEADER,
  type HttpHeaders,
  headerIn,
  TOKEN_HEADER,
} from './token-header.ts';

/** The part of an HTTP event that is read. */
export interface HttpEvent {
  readonly headers?: HttpHeaders;
}

/** What a request is answered that is not admitted. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What `fencingGuard` takes. */
export interface FencingGuardOptions<E extends HttpEvent> {
  readonly guard: Guard;
  /**
   * What the request is about, or a function that tells it from the event. One resource belongs to
   * one election.
   */
  readonly resource: string | ((event: E) => string);
  /** A request without a token: `reject` answers 428, `admit` lets it pass unguarded. Default `reject`. */
  readonly missing?: 'reject' | 'admit' | undefined;
}

/** Middy's shape, without depending on middy. */
export interface FencingGuardMiddleware<E extends HttpEvent> {
  /** Answers the request that is not admitted; lets any other through. */
  before(request: { readonly event: E }): Promise<HttpAnswer | undefined>;
}

/**
 * Middleware for middy: admits HTTP requests whose `Fencing-Token` is no lower than any before it, and
 * answers 409 to others.
 */
export function fencingGuard<E extends HttpEvent>(
  options: FencingGuardOptions<E>,
): FencingGuardMiddleware<E> {
  const { guard, resource, missing = 'reject' } = options;
  return {
    async before({ event }) {
      const carried = carriedIn(headerIn((event as HttpEvent | null)?.headers, TOKEN_HEADER));
      switch (carried.kind) {
        case 'missing':
          return missing === 'admit' ? undefined : withoutToken();
        case 'malformed':
          return malformed(carried.text);
        case 'token': {
          const named = typeof resource === 'string' ? resource : resource(event);
          const admission = await guard.admit({ resource: named, token: carried.token });
          return answerTo(admission);
        }
      }
    },
  };
}

function answerTo(admission: Admission): HttpAnswer | undefined {
  switch (admission.kind) {
    case 'admitted':
      return undefined;
    case 'rejected':
      return stale(admission);
    case 'implausible':
      return answer(400, {
        code: 'TOKEN_IMPLAUSIBLE',
        message: `header ${TOKEN_HEADER} is too far above the highest token; send the token of the term`,
      });
  }
}

function withoutToken(): HttpAnswer {
  return answer(428, {
    code: 'TOKEN_MISSING',
    message: `header ${TOKEN_HEADER} is required; send the token of the term`,
  });
}

function malformed(text: string): HttpAnswer {
  return answer(400, {
    code: 'TOKEN_MALFORMED',
    message: `header ${TOKEN_HEADER} must be a decimal number of at most 38 digits, got ${JSON.stringify(text)}`,
  });
}

function stale({ token, highestToken, resource }: Rejection): HttpAnswer {
  const highest = formatToken(highestToken);
  const body = {
    code: 'STALE_TOKEN',
    message: 'another leader was elected: stop, do not retry',
    token: formatToken(token),
    highestToken: highest,
    resource,
  };
  return answer(409, body, { [HIGHEST_TOKEN_HEADER]: highest });
}

function answer(
  statusCode: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
