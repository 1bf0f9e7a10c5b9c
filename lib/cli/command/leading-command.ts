/**
 * The command as the work of a term: started when elected, told of each renewal, ended with the term.
 */
import {
  formatToken,
  isTenureError,
  LeadershipLostError,
  type Term,
  type Timings,
} from '../../index.ts';
import { type CommandEnd, startGuarded } from './guarded-command.ts';
import { deadlinesOf } from './term-deadlines.ts';

export interface LeadingCommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** How long the command may take when this process resigns. */
  readonly drainMs: number;
}

export interface LeadingCommand {
  /** To be called with each renewal of a term. */
  renewed(token: bigint): void;
  /**
   * Work that settles once the command and all that it started are gone.
   * @throws LeadershipLostError when the guardian ended it at a deadline of the term.
   */
  workFor(timings: Timings): (term: Term) => Promise<CommandEnd>;
}

export function createLeadingCommand(options: LeadingCommandOptions): LeadingCommand {
  const { command, args, drainMs } = options;
  let current: { readonly token: bigint; readonly extend: () => void } | undefined;

  async function lead(term: Term, timings: Timings): Promise<CommandEnd> {
    const { election, token } = term;
    const deadlines = () => deadlinesOf(term, timings);
    const env = environmentOf(term);
    const guarded = startGuarded({ command, args, env, deadlines: deadlines() });
    current = { token, extend: () => guarded.extend(deadlines()) };
    const stop = () => guarded.terminate({ killInMs: killInMsOf(term, timings, drainMs) });
    if (term.signal.aborted) stop();
    term.signal.addEventListener('abort', stop, { once: true });
    try {
      const end = await guarded.ended;
      if (end.kind === 'ended' && end.byDeadline) {
        throw new LeadershipLostError({ election, token, why: 'lapsed' });
      }
      return end;
    } finally {
      term.signal.removeEventListener('abort', stop);
      current = undefined;
    }
  }

  return {
    renewed: (token) => {
      if (current?.token === token) current.extend();
    },
    workFor: (timings) => (term) => lead(term, timings),
  };
}

function environmentOf(term: Term): NodeJS.ProcessEnv {
  return {
    ...process.env,
    TENURE_ELECTION: term.election,
    TENURE_TOKEN: formatToken(term.token),
    TENURE_CANDIDATE_ID: term.candidateId,
  };
}

/** A resigning leader still leads, and lets the command drain; a lost term has what is left of it. */
function killInMsOf(term: Term, { lossGraceMs }: Timings, drainMs: number): number {
  const { reason } = term.signal;
  if (isTenureError(reason, 'LEADERSHIP_LOST') && reason.why === 'resigned') return drainMs;
  return Math.max(0, term.remainingMs() - lossGraceMs / 2);
}
