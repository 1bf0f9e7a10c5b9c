/** Defects of other libraries, and what this library does in the same case. */
import type { Random } from '../../lib/ports.ts';
import type { Scenario } from './scenario.ts';
import { elected, leaseScenario as scenario, waiting } from './scene.ts';

/** Two processes under one candidateId, as a copied configuration makes them: their nonces differ. */
function named(id: string, process: string): Random {
  let given = 0;
  const nonce = () => {
    given += 1;
    return given === 1 ? id : `${process}${given}`;
  };
  return { nonce, unit: () => 0.5 };
}

export const DEFECT_SCENARIOS: readonly Scenario[] = [
  scenario(
    '01 a renewal whose answer is lost costs nothing',
    {
      shows: ['defect 1'],
      without: 'the leader takes its own renewal for another’s, and nobody leads for a full lease',
    },
    async (scene) => {
      const a = scene.candidate('a');
      await elected(scene, a);
      a.fail('renew', 'answer-lost');
      await scene.pass(7_000);
    },
  ),
  scenario(
    '02 an acquire whose answer is lost is found again',
    {
      shows: ['defect 2'],
      without: 'the candidate waits out its own lease, and the token skips a number',
    },
    async (scene) => {
      const a = scene.candidate('a');
      a.fail('first-acquire', 'answer-lost');
      const campaign = a.election.campaign();
      await scene.pass(1_000);
      scene.say('a', `leads with token ${(await campaign).token}`);
    },
  ),
  scenario(
    '03 one failed renewal is not a loss',
    {
      shows: ['defect 3'],
      without: 'one lost packet ends renewal for good, and a healthy leader lapses',
    },
    async (scene) => {
      const a = scene.candidate('a');
      await elected(scene, a);
      a.fail('renew', 'request-lost', 3);
      await scene.pass(7_000);
    },
  ),
  scenario(
    '04 the holder stops before others may start',
    {
      shows: ['defect 4'],
      without: 'the holder learns that it was replaced after another has begun to lead',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const b = scene.candidate('b');
      const term = await elected(scene, a);
      term.signal.addEventListener('abort', () => scene.say('a', 'told to stop'));
      await waiting(scene, b);
      a.fail('renew', 'request-lost', 99);
      await scene.pass(14_000);
    },
  ),
  scenario(
    '05 the lease counts from before the first attempt',
    {
      shows: ['defect 5', '† lease counted from a retry'],
      without:
        'a believes in a lease that began when it was last tried, and b, who counts from what it saw, leads beside it',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const term = await elected(scene, a);
      a.fail('renew', 'answer-lost', 4);
      await scene.pass(4_500);
      scene.say('a', `believes for another ${term.remainingMs().toFixed(0)} ms`);
    },
  ),
  scenario(
    '06 timings are checked, and a name is no leadership',
    {
      shows: ['defect 6'],
      without:
        'a lease shorter than its renewals, one cut to whole seconds, or two processes that lead under one name',
    },
    async (scene) => {
      try {
        scene.candidate('a', { timings: { leaseDurationMs: 2_000.5, renewIntervalMs: 900 } });
      } catch (error) {
        scene.say('a', (error as Error).message);
      }
      const { timings } = scene.candidate('b', { timings: { leaseDurationMs: 1_500.5 } }).election;
      scene.say('b', `lease ${timings.leaseDurationMs} ms, nothing rounded to seconds`);
      const c = scene.candidate('c', { candidatePrefix: 'worker', random: named('7', 'c') });
      const d = scene.candidate('d', { candidatePrefix: 'worker', random: named('7', 'd') });
      await elected(scene, c);
      await elected(scene, d);
      await scene.pass(3_000);
    },
  ),
  scenario(
    '07 the role is released once work has settled',
    { shows: ['defect 7'], without: 'the next leader works beside work that has not stopped' },
    async (scene) => {
      const a = scene.candidate('a');
      const leave = new AbortController();
      const finished = Promise.withResolvers<void>();
      const led = a.election.leadWhile(() => finished.promise, { signal: leave.signal });
      await scene.pass(1_000);
      leave.abort();
      await scene.pass(2_000);
      scene.say('a', 'work settles');
      finished.resolve();
      await scene.pass(0);
      await led;
    },
  ),
  scenario(
    '08 a late release frees nobody else',
    { shows: ['defect 8'], without: 'what a sent long ago frees the role that b holds by now' },
    async (scene) => {
      const a = scene.candidate('a');
      const b = scene.candidate('b');
      const term = await elected(scene, a);
      await waiting(scene, b);
      a.fail('release', 'hang', 99);
      void term.resign();
      await scene.pass(12_000);
      await a.landLate();
    },
  ),
  scenario(
    '09 what was seen is kept between attempts',
    {
      shows: ['defect 9'],
      without:
        'each call begins to watch from zero, and a dead leader is never replaced: the case of every Lambda',
    },
    async (scene) => {
      const dead = scene.candidate('a');
      await elected(scene, dead);
      dead.fail('renew', 'request-lost', 99);
      const b = scene.candidate('b');
      for (let minute = 0; minute < 4; minute += 1) {
        const term = await b.election.tryCampaign();
        scene.say('b', term ? `leads with token ${term.token}` : 'is not elected');
        if (term) return;
        await scene.pass(5_000);
      }
    },
  ),
  scenario(
    '10 a renewal in flight does not revive a released role',
    {
      shows: ['defect 10'],
      without: 'a role that was given up comes back to life, held by nobody who knows',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const term = await elected(scene, a);
      a.fail('renew', 'hang');
      await scene.pass(3_010);
      await term.resign();
      await a.landLate();
    },
  ),
  scenario(
    '11 a standby writes nothing',
    { shows: ['defect 11'], without: 'every standby is billed for a failed write at each poll' },
    async (scene) => {
      const a = scene.candidate('a');
      const b = scene.candidate('b');
      await elected(scene, a);
      await waiting(scene, b);
      await scene.pass(30_000);
      scene.say('b', `has sent ${b.writes} writes in 30 seconds`);
    },
  ),
  scenario(
    '12 a leader that cannot work or will not stop gives the role up',
    {
      shows: ['defect 12'],
      without:
        'a process that renews and cannot work, or work that never stops, keeps the role without end',
    },
    async (scene) => {
      let healthy = true;
      const a = scene.candidate('a', { healthy: () => healthy });
      const b = scene.candidate('b');
      const term = await elected(scene, a);
      term.signal.addEventListener('abort', () => void term.resign());
      const leave = new AbortController();
      const forEver = () => new Promise<never>(() => {});
      const led = b.election
        .leadWhile(forEver, { signal: leave.signal })
        .catch((error: Error) => scene.say('b', error.message));
      await scene.pass(0);
      healthy = false;
      await scene.pass(4_000);
      const c = scene.candidate('c');
      await waiting(scene, c);
      scene.say('b', 'is told to stop, and its work does not');
      leave.abort();
      await scene.pass(17_000);
      await led;
    },
  ),
  scenario(
    '13 a campaign can be called off, and a loss says why',
    {
      shows: ['defect 13'],
      without: 'a process can neither stop waiting nor tell why it no longer leads',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const b = scene.candidate('b');
      const term = await elected(scene, a);
      (await waiting(scene, b)).abort(new Error('enough'));
      await scene.pass(0);
      a.fail('renew', 'request-lost', 99);
      await scene.pass(11_000);
      scene.say('a', String(term.signal.reason.message));
    },
  ),
  scenario(
    '14 a deleted record does not restart the token',
    {
      shows: ['defect 14'],
      without:
        'tokens begin at 1 again, and every fence refuses the leaders to come, or admits the old ones',
    },
    async (scene) => {
      const a = scene.candidate('a');
      const term = await elected(scene, a);
      await term.resign();
      scene.deleteRecord();
      const b = scene.candidate('b');
      await b.election.campaign().catch((error: Error) => scene.say('b', error.message));
    },
  ),
];
