/**
 * What the buttons of the live page do to the workers.
 *
 * Decides which action is possible when. Each refusal is a sentence that the page shows.
 */
import type { Action, Actions } from '../lib/dashboard/index.ts';
import { openWay, type Way } from './cut-off.ts';
import type { Stage } from './stage.ts';
import type { StageEvent } from './stage-event.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Names of colours, as the story's; more workers than that get a number. */
const NAMES = ['red', 'green', 'blue', 'amber', 'violet', 'teal', 'pink', 'gold'];
/** Each is a process of some 80 MB. */
const WORKERS_MAX = 10;

export interface LiveActions extends Actions {
  add(): Promise<void>;
  close(): void;
}

interface Live {
  readonly worker: WorkerProcess;
  readonly way: Way;
  candidateId?: string | undefined;
  leads: boolean;
  isFrozen: boolean;
}

export function liveActions(stage: Stage): LiveActions {
  const living = new Map<string, Live>();
  let added = 0;

  stage.listen((event) => {
    const live = living.get(event.worker);
    if (live !== undefined) follow(live, event);
  });

  function follow(live: Live, { kind, worker, candidateId }: StageEvent): void {
    if (kind === 'ready') live.candidateId = candidateId;
    if (kind === 'elected') live.leads = true;
    if (kind === 'resigned' || kind === 'lost') live.leads = false;
    if (kind === 'frozen') live.isFrozen = true;
    if (kind === 'thawed') live.isFrozen = false;
    if (kind !== 'exited') return;
    live.way.close();
    living.delete(worker);
  }

  async function add(): Promise<void> {
    if (living.size >= WORKERS_MAX) throw new Error(`${WORKERS_MAX} candidates are enough`);
    const name = NAMES[added] ?? `worker-${added + 1}`;
    added += 1;
    const way = await openWay(stage.endpoint);
    const worker = stage.addWorker(name, way);
    living.set(name, { worker, way, leads: false, isFrozen: false });
  }

  function befall(live: Live, action: Exclude<Action['action'], 'add'>): void {
    const { worker, way } = live;
    switch (action) {
      case 'kill':
        return worker.kill();
      case 'freeze':
        if (live.isFrozen) throw new Error(`${worker.name} is frozen already`);
        // A leader is frozen in the middle of its next write, which is the worst moment.
        return live.leads ? worker.freeze() : worker.pause();
      case 'thaw':
        if (!live.isFrozen) throw new Error(`${worker.name} is not frozen`);
        return worker.thaw();
      case 'stop':
        if (live.isFrozen) throw new Error(`${worker.name} is frozen and hears nothing`);
        return worker.stop();
      case 'transfer':
        return transfer(live, [...living.values()], stage.holds);
      case 'cut-off':
        way.cut();
        return tell(stage, 'cut-off', live);
      case 'reconnect':
        way.mend();
        return tell(stage, 'reconnected', live);
    }
  }

  return {
    add,
    async perform({ action, lane }) {
      if (action === 'add') return add();
      const live = living.get(lane ?? '');
      if (live === undefined) throw new Error(`${lane} is gone`);
      befall(live, action);
    },
    close() {
      for (const { way } of living.values()) way.close();
    },
  };
}

/** The leader hands the role to that worker. */
function transfer(
  { worker, candidateId, leads }: Live,
  all: readonly Live[],
  holds: Stage['holds'],
): void {
  if (leads) throw new Error(`${worker.name} leads already`);
  if (candidateId === undefined) throw new Error(`${worker.name} is not there yet`);
  if (holds === 'baton') throw new Error('SQS picks the next holder of a baton');
  const leader = all.find((live) => live.leads);
  if (leader === undefined) throw new Error('nobody leads');
  if (leader.isFrozen) throw new Error(`${leader.worker.name} is frozen and hears nothing`);
  leader.worker.handOver(candidateId);
}

function tell(stage: Stage, kind: 'cut-off' | 'reconnected', { worker }: Live): void {
  stage.emit({ kind, worker: worker.name, atEpochMs: Date.now() });
}
