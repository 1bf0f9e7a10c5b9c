/**
 * What `tenure run` and its guardian say to each other, over the channel between them.
 */
import type { Will, WillKey } from '../../guard/index.ts';
import type { TermDeadlines } from './term-deadlines.ts';

export type GuardianOrder =
  | {
      readonly kind: 'run';
      readonly command: string;
      readonly args: readonly string[];
      /** Put into the command's environment, so that a descendant that left its group is found. */
      readonly marker: string;
      readonly deadlines: TermDeadlines;
      /** The process that gives the orders. When it is gone, its last will is due. */
      readonly parent: number;
      /** Whether the guardian speaks in objects. */
      readonly json: boolean;
    }
  /** The lease was renewed. */
  | { readonly kind: 'extend'; readonly deadlines: TermDeadlines }
  | { readonly kind: 'told'; readonly will: Will }
  | (WillKey & { readonly kind: 'withdrawn'; readonly token: string })
  /** SIGTERM now, SIGKILL after this time if that comes before the term's own deadline. */
  | { readonly kind: 'terminate'; readonly killInMs: number };

export type GuardianReport =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'not-started'; readonly code: string }
  /** The command is gone, and something that it started could not be ended. */
  | { readonly kind: 'survived' }
  /** The command and everything that it started are gone. */
  | {
      readonly kind: 'ended';
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      /** Whether a deadline of the term ended it, rather than itself or an order. */
      readonly byDeadline: boolean;
    };

/** Names the marker in the environment of the command. */
export const MARKER_VARIABLE = 'TENURE_TERM_ID';
