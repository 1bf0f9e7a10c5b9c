/**
 * The scenarios: each a defect of another implementation, or a trace that a rule of the protocol is for.
 */
import { StaleTokenError } from '../../lib/errors.ts';
import type { Term } from '../../lib/ports.ts';
import { type Actor, createScene, type Scene } from './scene.ts';

export interface Scenario {
  /** Also the file's name. */
  readonly name: string;
  play(scene: Scene): Promise<void>;
}

/** Elects the actor and leaves it leading. */
async function elected(scene: Scene, { election }: Actor): Promise<Term> {
  const campaign = election.campaign();
  await scene.pass(0);
  return campaign;
}

async function waiting(scene: Scene, { election }: Actor): Promise<AbortController> {
  const leave = new AbortController();
  election
    .campaign({ signal: leave.signal })
    .catch(() => scene.say('', 'a campaign was called off'));
  await scene.pass(0);
  return leave;
}

const scenario = (name: string, play: Scenario['play']): Scenario => ({ name, play });

export const SCENARIOS: readonly Scenario[] = [
  scenario('01 a renewal whose answer is lost costs nothing', async (scene) => {
    const a = scene.candidate('a');
    await elected(scene, a);
    a.fail('renew', 'answer-lost');
    await scene.pass(7_000);
  }),
  scenario('02 an acquire whose answer is lost is found again', async (scene) => {
    const a = scene.candidate('a');
    a.fail('first-acquire', 'answer-lost');
    const campaign = a.election.campaign();
    await scene.pass(1_000);
    scene.say('a', `leads with token ${(await campaign).token}`);
  }),
  scenario('03 one failed renewal is not a loss', async (scene) => {
    const a = scene.candidate('a');
    await elected(scene, a);
    a.fail('renew', 'request-lost', 3);
    await scene.pass(7_000);
  }),
  scenario('04 the holder stops before others may start', async (scene) => {
    const a = scene.candidate('a');
    const b = scene.candidate('b');
    const term = await elected(scene, a);
    term.signal.addEventListener('abort', () => scene.say('a', 'told to stop'));
    await waiting(scene, b);
    a.fail('renew', 'request-lost', 99);
    await scene.pass(14_000);
  }),
  scenario('05 the lease counts from before the first attempt', async (scene) => {
    const a = scene.candidate('a');
    const term = await elected(scene, a);
    a.fail('renew', 'answer-lost', 4);
    await scene.pass(4_500);
    scene.say('a', `believes for another ${term.remainingMs().toFixed(0)} ms`);
  }),
  scenario('06 timings that cannot work are refused', async (scene) => {
    try {
      scene.candidate('a', { timings: { leaseDurationMs: 2_000.5, renewIntervalMs: 900 } });
    } catch (error) {
      scene.say('a', (error as Error).message);
    }
    const { timings } = scene.candidate('b', { timings: { leaseDurationMs: 1_500.5 } }).election;
    scene.say('b', `lease ${timings.leaseDurationMs} ms, nothing rounded to seconds`);
  }),
  scenario('07 the role is released once work has settled', async (scene) => {
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
  }),
  scenario('08 a late release frees nobody else', async (scene) => {
    const a = scene.candidate('a');
    const b = scene.candidate('b');
    const term = await elected(scene, a);
    await waiting(scene, b);
    a.fail('release', 'hang', 99);
    void term.resign();
    await scene.pass(12_000);
    await a.landLate();
  }),
  scenario('09 what was seen is kept between attempts', async (scene) => {
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
  }),
  scenario('10 a renewal in flight does not revive a released role', async (scene) => {
    const a = scene.candidate('a');
    const term = await elected(scene, a);
    a.fail('renew', 'hang');
    await scene.pass(3_010);
    await term.resign();
    await a.landLate();
  }),
  scenario('11 a standby writes nothing', async (scene) => {
    const a = scene.candidate('a');
    const b = scene.candidate('b');
    await elected(scene, a);
    await waiting(scene, b);
    await scene.pass(30_000);
    scene.say('b', `has sent ${b.writes} writes in 30 seconds`);
  }),
  scenario('12 a leader that cannot work gives the role up', async (scene) => {
    let healthy = true;
    const a = scene.candidate('a', { healthy: () => healthy });
    const b = scene.candidate('b');
    const term = await elected(scene, a);
    term.signal.addEventListener('abort', () => void term.resign());
    await waiting(scene, b);
    healthy = false;
    await scene.pass(7_000);
  }),
  scenario('13 a campaign can be called off, and a loss says why', async (scene) => {
    const a = scene.candidate('a');
    const b = scene.candidate('b');
    const term = await elected(scene, a);
    (await waiting(scene, b)).abort(new Error('enough'));
    await scene.pass(0);
    a.fail('renew', 'request-lost', 99);
    await scene.pass(11_000);
    scene.say('a', String(term.signal.reason.message));
  }),
  scenario('14 a deleted record does not restart the token', async (scene) => {
    const a = scene.candidate('a');
    const term = await elected(scene, a);
    await term.resign();
    scene.deleteRecord();
    const b = scene.candidate('b');
    await b.election.campaign().catch((error: Error) => scene.say('b', error.message));
  }),
  scenario('15 a copy of an old renewal that lands late is refused', async (scene) => {
    const a = scene.candidate('a');
    await elected(scene, a);
    a.fail('renew', 'hang');
    await scene.pass(7_500);
    await a.landLate();
  }),
  scenario('16 a record that names me is taken anew, never renewed', async (scene) => {
    const a = scene.candidate('a');
    const term = await elected(scene, a);
    a.fail('release', 'hang', 99);
    void term.resign();
    await scene.pass(11_000);
    const again = await elected(scene, a);
    scene.say('a', `leads with token ${again.token}`);
    await a.landLate();
  }),
  scenario('17 a term is over before its release is sent', async (scene) => {
    const a = scene.candidate('a');
    const term = await elected(scene, a);
    a.fail('release', 'hang', 99);
    void term.resign();
    scene.say('a', `believes for another ${term.remainingMs()} ms`);
    await scene.pass(500);
  }),
  scenario('18 an acquire that is applied twice moves the token once', async (scene) => {
    const a = scene.candidate('a');
    await (await elected(scene, a)).resign();
    a.fail('acquire', 'applied-twice');
    const term = await elected(scene, a);
    scene.say('a', `leads with token ${term.token}`);
  }),
  scenario('19 over is final, whatever a clock does next', async (scene) => {
    const a = scene.candidate('a');
    const term = await elected(scene, a);
    scene.jumpWallClock(60_000);
    scene.say('a', `believes for another ${term.remainingMs()} ms, the wall clock a minute on`);
    scene.jumpWallClock(-60_000);
    scene.say('a', `believes for another ${term.remainingMs()} ms, the wall clock back again`);
  }),
  scenario('20 a leader that a fence refused campaigns again', async (scene) => {
    const a = scene.candidate('a');
    const refused = new StaleTokenError({ token: 1n, highestToken: 2n, resource: 'orders' });
    await Promise.all([
      a.election
        .lead(() => Promise.reject(refused))
        .catch((error: Error) => scene.say('a', error.message)),
      scene.pass(100),
    ]);
  }),
];

export async function play({ play: act }: Scenario): Promise<string> {
  const scene = createScene();
  await act(scene);
  return scene.transcript;
}
