/**
 * A DynamoDB that checks signatures as AWS does, before DynamoDB Local, which checks none.
 *
 * Makes each signature (Signature Version 4) again from the request as it came, and refuses one that differs
 * or is older than five minutes by its own clock.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface VerifyingDynamoDb extends AsyncDisposable {
  readonly endpoint: string;
  /** Why requests were refused, in their order. */
  readonly refusals: readonly string[];
}

const SIGNATURE_MS_MAX = 300_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/;

export async function startVerifyingDynamoDb(options: {
  readonly storeEndpoint: string;
  readonly secretAccessKey: string;
  /** Milliseconds since 1970 by the clock of the service. */
  readonly nowEpochMs: () => number;
}): Promise<VerifyingDynamoDb> {
  const refusals: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const problem = problemOf(request, body, options);
    if (problem !== undefined) {
      refusals.push(problem);
      const type = 'com.amazon.coral.service#InvalidSignatureException';
      return void response.writeHead(400).end(JSON.stringify({ __type: type, message: problem }));
    }
    const { host: _, connection: __, ...headers } = request.headers as Record<string, string>;
    const answer = await fetch(options.storeEndpoint, { method: 'POST', headers, body });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    refusals,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function problemOf(
  { method, url = '/', headers }: IncomingMessage,
  body: string,
  { secretAccessKey, nowEpochMs }: Parameters<typeof startVerifyingDynamoDb>[0],
): string | undefined {
  const [, day = '', region = '', service = '', names = '', signature] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  const signedAt = String(headers['x-amz-date']);
  const ageMs = nowEpochMs() - epochMsOf(signedAt);
  if (Math.abs(ageMs) > SIGNATURE_MS_MAX) return `signature is ${ageMs} ms old`;
  const canonical = [
    ...[method, url, ''],
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    ...['', names, sha256(body)],
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', signedAt, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  );
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'signature does not match';
}

/** `20260101T000000Z` */
const epochMsOf = (date: string) =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, data: string) =>
  createHmac('sha256', key).update(data).digest();
