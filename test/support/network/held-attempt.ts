/**
 * A client one of whose attempts seems to have no answer, and lands when the test lets it go. The SDK tries
 * again meanwhile, where it may.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

export interface HoldingClient extends Disposable {
  readonly client: DynamoDBClient;
  /** The next attempt is held; of one operation, where it is named as in `PutItem`. */
  holdNext(operation?: string): void;
  /** Resolves when an attempt is held. */
  held(): Promise<void>;
  /** Resolves when what was held has landed. */
  letGo(): Promise<void>;
  /** The next attempt lands at once, and its answer is lost. */
  loseNextAnswer(): void;
  /** The next attempt does not reach the store, and is answered so. */
  answerNext(status: number, type: string): void;
}

type Handler = DynamoDBClient['config']['requestHandler'];
type Handle = Handler['handle'];

export function holdingClient(config: DynamoDBClientConfig): HoldingClient {
  const client = new DynamoDBClient(config);
  const { requestHandler } = client.config;
  let next: Handle | undefined;
  let only: string | undefined;
  let landing: (() => Promise<void>) | undefined;
  const held = Promise.withResolvers<void>();

  async function land(request: Parameters<Handle>[0]): Promise<void> {
    const { response } = await requestHandler.handle(request);
    (response.body as { resume?: () => void } | undefined)?.resume?.();
  }
  const handle: Handle = (request, options) => {
    const operation = request.headers['x-amz-target']?.split('.').at(-1);
    if (only !== undefined && only !== operation) return requestHandler.handle(request, options);
    only = undefined;
    const act = next ?? requestHandler.handle.bind(requestHandler);
    next = undefined;
    return act(request, options);
  };
  client.config.requestHandler = Object.create(requestHandler, { handle: { value: handle } });

  return {
    client,
    holdNext(operation) {
      only = operation;
      next = async (request) => {
        landing = () => land(request);
        held.resolve();
        throw timeout();
      };
    },
    held: () => held.promise,
    async letGo() {
      await landing?.();
      landing = undefined;
    },
    loseNextAnswer() {
      next = async (request) => {
        await land(request);
        throw timeout();
      };
    },
    answerNext(statusCode, type) {
      const body = Buffer.from(JSON.stringify({ __type: type, message: 'scripted' }));
      next = async () => ({ response: { statusCode, headers: {}, body } as never });
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** As the SDK's own handler throws it. */
function timeout(): Error {
  return Object.assign(new Error('no answer in time'), { name: 'TimeoutError' });
}
