import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createElection, requireTerm, underTerm } from '../../../lib/index.ts';
import { manualClock, memoryLease } from '../../../lib/testing/index.ts';

const election = (name = 'e') => createElection({ name, via: memoryLease(), clock: manualClock() });

it('finds the term of the work that called, however deep and late', async () => {
  const deep = async () => {
    await turn();
    return requireTerm('e').token;
  };

  expect(await election().lead(underTerm(() => deep()))).toBe(1n);
});

it('refuses to run outside of a term, and under that of another election', async () => {
  expect(() => requireTerm()).toThrow(
    'this code must run under a term, and runs under no term; call it from work that was given to underTerm()',
  );
  const led = election('other').lead(underTerm(() => requireTerm('orders')));
  await expect(led).rejects.toMatchObject({
    code: 'NOT_LEADING',
    message: expect.stringContaining('under a term of "orders", and runs under a term of "other"'),
  });
});

it('refuses to run once the term is over', async () => {
  const leading = election();
  const late = leading.lead(
    underTerm(async (term) => {
      await term.resign();
      requireTerm();
    }),
  );

  await expect(late).rejects.toMatchObject({ code: 'LEADERSHIP_LOST', why: 'resigned' });
});
