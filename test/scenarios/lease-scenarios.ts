/** Rules of the lease that no other library has, each with a trace that needs the rule. */
import { StaleTokenError } from '../../lib/errors.ts';
import type { Term } from '../../lib/ports.ts';
import type { Scenario } from './scenario.ts';
import { elected, leaseScenario as scenario, waiting } from './scene.ts';

export const LEASE_SCENARIOS: readonly Scenario[] = [
  scenario(
    '15 a copy of an old renewal that lands late is refused',
    {
      shows: ['† renew without its revision'],
      without:
        'the copy brings an old revision back: a standby that saw it before takes it for unchanged, and leads beside a',
    },
    async (scene) => {
      const a = scene.candidate('a');
      await elected(scene, a);
      a.fail('renew', 'hang');
      await scene.pass(7_500);
      await a.landLate();
    },
  ),
  scenario(
    '16 a record that names me is acquired again, never renewed',
    {
      shows: ['† an adopted record is renewed into a new term'],
      without: 'two terms of one candidate carry one token, and no fence tells them apart',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const term = await elected(scene, a);
      a.fail('release', 'hang', 99);
      void term.resign();
      await scene.pass(11_000);
      const again = await elected(scene, a);
      scene.say('a', `leads with token ${again.token}`);
      await a.landLate();
    },
  ),
  scenario(
    '17 a term is over before its release is sent',
    {
      shows: ['† leading on while the release is unknown'],
      without: 'the release lands, another leads, and a believes in what was left of its lease',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const term = await elected(scene, a);
      a.fail('release', 'hang', 99);
      void term.resign();
      scene.say('a', `believes for another ${term.remainingMs()} ms`);
      await scene.pass(500);
    },
  ),
  scenario(
    '18 an acquire that is applied twice moves the token once',
    {
      shows: ['† relative token increment, retried under a condition that still holds'],
      without: 'the second copy adds 1 once more: the record says 3 and the leader carries 2',
    },
    async (scene) => {
      const a = scene.candidate('a');
      await (await elected(scene, a)).resign();
      a.fail('acquire', 'applied-twice');
      const term = await elected(scene, a);
      scene.say('a', `leads with token ${term.token}`);
    },
  ),
  scenario(
    '19 over is final, whatever a clock does next',
    {
      shows: [],
      without: 'a clock that is set back gives a term to a process that has been replaced',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const term = await elected(scene, a);
      scene.jumpWallClock(60_000);
      scene.say('a', `believes for another ${term.remainingMs()} ms, the wall clock a minute on`);
      scene.jumpWallClock(-60_000);
      scene.say('a', `believes for another ${term.remainingMs()} ms, the wall clock back again`);
    },
  ),
  scenario(
    '20 a leader that a fence refused campaigns again',
    { shows: [], without: 'the process goes on under a token that nothing admits' },
    async (scene) => {
      const a = scene.candidate('a');
      const refused = new StaleTokenError({ token: 1n, highestToken: 2n, resource: 'orders' });
      let terms = 0;
      const work = (term: Term) => {
        terms += 1;
        if (terms === 1) return Promise.reject(refused);
        return scene.say('a', `works for term ${term.token}`);
      };
      await Promise.all([a.election.leadWhile(work), scene.pass(100)]);
    },
  ),
  scenario(
    '24 a token that went back is judged by a strong read',
    {
      shows: ['† regression judged by an eventual read'],
      without:
        'one stale answer makes every standby give up for good, and nobody is left to take over',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const b = scene.candidate('b');
      await (await elected(scene, a)).resign();
      const old = scene.record();
      const term = await elected(scene, b);
      await waiting(scene, a);
      a.lagsBehindBy(old);
      await scene.pass(4_000);
      await term.resign();
      await scene.pass(3_000);
    },
  ),
];
