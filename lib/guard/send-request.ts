/**
 * Sends a request that was prepared, and reads what the answer says about it.
 *
 * Decides nothing but granted, refused or unknown. Needs no SDK and no credentials: the request is
 * signed, and goes out as it was prepared.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { PreparedRequest, RequestVerdict } from '../core/will/will.ts';

/** The deadline of one attempt. A healthy store answers in milliseconds. */
const ATTEMPT_MS_MAX = 1_000;
const ANSWER_LENGTH_MAX = 65_536;

/** Never rejects: a request without an answer is `unknown`. */
export async function sendRequest(prepared: PreparedRequest): Promise<RequestVerdict> {
  try {
    return verdictOf(prepared, await exchange(prepared));
  } catch {
    return 'unknown';
  }
}

interface Answer {
  readonly status: number;
  readonly errorType: string | undefined;
  readonly body: string;
}

function exchange({ method, url, headers, body }: PreparedRequest): Promise<Answer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ATTEMPT_MS_MAX);
    const sent = send(url, { method, headers, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < ANSWER_LENGTH_MAX) text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => {
        const type = response.headers['x-amzn-errortype'];
        const errorType = typeof type === 'string' ? type : undefined;
        resolve({ status: response.statusCode ?? 0, errorType, body: text });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function verdictOf(prepared: PreparedRequest, { status, errorType, body }: Answer): RequestVerdict {
  const fields = parsed(body);
  if (status >= 200 && status < 300) return hasFailures(fields) ? 'refused' : 'granted';
  const type = nameOf(errorType ?? fields.__type ?? fields.code);
  if (!prepared.refusedBy.includes(type)) return 'unknown';
  const { appliedMark } = prepared;
  return appliedMark !== undefined && body.includes(appliedMark) ? 'granted' : 'refused';
}

/** A batch answers with success even if its entries failed. */
function hasFailures({ Failed }: Record<string, unknown>): boolean {
  return Array.isArray(Failed) && Failed.length > 0;
}

/** `com.amazonaws.dynamodb.v20120810#Name` and `Name:http://…` are both `Name`. */
function nameOf(type: unknown): string {
  return typeof type === 'string' ? (type.split('#').at(-1)?.split(':')[0] ?? '') : '';
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
