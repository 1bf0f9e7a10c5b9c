/**
 * An election over a queue as an operator sees it: its batons, by SQS's approximate counts. It does
 * not show who leads: that cannot be read without receiving.
 */

import { EXIT } from '../terminal/exit-code.ts';
import { print } from '../terminal/terminal.ts';
import type { StoreOptions } from './store-options.ts';

const CALL_TIMEOUT_MS = 10_000;

export interface QueueVerbOptions extends StoreOptions {
  readonly queue?: string;
  readonly json?: boolean;
}

/** The queue as the functions of `tenure/sqs` take it, for one look. */
export function queueOf({ queue = '', region }: QueueVerbOptions) {
  const clientConfig = region === undefined ? {} : { region };
  return { queueUrl: queue, clientConfig, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) };
}

/**
 * `held`: a candidate leads, or is being elected. `free`: a baton waits for a candidate. `empty`:
 * there is none.
 */
export function stateOf(of: { heldBatons: number; receivableBatons: number }) {
  if (of.heldBatons > 0) return 'held';
  return of.receivableBatons > 0 ? 'free' : 'empty';
}

const WORDS = {
  held: 'somebody leads, or is being elected',
  free: 'nobody leads; a candidate that receives will',
  empty:
    'nobody leads, and there is no baton; candidates put one in after the visibility timeout and a minute',
};

/** Resolves with the exit code. @throws NotFoundError, AccessDeniedError or UnreachableError. */
export async function showQueue(election: string, options: QueueVerbOptions): Promise<number> {
  // Its client is an optional peer: only users of a queue have it.
  const { readQueueState } = await import('../../sqs/index.ts');
  const { heldBatons, receivableBatons } = await readQueueState(queueOf(options));
  const state = stateOf({ heldBatons, receivableBatons });
  if (options.json) {
    print(JSON.stringify({ election, state, heldBatons, receivableBatons }));
  } else {
    print(
      `${election}: ${WORDS[state]}`,
      `  about ${heldBatons} held, ${receivableBatons} to be received`,
      '  who leads is not readable from a queue without receiving: follow the events of its candidates',
    );
  }
  return state === 'held' ? EXIT.done : EXIT.failed;
}
