/**
 * The story: one leader is killed and its guard releases the role, the machine of the next is gone and its
 * lease runs out, the third is frozen and wakes up too late, the fourth is stopped.
 *
 * Decides what is done to which worker, and which event comes next. Each wait is for an event; the
 * pauses are for the viewer.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { failoversOf, openTerm, type TermEnd, termsOf } from './chronicle.ts';
import { audit } from './ledger.ts';
import type { Narrator } from './narrate.ts';
import type { Stage } from './stage.ts';
import type { StageEvent } from './stage-event.ts';
import type { WorkerProcess } from './worker-process.ts';

export const WORKERS = ['red', 'green', 'blue', 'amber'] as const;

/** What `--json` prints. */
export interface DemoResult {
  readonly store: string;
  readonly terms: readonly { token: string; candidateId: string; endedBy: TermEnd }[];
  readonly failovers: readonly { kind: TermEnd; leaderlessMs: number }[];
  readonly ledger: { admitted: number; refused: number; lost: number };
}

/** How long each leader is watched at work. */
const WATCH_MS = 2_000;

interface Telling {
  readonly stage: Stage;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

export async function tellStory(telling: Telling): Promise<DemoResult> {
  const { stage, narrator } = telling;
  const unlisten = stage.listen((event) => narrator.event(event));
  narrator.scene('Four workers campaign for one role, each below a guard');
  const started = stage.events.length;
  for (const name of WORKERS) stage.addWorker(name);
  narrator.waitFor('starting the workers');
  const first = await elected(telling, started);
  await everyoneElseWaits(telling, first, started);
  await watch(telling);
  await crash(telling);
  await watch(telling);
  await loseMachine(telling);
  await watch(telling);
  await pause(telling);
  await watch(telling);
  await resign(telling);
  await watch(telling);
  await close(telling);
  unlisten();
  return resultOf(stage);
}

async function crash(telling: Telling): Promise<void> {
  const { stage, narrator } = telling;
  narrator.scene(
    'The process of the leader crashes: the kernel knows, and its guard releases the role',
  );
  const leader = await leading(telling);
  const after = stage.events.length;
  workerOf(stage, leader).kill();
  narrator.waitFor('nobody leads; the guard executes the last will');
  await elected(telling, after);
}

async function loseMachine(telling: Telling): Promise<void> {
  const { stage, narrator } = telling;
  narrator.scene('The machine of the leader is gone: nobody can know, and its lease runs out');
  const leader = await leading(telling);
  const after = stage.events.length;
  workerOf(stage, leader).halt();
  narrator.waitFor('nobody leads; its lease runs out');
  await elected(telling, after);
}

async function pause(telling: Telling): Promise<void> {
  const { stage, narrator, signal } = telling;
  narrator.scene('The next leader freezes, and wakes up too late');
  const frozen = workerOf(stage, await leading(telling));
  const after = stage.events.length;
  frozen.freeze();
  await stage.next(is('frozen', frozen), { what: 'the leader freezes', after });
  narrator.waitFor('nobody leads; its lease runs out');
  const next = await elected(telling, after);
  // Its first write raises the stamp: from then on the fence knows of the new term.
  const admitted = is('admitted', workerOf(stage, next));
  await stage.next(admitted, { what: 'the new leader writes', after });
  await delay(WATCH_MS / 2, undefined, { signal });
  frozen.thaw();
  await stage.next(is('refused', frozen), { what: 'the late write is refused', after });
  await stage.next(is('standby', frozen), { what: 'the woken worker waits', after });
}

async function resign(telling: Telling): Promise<void> {
  const { stage, narrator } = telling;
  narrator.scene('The next leader is stopped, and hands over');
  const stopped = workerOf(stage, await leading(telling));
  const after = stage.events.length;
  stopped.stop();
  await elected(telling, after);
  await stopped.ended;
}

async function close(telling: Telling): Promise<void> {
  const { stage, narrator } = telling;
  narrator.scene('The end');
  const last = workerOf(stage, await leading(telling));
  const after = stage.events.length;
  last.stop();
  const over = [is('resigned', last), is('lost', last)];
  const what = 'the last term ends';
  await stage.next((event) => over.some((matches) => matches(event)), { what, after });
  await last.ended;
}

/**
 * The present leader: on a busy machine the one that was elected last may have lost the role since.
 */
async function leading(telling: Telling): Promise<StageEvent> {
  const { events } = telling.stage;
  return openTerm(events) ?? elected(telling, events.length);
}

/** The next election, whichever worker wins it. */
function elected({ stage }: Telling, after: number): Promise<StageEvent> {
  const what = 'a leader is elected';
  return stage.next(({ kind }) => kind === 'elected', { what, after });
}

async function everyoneElseWaits(
  { stage }: Telling,
  leader: StageEvent,
  after: number,
): Promise<void> {
  const others = [...stage.workers.values()].filter(({ name }) => name !== leader.worker);
  for (const other of others) {
    await stage.next(is('standby', other), { what: `${other.name} waits`, after });
  }
}

async function watch({ narrator, signal }: Telling): Promise<void> {
  narrator.waitFor('the leader writes to the ledger ten times a second');
  await delay(WATCH_MS, undefined, { signal });
  narrator.rest();
}

function workerOf(stage: Stage, { worker }: StageEvent): WorkerProcess {
  const found = stage.workers.get(worker);
  if (found === undefined) throw new Error(`no worker is named ${worker}`);
  return found;
}

function is(kind: StageEvent['kind'], worker: WorkerProcess): (event: StageEvent) => boolean {
  return (event) => event.kind === kind && event.worker === worker.name;
}

async function resultOf(stage: Stage): Promise<DemoResult> {
  const { events } = stage;
  const terms = termsOf(events);
  const of = (kind: StageEvent['kind']) => events.filter((event) => event.kind === kind);
  const entries = await stage.readLedger();
  const acknowledged = of('admitted').map(({ entry = '' }) => entry);
  const found = audit({ entries, acknowledged, refused: of('refused').length });
  if (found.outOfOrder > 0) throw new Error('the ledger admitted a lower token after a higher one');
  const { admitted, refused, lost } = found;
  return {
    store: stage.store,
    terms: terms.map(({ token, candidateId, endedBy }) => ({ token, candidateId, endedBy })),
    failovers: failoversOf(terms).map(({ kind, leaderlessMs }) => ({ kind, leaderlessMs })),
    ledger: { admitted, refused, lost },
  };
}
