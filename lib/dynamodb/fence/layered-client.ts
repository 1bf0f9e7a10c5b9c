/**
 * A client beside the user's: the same configuration, connections and middleware, and layers of ours.
 *
 * Decides where in the SDK's middleware stack our layers stand. The document client marshals inside
 * its commands' middleware, directly before the serializer and directly after the deserializer. Our
 * layers stand inside of that, so that one implementation sees the wire's values from either client.
 * To stay innermost they are added last each time a command's own stack is joined to the client's.
 * Assumes of the SDK: relative middleware of one anchor run in the order in which they were added.
 */
import { InvalidOptionsError } from '../../errors.ts';

/** What a middleware is handed; `input` before the serializer, `request` after it. */
export interface LayerArgs {
  readonly input: unknown;
  readonly request?: unknown;
}

export interface LayerResult {
  readonly output: unknown;
  readonly response?: unknown;
}

export interface LayerContext {
  /** Such as `PutItemCommand`, also under the document client. */
  readonly commandName?: string | undefined;
  readonly __smithy_context?: { readonly abortSignal?: unknown } | undefined;
}

type Next = (args: LayerArgs) => Promise<LayerResult>;
export type Layer = (next: Next, context: LayerContext) => Next;

export interface Layers {
  /**
   * Runs around everything from the serializer on; sees marshalled input. Runs once for each
   * command.
   */
  readonly command?: Layer | undefined;
  /** Between the serializer and the network; may put another request in place. */
  readonly request?: Layer | undefined;
  /**
   * Runs around each attempt's answer; sees marshalled output. Runs again with each retry of the
   * SDK.
   */
  readonly attempt?: Layer | undefined;
}

/** The part of an SDK client that is needed, whichever copy of the SDK it comes from. */
export interface SdkClient {
  readonly config: object;
  readonly middlewareStack: object;
  send(...args: never[]): unknown;
}

interface Anchor {
  readonly name: string;
  readonly relation: 'before' | 'after';
  readonly toMiddleware: 'serializerMiddleware' | 'deserializerMiddleware';
  readonly override: true;
}

interface Stack {
  addRelativeTo(middleware: Layer, anchor: Anchor): void;
  concat(from: unknown): Stack;
  clone(): Stack;
}

const COMMAND: Anchor = {
  name: 'tenureFenceCommand',
  relation: 'before',
  toMiddleware: 'serializerMiddleware',
  override: true,
};
const REQUEST: Anchor = { ...COMMAND, name: 'tenureFenceRequest', relation: 'after' };
const ATTEMPT: Anchor = {
  ...COMMAND,
  name: 'tenureFenceAttempt',
  toMiddleware: 'deserializerMiddleware',
};

const LAYERS: unique symbol = Symbol.for('tenure.fenced-client');

/** Whether this client came from `layeredClient`, or was made from one that did. */
export function isLayered(client: SdkClient): boolean {
  return LAYERS in client.middlewareStack;
}

/** Kinds of clients whose commands have been seen to have the anchors. */
const KNOWN = new WeakSet<object>();

/**
 * Sends nothing. Puts a command together as `send` would, which fails where an anchor is missing.
 * @throws InvalidOptionsError for an SDK whose middleware is not where the fence's layers go.
 */
export function refuseUnknownSdk(client: SdkClient, probe: SdkCommand): void {
  const kind = client.constructor;
  if (KNOWN.has(kind)) return;
  const pass: Layer = (next) => next;
  const { middlewareStack, config } = layeredClient(client, { command: pass, attempt: pass });
  try {
    probe.resolveMiddleware(middlewareStack as never, config as never, {});
  } catch (cause) {
    throw new InvalidOptionsError(
      [
        'client must be of an AWS SDK whose commands have a serializerMiddleware and a ' +
          `deserializerMiddleware, got one without (${(cause as Error).message}); install a 3.x release of ` +
          '@aws-sdk/client-dynamodb that this package names as its peer',
      ],
      { cause },
    );
  }
  KNOWN.add(kind);
}

/** The part of an SDK command that puts its middleware together. */
interface SdkCommand {
  resolveMiddleware(stack: never, config: never, options: object): unknown;
}

/** The user's client stays as it is. Middleware that is added to it later is not in this one. */
export function layeredClient<C extends SdkClient>(client: C, layers: Layers): C {
  const stack = (client.middlewareStack as Stack).clone();
  // A client with `cacheMiddleware` keeps resolved handlers in `handlers`, and deletes that
  // property at times. An object between the two clients hides the user's handlers, which know no
  // fence.
  const shield = Object.create(client, { handlers: { value: undefined, writable: true } });
  return Object.create(shield, {
    middlewareStack: { value: layered(stack, layers), enumerable: true },
    // The connections are the user's.
    destroy: { value: () => undefined },
  }) as C;
}

function layered(stack: Stack, layers: Layers): Stack & { readonly [LAYERS]: true } {
  return {
    ...stack,
    [LAYERS]: true,
    clone: () => layered(stack.clone(), layers),
    concat: (from) => {
      const joined = stack.concat(from);
      if (layers.command) joined.addRelativeTo(layers.command, COMMAND);
      if (layers.request) joined.addRelativeTo(layers.request, REQUEST);
      if (layers.attempt) joined.addRelativeTo(layers.attempt, ATTEMPT);
      return layered(joined, layers);
    },
  };
}
