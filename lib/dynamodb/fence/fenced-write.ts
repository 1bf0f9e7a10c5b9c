/**
 * `fenced(client, term)`: the user's own client, whose writes carry the term's token.
 *
 * Decides how a plan meets the SDK. Input is rewritten before it is serialized. The term is asked
 * before each attempt. Answers are read before the document client sees them, and errors are told
 * apart on their way out. `plan.ts` decides what each command becomes.
 *
 * Not guaranteed: that a stale leader is refused at a row that no newer leader has written yet.
 * That needs `{ check: 'lease' }`, or a fenced write of the newer leader that raises the stamp
 * first.
 */
import {
  PutItemCommand,
  type PutItemCommandInput,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  type TransactWriteItemsCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { InvalidOptionsError, NotFenceableError } from '../../errors.ts';
import { leaseChecked, type SendTransaction } from '../lease-check/lease-check.ts';
import { turnsOf } from '../lease-check/turns.ts';
import { type Attempts, attemptsOf } from './attempts.ts';
import { type Fence, type FenceOptions, type FencingTerm, fenceOf, tableNameOf } from './fence.ts';
import { readingIndex } from './index-read.ts';
import {
  isLayered,
  type Layer,
  type LayerArgs,
  type LayerContext,
  type LayerResult,
  layeredClient,
  refuseUnknownSdk,
  type SdkClient,
} from './layered-client.ts';
import { type Action, type LeaseCheckedPlan, type Plan, planOf } from './plan.ts';
import { serializedRequest } from './serialized-request.ts';
import type { RowWrite } from './stamp.ts';

/**
 * A client beside the given one: `DynamoDBClient`, `DynamoDBDocumentClient`, or the client that
 * ElectroDB and DynamoDB-Toolbox are given. Its Put, Update, Delete and TransactWrite commands are
 * refused with `StaleTokenError` where a higher token has written. Its reads leave out what the
 * fence keeps in the rows. It sends no extra request and costs no extra write unit. The given
 * client stays as it was, unfenced.
 *
 * Every write asks the term first, and again before each of the SDK's own retries. A retry of a
 * write whose answer was lost is admitted, since the token is equal. A condition of the user's may
 * then fail on what the first attempt wrote, as it would without a fence.
 *
 * Not guaranteed: that an attempt which was given up lands before the term's later writes. Where
 * that matters, put the values that were read into the condition, as `checkpoint` does.
 *
 * @throws InvalidOptionsError for options or a token that cannot be used, and for a client of an
 * SDK whose middleware is unknown: now, and not at the first write.
 * The commands throw NotFenceableError (never sent), StaleTokenError and LeadershipLostError. The
 * `outcome` of the last two says whether the write may have been applied nonetheless.
 */
export function fenced<C extends SdkClient>(
  client: C,
  term: FencingTerm,
  options: FenceOptions = {},
): C {
  if (isLayered(client)) {
    throw new InvalidOptionsError([
      'client must be one without a fence, got one that fenced() returned; pass the client that ' +
        'this one was made from',
    ]);
  }
  refuseUnknownSdk(client, new PutItemCommand({ TableName: 'none', Item: {} }));
  const fence = fenceOf(term, options);
  const ways: Ways = new WeakMap();
  const checked = leaseCheckedThrough(client, fence, ways);
  return layeredClient(client, {
    command: (next, context) => async (args) => {
      const plan = planOf(nameOf(context), args.input, fence);
      const attempts = attemptsOf(term);
      const go = (given: object, way: Plan) => {
        const input = { ...given };
        ways.set(input, { plan: way, attempts });
        return next({ ...args, input });
      };
      if (plan.leaseCheck !== undefined) {
        const joined = (input: object) => go(input, { input, writes: true });
        const { leaseCheck, input } = plan;
        return checked(leaseCheck, { input: input as object, go: joined, attempts, context });
      }
      try {
        const send = (way: Plan) => go(way.input as object, way);
        return await readingIndex(plan, { client, send });
      } catch (error) {
        throw plan.refusal?.(error, attempts.outcome) ?? error;
      }
    },
    request: (next) => async (args) => {
      if (wayOf(args, ways).plan.asPut !== true) return next(args);
      const put = new PutItemCommand(args.input as PutItemCommandInput);
      return next({ ...args, request: await serializedRequest(client, put) });
    },
    attempt: attemptIn(ways),
  });
}

/** One command on its way: what it is to be, and what is known of its attempts. */
interface Way {
  readonly plan: Plan;
  readonly attempts: Attempts;
}

/** The ways, by the input that was handed on. */
type Ways = WeakMap<object, Way>;

/** Without its way a command would be sent without asking the term. So it is not sent. */
function wayOf(args: LayerArgs, ways: Ways): Way {
  const way = ways.get(args.input as object);
  if (way !== undefined) return way;
  throw new NotFenceableError(
    'a middleware of the client has put another object in the place of the fenced input, and the ' +
      'command was not sent; let it pass args.input on, or change the input at step "initialize"',
  );
}

function attemptIn(ways: Ways): Layer {
  return (next) => async (args) => {
    const { plan, attempts } = wayOf(args, ways);
    const result = await (plan.writes ? attempts.write(() => next(args)) : next(args));
    const output = result.output as object;
    return plan.reveal === undefined ? result : { ...result, output: plan.reveal(output) };
  };
}

/**
 * Lease-checked writes. The user's own transaction gets one action more. A single write becomes a
 * transaction of its own. So the user's middleware sees both.
 */
function leaseCheckedThrough(client: SdkClient, fence: Fence, ways: Ways) {
  const inTurn = turnsOf(fence.term);
  const asking = layeredClient(client, { attempt: attemptIn(ways) });
  const send = asking.send.bind(asking) as unknown as SendTransactWrite;
  return async (plan: LeaseCheckedPlan, command: Checked): Promise<LayerResult> => {
    const { input, go, attempts, context } = command;
    const abortSignal = context.__smithy_context?.abortSignal as AbortSignal | undefined;
    const alone: SendTransaction = async (TransactItems, ClientRequestToken) => {
      const transaction = transactWrite({ TransactItems, ClientRequestToken }, input);
      ways.set(transaction.input, { plan: { input, writes: true }, attempts });
      return capacityOf(await send(transaction, { abortSignal }), plan);
    };
    const joined: SendTransaction = async (TransactItems, ClientRequestToken) =>
      (await go({ ClientRequestToken, ...input, TransactItems })).output as object;
    const sendActions = plan.from === 'single' ? alone : joined;
    const inOrder: SendTransaction = (actions, token) =>
      inTurn(() => sendActions(actions, token), abortSignal);
    const checked = { plan, fence, client, attempts, send: inOrder, abortSignal };
    return { output: await leaseChecked(checked) };
  };
}

interface Checked {
  readonly input: object;
  readonly go: Go;
  readonly attempts: Attempts;
  readonly context: LayerContext;
}

/** Sends the command on with another input. */
type Go = (input: object) => Promise<LayerResult>;

type SendTransactWrite = (
  command: TransactWriteItemsCommand,
  options: { readonly abortSignal?: AbortSignal | undefined },
) => Promise<TransactWriteItemsCommandOutput>;

function transactWrite(
  transaction: { readonly TransactItems: readonly Action[]; readonly ClientRequestToken: string },
  single: RowWrite,
): TransactWriteItemsCommand {
  return new TransactWriteItemsCommand({
    ...transaction,
    ReturnConsumedCapacity: single.ReturnConsumedCapacity,
  } as TransactWriteItemsCommandInput);
}

/**
 * A transaction reports capacity for each table; the user asked about the table that was written.
 */
function capacityOf(output: TransactWriteItemsCommandOutput, plan: LeaseCheckedPlan): object {
  const { ConsumedCapacity: consumed, $metadata } = output;
  const table = tableNameOf(plan.own[0]?.TableName);
  const own = consumed?.find((entry) => tableNameOf(entry.TableName) === table);
  return own === undefined ? { $metadata } : { $metadata, ConsumedCapacity: own };
}

function nameOf(context: LayerContext): string {
  return context.commandName ?? 'a command without a name';
}
