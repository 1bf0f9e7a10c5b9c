/**
 * `leaderOnly`: the same as middleware for middy 7, typed structurally, so that the user brings
 * middy.
 *
 * Everything that belongs to one invocation is in its `request.internal`. Place it last, or pass
 * its `requestEnd` to middy as well: a later middleware that answers early skips every `after`
 * hook.
 */
import type { Term } from '../ports.ts';
import { type LambdaContext, remainingTimeMs } from './election.ts';
import { type LeaderOnlyOptions, settingsOf } from './leader-only-options.ts';
import { answerOf, refuseSkippedBatch } from './not-leading.ts';
import { createRole, type LedInvocation } from './role.ts';

/** What `leaderOnly` takes. */
export interface LeaderMiddlewareOptions<E = unknown, R = unknown> extends LeaderOnlyOptions<E, R> {
  /** Under which name the term is in `request.internal`, and in the context. Default `term`. */
  readonly internalKey?: string | undefined;
  /** Whether the handler finds the term in its context too. Default no. */
  readonly setToContext?: boolean | undefined;
}

/** What is used of middy's request. */
export interface MiddyRequest {
  // biome-ignore lint/suspicious/noExplicitAny: middy's own type says any, and both must fit
  event: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  context: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  response: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  earlyResponse?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  error: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  internal: any;
}

/** What `leaderOnly` gives to middy. */
export interface LeaderMiddleware {
  /** Takes the role, or ends the invocation as `notLeading` says. */
  readonly before: (request: MiddyRequest) => Promise<void>;
  /** Releases the role, where `hold` is `invocation`. */
  readonly after: (request: MiddyRequest) => Promise<void>;
  /** As `after`, for a handler that threw. */
  readonly onError: (request: MiddyRequest) => Promise<void>;
  /** For `middy(handler, { requestEnd })`: releases also where a later middleware answered early. */
  readonly requestEnd: (request: MiddyRequest) => Promise<void>;
}

const DEFAULT_KEY = 'term';
/** Powertools keeps the clean-up of its own middlewares under names with this prefix. */
const POWERTOOLS_PREFIX = 'powertools-for-aws.';

/** @throws InvalidOptionsError for options that cannot work, an unknown one included. */
export function leaderOnly<E = unknown, R = unknown>(
  options: LeaderMiddlewareOptions<E, R>,
): LeaderMiddleware {
  const settings = settingsOf(options, ['internalKey', 'setToContext']);
  const role = createRole(settings);
  const { internalKey = DEFAULT_KEY, setToContext = false } = options;
  const LED = Symbol(`tenure.led.${settings.election.name}`);

  async function end({ internal }: MiddyRequest): Promise<void> {
    try {
      await ledOf(internal)?.end();
    } finally {
      settings.election.freezing();
    }
  }

  function ledOf(internal: Record<PropertyKey, unknown>): LedInvocation | undefined {
    return internal[LED] as LedInvocation | undefined;
  }

  return {
    async before(request) {
      refuseSkippedBatch(request.event, settings);
      const led = await role.take(remainingTimeMs(request.context as LambdaContext));
      if (led === undefined) {
        settings.election.freezing();
        const answer = await answerOf(request.event as E, settings);
        await cleanUp(request);
        // The answer is set, not returned: middy takes a returned `undefined` for "go on".
        request.earlyResponse = answer;
        return;
      }
      Object.assign(request.internal, { [LED]: led, [internalKey]: led.term });
      if (setToContext) Object.assign(request.context, { [internalKey]: led.term });
    },
    after: end,
    async onError(request) {
      // Middy's early timeout gives the handler up while it still runs. Its work may still act, so
      // the role is not released.
      if (isEarlyTimeout(request.error)) ledOf(request.internal)?.abandon();
      await end(request);
    },
    requestEnd: end,
  };
}

/** The term of this invocation, for middlewares and `request.internal`-aware code. */
export function termOf(
  request: Pick<MiddyRequest, 'internal'>,
  internalKey = DEFAULT_KEY,
): Term | undefined {
  return request.internal[internalKey] as Term | undefined;
}

/**
 * Powertools asks this of a middleware that answers early: the `after` hooks of others will not
 * run.
 */
async function cleanUp(request: MiddyRequest): Promise<void> {
  for (const [name, clean] of Object.entries(request.internal)) {
    if (name.startsWith(POWERTOOLS_PREFIX) && typeof clean === 'function') await clean(request);
  }
}

function isEarlyTimeout(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'TimeoutError') return false;
  return (error.cause as { package?: unknown } | undefined)?.package === '@middy/core';
}
