/**
 * `tenure/sqs`: elections over an SQS FIFO queue, coordination ticks, and hints for elections over a table.
 * @module tenure/sqs
 */
export type { QueueOptions } from './client.ts';
export { BATON_ACTIONS, BATON_KEY_ACTIONS, HINT_ACTIONS } from './permissions.ts';
export { type QueueState, readQueueState, tryToHold } from './queue-state.ts';
export { type SeedOptions, seedBaton } from './seed-baton.ts';
export { type TickSender, type TickToSend, tickSender } from './send-tick.ts';
export { type SqsBatonOptions, sqsBaton } from './sqs-baton.ts';
export { sqsHints } from './sqs-hints.ts';
export {
  makeTickHandler,
  type Tick,
  type TickContext,
  type TickEvent,
  type TickOptions,
  type TickRecord,
} from './ticks.ts';
