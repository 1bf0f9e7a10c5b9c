/**
 * What leading from Lambda needs of an election and of an invocation. An `Election` of `tenure` is one.
 */
import type { Timings } from '../core/time/timing.ts';
import type { Clock, Term } from '../ports.ts';

/** The part of an election that short-lived candidates use. */
export interface LambdaElection {
  readonly name: string;
  readonly timings: Timings;
  readonly clock: Clock;
  /** As `Election.tryCampaign`. */
  tryCampaign(options?: {
    readonly signal?: AbortSignal | undefined;
    readonly waitLease?: boolean | undefined;
    readonly endsInMs?: number | undefined;
  }): Promise<Term | undefined>;
  /** Work in a span; an `Election` with a tracer has this. */
  traced?<T>(term: Term, work: () => T | PromiseLike<T>): Promise<T>;
  /** As `Election.thawed`. */
  thawed(options: { clockErrorMsMax?: number | undefined }): void;
  /** As `Election.freezing`. */
  freezing(): void;
}

/** The part of Lambda's context object that is read. A durable function's context has it inside. */
export interface LambdaContext {
  getRemainingTimeInMillis?: (() => number) | undefined;
  readonly lambdaContext?: { getRemainingTimeInMillis?: () => number } | undefined;
}

/** How long this invocation may still run; `undefined` outside Lambda, where nothing cuts it off. */
export function remainingTimeMs(context: LambdaContext | undefined): number | undefined {
  if (context?.getRemainingTimeInMillis) return context.getRemainingTimeInMillis();
  return context?.lambdaContext?.getRemainingTimeInMillis?.();
}
