/**
 * `npm run demo -- --partitions --ui`: the group on a live page, with buttons that kill, freeze, thaw, stop and
 * add its members. Goes on until it is ended.
 */
import { once } from 'node:events';
import {
  type Action,
  type Actions,
  createGroupHub,
  type GroupHub,
  type MemberState,
  startDashboard,
} from '../../lib/dashboard/index.ts';
import type { Narrator } from '../narrate.ts';
import { type Hall, type Worker, withHall } from './hall.ts';
import { GROUP, PARTITIONS, TIMINGS } from './settings.ts';

const NAMES = ['north', 'east', 'south', 'west', 'zenith', 'nadir', 'polar', 'equator'];
const MEMBERS_AT_FIRST = 4;
/** Each is a process of some 80 MB. */
const MEMBERS_MAX = 10;

export async function showGroupPage(options: {
  readonly narrator: Narrator;
  readonly json: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { narrator, json, signal } = options;
  const hub = createGroupHub();
  hub.publish({ kind: 'group', partitions: PARTITIONS, atEpochMs: Date.now() });
  const hear: Parameters<typeof withHall>[0]['hear'] = (member, line) => {
    const { kind, partition, token, atEpochMs } = line;
    if (kind === 'gone' || partition === undefined || token === undefined) return;
    hub.publish({ kind, member, partition, token, atEpochMs });
  };
  await withHall({ narrator, signal, hear }, async (hall) => {
    const members = groupActions(hall, hub);
    const { leaseDurationMs, renewIntervalMs } = TIMINGS;
    const subtitle = `${hall.store}, lease ${leaseDurationMs} ms, heartbeat every ${renewIntervalMs} ms`;
    await using page = await startDashboard({ title: GROUP, subtitle, hub, actions: members });
    if (json) process.stdout.write(`${JSON.stringify({ url: page.url })}\n`);
    narrator.say(`open ${narrator.style('bold', page.url)} (Ctrl-C ends it)`);
    for (let n = 0; n < MEMBERS_AT_FIRST; n += 1) members.add();
    if (!signal.aborted) await once(signal, 'abort');
    narrator.say('ending every process');
  });
}

interface Member {
  readonly worker: Worker;
  isFrozen: boolean;
}

function groupActions(hall: Hall, hub: GroupHub): Actions & { add(): void } {
  const living = new Map<string, Member>();
  const tell = (member: string, state: MemberState) =>
    hub.publish({ kind: 'member', member, state, atEpochMs: Date.now() });

  function add(): void {
    if (living.size >= MEMBERS_MAX) throw new Error(`${MEMBERS_MAX} members are enough`);
    const started = hall.workers.length;
    const name = NAMES[started] ?? `worker-${started + 1}`;
    const worker = hall.start(name);
    living.set(name, { worker, isFrozen: false });
    tell(name, 'in');
    void worker.ended.then(() => {
      // One that was killed has been told of.
      if (living.delete(name)) tell(name, 'gone');
    });
  }

  function befall(name: string, member: Member, action: Exclude<Action['action'], 'add'>): void {
    const { worker, isFrozen } = member;
    switch (action) {
      case 'kill':
        living.delete(name);
        tell(name, 'killed');
        return void worker.process.kill('SIGKILL');
      case 'freeze':
        if (isFrozen) throw new Error(`${name} is frozen already`);
        member.isFrozen = true;
        worker.process.kill('SIGSTOP');
        return tell(name, 'frozen');
      case 'thaw':
        if (!isFrozen) throw new Error(`${name} is not frozen`);
        member.isFrozen = false;
        tell(name, 'in');
        return void worker.process.kill('SIGCONT');
      case 'stop':
        if (isFrozen) throw new Error(`${name} is frozen and hears nothing`);
        tell(name, 'stopping');
        return void worker.process.kill('SIGTERM');
      case 'transfer':
        throw new Error('a member leads partitions; "tenure move" moves one of them');
      case 'cut-off':
      case 'reconnect':
        throw new Error('members of this demo share one network; freeze one instead');
    }
  }

  return {
    add,
    async perform({ action, lane = '' }) {
      if (action === 'add') return add();
      const member = living.get(lane);
      if (member === undefined) throw new Error(`${lane} is gone`);
      befall(lane, member, action);
    },
  };
}
