/**
 * The connection of an SDK client that leads nowhere: a script answers each request at once, and what was
 * sent is kept. For answers that no emulator gives; one with `__type` is an error.
 */

export interface ScriptedCall {
  /** As `ReceiveMessage` or `UpdateItem`. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ScriptedConnection {
  readonly calls: readonly ScriptedCall[];
  /** For `clientConfig`: everything that a client needs to send nothing. */
  readonly clientConfig: {
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly requestHandler: { handle(request: object): Promise<{ response: never }> };
  };
}

export function scriptedConnection(answer: (call: ScriptedCall) => object): ScriptedConnection {
  const calls: ScriptedCall[] = [];
  return {
    calls,
    clientConfig: {
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: {
        async handle(request) {
          const { headers, body } = request as {
            readonly headers: Readonly<Record<string, string>>;
            readonly body: Uint8Array;
          };
          const operation = headers['x-amz-target']?.split('.').at(-1) ?? '';
          const call = { operation, input: JSON.parse(new TextDecoder().decode(body)) };
          calls.push(call);
          const given = answer(call);
          const response = {
            statusCode: '__type' in given ? 400 : 200,
            headers: { 'content-type': 'application/x-amz-json-1.0' },
            body: new TextEncoder().encode(JSON.stringify(given)),
          };
          return { response: response as never };
        },
      },
    },
  };
}
