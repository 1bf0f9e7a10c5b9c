/**
 * For code deep below the work that must not run without a term: it asks for the term under which
 * it was called.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { TenureError } from '../../errors.ts';
import type { Term } from '../../ports.ts';
import type { Work } from './lead-once.ts';

const terms = /* @__PURE__ */ new AsyncLocalStorage<Term>();

/**
 * The work, with its term known to all code that it calls: `election.leadWhile(underTerm(work))`.
 */
export function underTerm<T>(work: Work<T>): Work<T> {
  return (term) => terms.run(term, () => work(term));
}

/**
 * The term under which this code runs.
 * @throws a TenureError with the code NOT_LEADING outside of `underTerm`, or under another election than
 * the one that is named; LeadershipLostError where the term is over.
 */
export function requireTerm(election?: string): Term {
  const term = terms.getStore();
  if (term === undefined || (election !== undefined && term.election !== election)) {
    const found = term === undefined ? 'no term' : `a term of ${JSON.stringify(term.election)}`;
    const which = election === undefined ? 'a term' : `a term of ${JSON.stringify(election)}`;
    throw new TenureError(
      'NOT_LEADING',
      `this code must run under ${which}, and runs under ${found}; call it from work that was given to ` +
        'underTerm(), and await what that work starts',
    );
  }
  term.throwIfOver();
  return term;
}
