/**
 * A process that stops itself by SIGSTOP in the middle of a write: after every check that a careful
 * program makes, and before the request leaves.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Returns what arms it: the client's next request says what it has to say, and freezes the process.
 * `undefined` disarms it.
 */
export function freezeAtSend(client: DynamoDBClient): (say: (() => void) | undefined) => void {
  let armed: (() => void) | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const say = armed;
      if (say !== undefined) {
        armed = undefined;
        say();
        process.kill(process.pid, 'SIGSTOP');
      }
      return next(args);
    },
    // Below the deserializer: nothing but the connection comes after it.
    { step: 'deserialize', priority: 'low', name: 'freeze' },
  );
  return (say) => {
    armed = say;
  };
}
