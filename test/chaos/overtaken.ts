/**
 * A leader that is frozen in the middle of a write and overtaken: what its write does when it thaws.
 *
 * Nothing is left to chance. The leader freezes in its next addition. It thaws once another worker
 * has added to the same page and is dead. The run ends with what became of the frozen write. With
 * the fence the write is refused. Without it, the write restores the page as it was, and the
 * other's addition is lost.
 */
import { until } from '../support/until.ts';
import { lockSet } from './judging/judge.ts';
import { openArena } from './workers/arena.ts';
import { prepareCrew } from './workers/crew.ts';
import type { Member } from './workers/member.ts';
import type { Via, WorkerLine } from './workers/ways.ts';

export interface Overtaken {
  /** What the frozen write came to. */
  readonly frozenWrite: 'acknowledged' | 'refused' | 'failed';
  readonly acknowledged: number;
  readonly lost: number;
}

const ADDED_BEFORE = 4;
const ADDED_BY_THE_OTHER = 3;

export async function overtaken(options: {
  readonly via: Via;
  readonly isFenced: boolean;
  readonly endpoint: string;
}): Promise<Overtaken> {
  const { via, isFenced, endpoint } = options;
  await using arena = await openArena(via, endpoint);
  await using crew = await prepareCrew(arena, 2);
  const [first, second] = crew.seats;
  if (first === undefined || second === undefined) throw new Error('two seats are needed');
  const frozen = first.seat({ isFenced, isPatient: true });
  await said(frozen, 'acknowledged', ADDED_BEFORE);
  frozen.order('freeze');
  await said(frozen, 'freezing');
  const other = second.seat({ isFenced });
  await said(other, 'acknowledged', ADDED_BY_THE_OTHER);
  await other.end();
  const before = frozen.lines.length;
  frozen.signal('SIGCONT');
  const fate = () => frozen.lines.slice(before).find(({ event }) => FATES.has(event));
  await until(() => fate() !== undefined, { what: 'the end of the write' });
  await crew.end();
  const { acknowledged, found } = lockSet({ versions: await arena.versions(), lines: crew.lines });
  return {
    frozenWrite: FATES.get(fate()?.event) ?? 'failed',
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((element) => !found.has(element)).length,
  };
}

const FATES: ReadonlyMap<WorkerLine['event'] | undefined, Overtaken['frozenWrite']> = new Map([
  ['acknowledged', 'acknowledged'],
  ['refused', 'refused'],
  ['work-failed', 'failed'],
]);

function said(member: Member, event: WorkerLine['event'], times = 1): Promise<void> {
  const heard = () => member.lines.filter((line) => line.event === event).length >= times;
  return until(heard, { what: `${times} times ${event}` });
}
