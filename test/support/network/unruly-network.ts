/**
 * A request handler between an SDK client and its store that holds, doubles and loses requests, without
 * a clock: what is held is let go when the test says that something else has happened.
 *
 * The SDK sees a timeout, and tries again where it is allowed to. The store sees each request that
 * was let go.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SeededRandom } from '../../simulation/shared/random.ts';

type Handler = DynamoDBClient['config']['requestHandler'];
type HandledRequest = Parameters<Handler['handle']>[0];

export interface UnrulyNetwork {
  /** The client’s own sender with this network before it. */
  around(handler: Handler): Handler;
  /** Something has happened: some of what is held is due now. Resolves when that has landed. */
  tick(): Promise<void>;
  /** Lets everything go. */
  settle(): Promise<void>;
}

/** How many ticks a request is held at most. */
const HELD_TICKS_MAX = 8;

export function unrulyNetwork(random: SeededRandom, faultRate: number): UnrulyNetwork {
  const held: { ticks: number; readonly letGo: () => Promise<void> }[] = [];

  async function land(due: readonly { readonly letGo: () => Promise<void> }[]): Promise<void> {
    for (const one of due) {
      held.splice(held.indexOf(one as never), 1);
      await one.letGo();
    }
  }

  function around(handler: Handler): Handler {
    const send = async (request: HandledRequest) => {
      const { response } = await handler.handle(request);
      (response.body as { resume?: () => void } | undefined)?.resume?.();
    };
    const hold = (request: HandledRequest) => {
      const ticks = Math.ceil(random.between(0, HELD_TICKS_MAX));
      held.push({ ticks, letGo: () => send(request) });
    };
    const handle: Handler['handle'] = async (request, options) => {
      if (!random.chance(faultRate)) return handler.handle(request, options);
      switch (random.pick(['held', 'doubled', 'answer lost'] as const)) {
        case 'held':
          hold(request);
          throw timeout();
        case 'doubled':
          hold(request);
          return handler.handle(request, options);
        case 'answer lost':
          await send(request);
          throw timeout();
      }
    };
    return Object.create(handler, { handle: { value: handle } }) as Handler;
  }

  return {
    around,
    tick() {
      for (const one of held) one.ticks -= 1;
      return land(held.filter(({ ticks }) => ticks <= 0));
    },
    settle: () => land([...held]),
  };
}

/** As the SDK's own handler throws it. */
function timeout(): Error {
  return Object.assign(new Error('no answer in time'), { name: 'TimeoutError' });
}
