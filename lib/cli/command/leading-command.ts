/**
 * The command as the work of a term: started when elected, told of each renewal, ended with the term.
 */
import type { Will } from '../../guard/index.ts';
import {
  formatToken,
  type Guardian,
  isTenureError,
  LeadershipLostError,
  type Term,
  type Timings,
} from '../../index.ts';
import { type CommandEnd, type CommandStreams, startGuarded } from './guarded-command.ts';
import { deadlinesOf } from './term-deadlines.ts';

export interface LeadingCommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** How long the command may take when this process resigns. */
  readonly drainMs: number;
  readonly json: boolean;
  readonly streams?: CommandStreams | undefined;
  /** Added to the command's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Told why this command can lead no term any more: it must not be started again. */
  readonly giveUp: (error: Error) => void;
}

/** Of an election, or of a group's partition. */
type LedTerm = Omit<Term, 'ensure' | 'proclaim'>;

/**
 * A guardian that dies each time before the command has started will not live at the next try
 * either.
 */
const STARTS_FAILED_MAX = 3;

export interface LeadingCommand {
  /** Has the last will of the term, from the moment at which the command is started. */
  readonly guardian: Guardian;
  /** To be called with each renewal of a term. */
  renewed(token: bigint): void;
  /**
   * Work that settles once the command and all that it started are gone; never where some of it
   * cannot be ended, so that the role is not released.
   * @throws LeadershipLostError when the guardian ended it at a deadline of the term.
   */
  workFor(timings: Timings): (term: LedTerm) => Promise<CommandEnd>;
}

export function createLeadingCommand(options: LeadingCommandOptions): LeadingCommand {
  const { command, args, drainMs, json, streams, giveUp } = options;
  let startsFailed = 0;
  let current:
    | { readonly token: bigint; readonly guarded: Guardian; readonly extend: () => void }
    | undefined;
  let will: Will | undefined;

  async function lead(term: LedTerm, timings: Timings): Promise<CommandEnd> {
    const { election, token } = term;
    const deadlines = () => deadlinesOf(term, timings);
    const env = { ...environmentOf(term), ...options.env };
    const guarded = startGuarded({ command, args, env, json, streams, deadlines: deadlines() });
    current = { token, guarded, extend: () => guarded.extend(deadlines()) };
    if (will?.token === formatToken(token)) guarded.told(will);
    const stop = () => guarded.terminate({ killInMs: killInMsOf(term, timings, drainMs) });
    if (term.signal.aborted) stop();
    term.signal.addEventListener('abort', stop, { once: true });
    try {
      const end = await guarded.ended;
      if (end.kind === 'survived') return await neverRelease();
      judge(end);
      if (end.kind === 'ended' && end.byDeadline) {
        throw new LeadershipLostError({ election, token, why: 'lapsed' });
      }
      return end;
    } finally {
      term.signal.removeEventListener('abort', stop);
      current = undefined;
    }
  }

  function judge(end: CommandEnd): void {
    if (end.kind !== 'unguarded') return;
    startsFailed = end.started ? 0 : startsFailed + 1;
    if (end.hung) giveUp(new Error('the guardian did not answer, so tenure ended the command'));
    else if (startsFailed >= STARTS_FAILED_MAX) {
      giveUp(
        new Error(`the guardian ended ${startsFailed} times before it had started the command`),
      );
    }
  }

  /** What still runs acts for the term, so the term is not released: it ends by itself. */
  function neverRelease(): Promise<never> {
    giveUp(
      new Error(
        'a process that the command started could not be ended, so the role is not released; it lapses ' +
          'with its lease: end that process',
      ),
    );
    return new Promise(() => undefined);
  }

  return {
    guardian: {
      told(newest) {
        // The first will of a term comes before its command is started.
        will = newest;
        current?.guarded.told(newest);
      },
      withdrawn: (about) => current?.guarded.withdrawn(about),
    },
    renewed: (token) => {
      if (current?.token === token) current.extend();
    },
    workFor: (timings) => (term) => lead(term, timings),
  };
}

function environmentOf(term: LedTerm): NodeJS.ProcessEnv {
  return {
    ...process.env,
    TENURE_ELECTION: term.election,
    TENURE_TOKEN: formatToken(term.token),
    TENURE_CANDIDATE_ID: term.candidateId,
  };
}

/**
 * A leader that resigns still leads, and lets the command drain. A lost term gives it what is left.
 */
function killInMsOf(term: LedTerm, { lossGraceMs }: Timings, drainMs: number): number {
  const { reason } = term.signal;
  if (isTenureError(reason, 'LEADERSHIP_LOST') && reason.why === 'resigned') return drainMs;
  return Math.max(0, term.remainingMs() - lossGraceMs / 2);
}
