/**
 * One attempt to lead with a command, for a cron: the role now, or the answer that another
 * candidate has it.
 *
 * Decides that the attempt waits a dead leader's lease out. A program that starts for each attempt
 * has seen nothing before, so without the wait it would never take over. A living leader shows
 * within a renew interval.
 */
import { type Election, isTenureError, LeadershipLostError, type Term } from '../../index.ts';
import type { CommandEnd } from './guarded-command.ts';

export async function leadAtOnce(
  election: Election,
  work: (term: Term) => Promise<CommandEnd>,
  stop: AbortSignal,
): Promise<CommandEnd | 'lost' | 'not-elected'> {
  const term = await election.tryCampaign({ signal: stop, waitLease: true });
  if (term === undefined) return 'not-elected';
  try {
    const end = await work(stoppedBy(stop, term));
    return isLost(term) ? 'lost' : end;
  } catch (error) {
    if (isTenureError(error, 'LEADERSHIP_LOST')) return 'lost';
    throw error;
  } finally {
    await term.resign();
  }
}

/**
 * The term, whose work this program's end also tells to stop. It is renewed until the work has
 * settled.
 */
function stoppedBy(stop: AbortSignal, term: Term): Term {
  const { election, token } = term;
  const told = new AbortController();
  const tell = () => told.abort(new LeadershipLostError({ election, token, why: 'resigned' }));
  if (stop.aborted) tell();
  stop.addEventListener('abort', tell, { once: true });
  const signal = AbortSignal.any([term.signal, told.signal]);
  return Object.create(term, { signal: { value: signal } }) as Term;
}

function isLost({ signal }: Term): boolean {
  return isTenureError(signal.reason, 'LEADERSHIP_LOST') && signal.reason.why !== 'resigned';
}
