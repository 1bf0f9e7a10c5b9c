/**
 * Coordination ticks, the consumer's side: a FIFO queue as event source of a Lambda function. Each
 * message is one unit of an election's coordination work.
 *
 * SQS decides who leads: while a tick of the group is in flight it delivers no other. So at most
 * one invocation works for the election. The message's number is the token that its writes carry.
 * It rises from tick to tick and is equal on redelivery, so a tick's work must be idempotent.
 *
 * Not guaranteed: that an invocation which outlived its message stops in time. A frozen environment
 * may wake after the next tick was delivered. Fenced writes are refused then, others are not.
 */
import type { Token } from '../core/token.ts';
import { InvalidOptionsError, LeadershipLostError, MalformedDataError } from '../errors.ts';
import type { Journal, Term } from '../ports.ts';
import { sequenceNumberOf } from './baton-message.ts';

/** The part of a record of Lambda's SQS event that is read. */
export interface TickRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: {
    readonly SequenceNumber?: string | undefined;
    readonly MessageGroupId?: string | undefined;
    readonly ApproximateReceiveCount: string;
  };
}

/** The event of an SQS event source, as far as ticks read it. */
export interface TickEvent {
  readonly Records: readonly TickRecord[];
}

/** The part of Lambda's context that is read. */
export interface TickContext {
  readonly awsRequestId: string;
  /** What is left of the invocation, in milliseconds. */
  getRemainingTimeInMillis(): number;
}

/** One unit of coordination work. It fences as a term does: `fenced(client, tick)`. */
export interface Tick
  extends Pick<
    Term,
    'election' | 'candidateId' | 'token' | 'remainingMs' | 'throwIfOver' | 'lease' | 'journal'
  > {
  readonly messageId: string;
  /** What the producer sent. */
  readonly body: string;
  /** 1, and more on redelivery. */
  readonly receiveCount: number;
}

/** What `makeTickHandler` takes. */
export interface TickOptions {
  /** Told of writes that a fence refused. Default: no journal. */
  readonly journal?: Journal | undefined;
}

const silent: Journal = { record() {} };

/**
 * A Lambda handler that works one tick for each invocation. What the work throws fails the
 * invocation. SQS then delivers the tick again. After the queue's `maxReceiveCount` it moves the
 * tick to the dead-letter queue, so that a poison tick does not block those behind it.
 * @throws InvalidOptionsError when the event source has a batch size above 1 or is not a FIFO
 * queue; MalformedDataError for a number or a count that is none. The work is not begun then.
 */
export function makeTickHandler(
  work: (tick: Tick) => void | Promise<void>,
  options: TickOptions = {},
): (event: TickEvent, context: TickContext) => Promise<void> {
  return async (event, context) => {
    const [record, ...more] = recordsOf(event);
    if (record === undefined) return;
    if (more.length > 0) {
      // A failure would deliver the ticks that were done again, and the last one's number would be
      // hidden.
      throw new InvalidOptionsError([
        `the event source's batch size must be 1, got ${more.length + 1} ticks; set it to 1`,
      ]);
    }
    await work(tickOf(record, context, options.journal ?? silent));
  };
}

/** A function may be invoked by anything: a test event of the console, another source. */
function recordsOf(event: Partial<TickEvent> | null | undefined): readonly TickRecord[] {
  const records: unknown = event?.Records;
  if (Array.isArray(records)) return records;
  throw new InvalidOptionsError([
    'the event source must be an SQS queue, got an event without Records; set a FIFO queue',
  ]);
}

type FifoRecord = TickRecord & {
  readonly attributes: { readonly SequenceNumber: string; readonly MessageGroupId: string };
};

function isOfFifo(record: Partial<TickRecord> | null | undefined): record is FifoRecord {
  const { messageId, body, attributes } = record ?? {};
  const texts = [messageId, body, attributes?.SequenceNumber, attributes?.MessageGroupId];
  return texts.every((text) => typeof text === 'string');
}

function tickOf(record: TickRecord, context: TickContext, journal: Journal): Tick {
  if (!isOfFifo(record)) {
    throw new InvalidOptionsError([
      'the event source must be a FIFO queue, got a message without a number; use one named *.fifo',
    ]);
  }
  const { messageId, body, attributes } = record;
  const { SequenceNumber, MessageGroupId: election, ApproximateReceiveCount } = attributes;
  const token: Token = sequenceNumberOf(SequenceNumber);
  const receiveCount = Number(ApproximateReceiveCount);
  if (!(Number.isInteger(receiveCount) && receiveCount >= 1)) {
    throw new MalformedDataError(
      `a tick must have an ApproximateReceiveCount of at least 1, got ` +
        `${JSON.stringify(ApproximateReceiveCount)}; invoke the function by its queue`,
    );
  }
  const remainingMs = () => Math.max(0, context.getRemainingTimeInMillis());
  return {
    election,
    candidateId: context.awsRequestId,
    token,
    messageId,
    body,
    receiveCount,
    remainingMs,
    throwIfOver() {
      if (remainingMs() <= 0) throw new LeadershipLostError({ election, token, why: 'lapsed' });
    },
    lease: undefined,
    journal,
  };
}
