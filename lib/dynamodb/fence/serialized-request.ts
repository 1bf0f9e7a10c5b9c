/**
 * The HTTP request that the SDK would send for a command, without sending it.
 *
 * Decides nothing about the request: the SDK's own serializer and endpoint rules make it. It is
 * needed where one operation goes out in the place of another whose answer has the same shape.
 */
import type { Layer, SdkClient } from './layered-client.ts';

/** A command of the SDK's, as far as it is needed here. */
interface SdkCommand {
  readonly middlewareStack: object;
  resolveMiddleware(...args: never[]): unknown;
}

interface Stack {
  add(middleware: Layer, options?: { readonly name?: string }): void;
  addRelativeTo(middleware: Layer, options: object): void;
  clone(): Stack;
  applyToStack(target: Pick<Stack, 'add' | 'addRelativeTo'>): void;
}

type Resolve = (
  stack: Stack,
  configuration: object,
) => (command: object) => Promise<{ readonly output: unknown }>;

/**
 * Only the client's serializer is run. The client's other middleware sees the command that is sent.
 */
export async function serializedRequest(client: SdkClient, command: SdkCommand): Promise<unknown> {
  // A command's own stack is empty until it is sent.
  const stack = (command.middlewareStack as Stack).clone();
  (client.middlewareStack as Stack).applyToStack({
    add: (middleware, options) => {
      if (options?.name === 'serializerMiddleware') stack.add(middleware, options);
    },
    addRelativeTo: () => undefined,
  });
  stack.addRelativeTo(() => async (args) => ({ output: args.request, response: undefined }), {
    name: 'tenureCapture',
    relation: 'after',
    toMiddleware: 'serializerMiddleware',
  });
  const resolve = command.resolveMiddleware.bind(command) as unknown as Resolve;
  const { output } = await resolve(stack, client.config)(command);
  return output;
}
