/**
 * Burying: a member whose lease is over makes its own row gone, so that no other member waits for
 * it.
 *
 * This is a courtesy with a limit. Where it fails for two leases, another member deposes the row.
 */
import { stay } from '../../term/machine.ts';
import type { Reading, Stamped } from '../../time/instant.ts';
import type { MemberState } from '../member/state.ts';
import {
  ask,
  become,
  each,
  nonceOf,
  type Step,
  send,
  withEntry,
  without,
} from '../member/steps.ts';
import type { GroupOutcome, GroupSighting } from '../writes.ts';

const TRY_AGAIN_MS = 250;

/**
 * Remembers a lease that is over. Its row is read first: a heartbeat may have landed without an
 * answer.
 */
export function dig(state: MemberState, memberId: string, now: Stamped): MemberState {
  const nextAt = now.at.monotonicMs;
  const untilMs = nextAt + 2 * state.self.timings.leaseDurationMs;
  const grave = { nextAt, untilMs, asked: false, tries: 0 };
  return { ...state, graves: withEntry(state.graves, memberId, grave) };
}

export function proceedGraves(state: MemberState, now: Stamped): Step {
  const { monotonicMs } = now.at;
  return each(state, [...state.graves], (s, [memberId, grave]) => {
    if (grave.asked || grave.nextAt > monotonicMs) return stay(s);
    if (monotonicMs > grave.untilMs) return become(s, { graves: without(s.graves, memberId) });
    const graves = withEntry(s.graves, memberId, { ...grave, asked: true });
    const look = { kind: 'member', memberId, strong: true } as const;
    return ask({ ...s, graves }, look, { kind: 'bury-look', memberId });
  });
}

export function gravesDueInMs({ graves }: MemberState, now: Reading): number {
  const open = [...graves.values()].filter(({ asked }) => !asked);
  return Math.min(Infinity, ...open.map(({ nextAt }) => nextAt - now.monotonicMs));
}

export function graveSighted(
  state: MemberState,
  memberId: string,
  sighting: GroupSighting,
  now: Stamped,
): Step {
  if (sighting.kind !== 'member') return again(state, memberId, now);
  const { row } = sighting;
  if (row === undefined || row.state === 'gone') {
    return become(state, { graves: without(state.graves, memberId) });
  }
  const write = {
    kind: 'end-member',
    memberId,
    seenRevision: row.revision,
    revision: nonceOf(now, 'bury'),
    closedMs: 0,
  } as const;
  return send(state, write, { kind: 'bury', memberId });
}

export function buried(
  state: MemberState,
  memberId: string,
  outcome: GroupOutcome,
  now: Stamped,
): Step {
  if (outcome.kind !== 'granted') return again(state, memberId, now);
  return become(state, { graves: without(state.graves, memberId) });
}

function again(state: MemberState, memberId: string, now: Stamped): Step {
  const grave = state.graves.get(memberId);
  if (grave === undefined) return stay(state);
  const tries = grave.tries + 1;
  const nextAt = now.at.monotonicMs + TRY_AGAIN_MS * 2 ** Math.min(tries, 5) * (0.5 + now.jitter);
  const next = { ...grave, asked: false, tries, nextAt };
  return become(state, { graves: withEntry(state.graves, memberId, next) });
}
