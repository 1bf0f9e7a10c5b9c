/**
 * `fenced(client, term)`: the user's own client, whose writes carry the term's token.
 *
 * Decides how a plan meets the SDK: input is rewritten before it is serialized, the term is asked
 * before each attempt, answers are read before the document client sees them, errors are told apart
 * on their way out. What each command becomes is decided in `plan.ts`.
 *
 * Not guaranteed: that a stale leader is refused at a row that no newer leader has written yet; that
 * needs `{ check: 'lease' }`, or a fenced write of the newer leader that raises the stamp first.
 */
import {
  PutItemCommand,
  type PutItemCommandInput,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  type TransactWriteItemsCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { InvalidOptionsError } from '../../errors.ts';
import { leaseChecked } from '../lease-check/lease-check.ts';
import { turnsOf } from '../lease-check/turns.ts';
import { type Fence, type FenceOptions, type FencingTerm, fenceOf, tableNameOf } from './fence.ts';
import {
  isLayered,
  type Layer,
  type LayerContext,
  type LayerResult,
  layeredClient,
  type SdkClient,
} from './layered-client.ts';
import { type Action, type LeaseCheckedPlan, type Plan, planOf } from './plan.ts';
import { serializedRequest } from './serialized-request.ts';
import type { RowWrite } from './stamp.ts';

/**
 * A client beside the given one (`DynamoDBClient`, `DynamoDBDocumentClient`, or what ElectroDB and
 * DynamoDB-Toolbox are given), whose Put, Update, Delete and TransactWrite commands are refused with
 * `StaleTokenError` where a higher token has written, and whose reads leave out what the fence keeps
 * in the rows. No extra request, no extra write unit. The given client stays as it was, unfenced.
 *
 * Every write asks the term first, again before each of the SDK's own retries. A retry of a write
 * whose answer was lost is admitted, since the token is equal; a condition of the user's may then
 * fail on what the first attempt wrote, as it would without a fence.
 *
 * @throws InvalidOptionsError for options or a token that cannot be used.
 * The commands throw NotFenceableError (not sent), StaleTokenError, LeadershipLostError (not sent).
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
  const fence = fenceOf(term, options);
  const plans = new WeakMap<object, Plan>();
  const checked = leaseCheckedThrough(client, fence);
  return layeredClient(client, {
    command: (next, context) => async (args) => {
      const plan = planOf(nameOf(context), args.input, fence);
      if (plan.leaseCheck !== undefined) {
        const go = (input: object) => {
          plans.set(input, { input, writes: true });
          return next({ ...args, input });
        };
        return checked(plan.leaseCheck, { input: plan.input as object, go, context });
      }
      const input = { ...(plan.input as object) };
      plans.set(input, plan);
      try {
        return await next({ ...args, input });
      } catch (error) {
        throw plan.refusal?.(error) ?? error;
      }
    },
    request: (next) => async (args) => {
      if (plans.get(args.input as object)?.asPut !== true) return next(args);
      const put = new PutItemCommand(args.input as PutItemCommandInput);
      return next({ ...args, request: await serializedRequest(client, put) });
    },
    attempt: (next) => async (args) => {
      const plan = plans.get(args.input as object);
      if (plan?.writes === true) term.throwIfOver();
      const result = await next(args);
      const output = result.output as object;
      return plan?.reveal === undefined ? result : { ...result, output: plan.reveal(output) };
    },
  });
}

/**
 * Lease-checked writes. The user's own transaction goes on its way with one action more; a single
 * write becomes a transaction of its own, so the user's middleware sees both.
 */
function leaseCheckedThrough(client: SdkClient, fence: Fence) {
  const beforeEachAttempt: Layer = (next) => async (args) => {
    fence.term.throwIfOver();
    return next(args);
  };
  const inTurn = turnsOf(fence.term);
  const asking = layeredClient(client, { attempt: beforeEachAttempt });
  const send = asking.send.bind(asking) as unknown as SendTransactWrite;
  return async (
    plan: LeaseCheckedPlan,
    command: { readonly input: object; readonly go: Go; readonly context: LayerContext },
  ): Promise<LayerResult> => {
    const { input, go, context } = command;
    const abortSignal = context.__smithy_context?.abortSignal as AbortSignal | undefined;
    const alone = async (actions: readonly Action[]) =>
      capacityOf(await send(transactWrite(actions, input), { abortSignal }), plan);
    const joined = async (TransactItems: readonly Action[]) =>
      (await go({ ...input, TransactItems })).output as object;
    const sendActions = plan.from === 'single' ? alone : joined;
    const inOrder = (actions: readonly Action[]) => inTurn(() => sendActions(actions), abortSignal);
    const output = await leaseChecked({ plan, fence, client, send: inOrder, abortSignal });
    return { output };
  };
}

/** Sends the command on with another input. */
type Go = (input: object) => Promise<LayerResult>;

type SendTransactWrite = (
  command: TransactWriteItemsCommand,
  options: { readonly abortSignal?: AbortSignal | undefined },
) => Promise<TransactWriteItemsCommandOutput>;

function transactWrite(actions: readonly Action[], single: RowWrite): TransactWriteItemsCommand {
  return new TransactWriteItemsCommand({
    TransactItems: actions,
    ReturnConsumedCapacity: single.ReturnConsumedCapacity,
  } as TransactWriteItemsCommandInput);
}

/** A transaction answers for each table; the user asked about the one that was written. */
function capacityOf(output: TransactWriteItemsCommandOutput, plan: LeaseCheckedPlan): object {
  const { ConsumedCapacity: consumed, $metadata } = output;
  const table = tableNameOf(plan.own[0]?.TableName);
  const own = consumed?.find((entry) => tableNameOf(entry.TableName) === table);
  return own === undefined ? { $metadata } : { $metadata, ConsumedCapacity: own };
}

function nameOf(context: LayerContext): string {
  return context.commandName ?? 'a command without a name';
}
