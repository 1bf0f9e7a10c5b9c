/**
 * The request that an SDK client would send, signed and complete, without sending it.
 *
 * Decides nothing about the request: the client's own serializer, endpoint rules and signer make
 * it. A request handler keeps the request, and the call ends there.
 */
import type { PreparedRequest } from '../../core/will/will.ts';

/** A request as the SDK hands it to its request handler. */
interface SignedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a client takes as its `requestHandler`. Never answers. */
export interface CapturingHandler {
  handle(request: object): Promise<never>;
  destroy(): void;
}

class Captured extends Error {}

/**
 * `send` makes one call with a client that has this handler and no retries.
 * @throws the error that kept the request from being made, such as missing credentials.
 */
export async function captureRequest(
  send: (requestHandler: CapturingHandler) => Promise<unknown>,
  reading: Pick<PreparedRequest, 'refusedBy' | 'appliedMark'>,
): Promise<PreparedRequest> {
  let captured: SignedRequest | undefined;
  const handler: CapturingHandler = {
    async handle(request) {
      captured = request as SignedRequest;
      throw new Captured('the request was kept, not sent');
    },
    destroy() {},
  };
  try {
    await send(handler);
  } catch (error) {
    if (captured === undefined) throw error;
  }
  if (captured === undefined) throw new Error('the client sent no request through its handler');
  const { method, protocol, hostname, port, path, headers } = captured;
  const body = textOf(captured.body);
  const origin = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
  return { method, url: `${origin}${path}`, headers: { ...headers }, body, ...reading };
}

/** Bodies of these protocols are JSON, which some versions of the SDK hand on as bytes. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  throw new Error('the body of the request is neither a text nor bytes');
}
