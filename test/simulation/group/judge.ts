/**
 * What must hold of a group, at every instant and in the end.
 *
 * C1 is asked whenever a term begins: no other process may hold a term of that partition that is
 * not over by its own clocks. A term that is over stays over, so nothing is missed in between.
 */
import type { MemberEffect } from '../../../lib/core/group/member/traffic.ts';
import type { InvariantName } from '../../judge/invariants.ts';
import type { Participant } from './participant.ts';
import { onEffect, type Stage } from './stage.ts';

export function createJudge(stage: Stage) {
  const { world, participants, violations } = stage;
  const holderOf = new Map<string, string>();
  const admitted = new Map<number, bigint>();
  const wereOver = new Set<string>();
  let elections = 0;

  function fail(invariant: InvariantName, detail: string): void {
    violations.push({ invariant, detail: `${detail} at ${world.nowMs.toFixed(0)} ms` });
  }

  world.onRecord = (write, before, outcome) => {
    if (write.kind !== 'acquire' || outcome.kind !== 'granted') return;
    const seen = before.records.get(write.partition);
    if (seen === undefined || write.token !== seen.token + 1n) {
      fail('S3', `token ${write.token} of ${write.partition} taken from ${seen?.token}`);
    }
    const key = `${write.partition} ${write.token}`;
    const first = holderOf.get(key) ?? write.holder;
    if (first !== write.holder) fail('S2', `token ${key} of ${first} and ${write.holder}`);
    holderOf.set(key, write.holder);
  };

  /** C2: a term that was over by its holder's clocks is never led again. */
  function overStaysOver(by: Participant): void {
    for (const { partition, token } of by.state.terms.values()) {
      const term = `${partition} ${token}`;
      if (!by.leads(partition)) wereOver.add(term);
      else if (wereOver.has(term)) fail('C2', `${by.name} leads ${partition} again by ${token}`);
    }
  }

  onEffect(stage, (by: Participant, effect: MemberEffect) => {
    if (effect.kind === 'elected') {
      elections += 1;
      const { partition, token, memberId } = effect;
      const others = participants.filter((one) => one !== by && one.leads(partition));
      for (const other of others) fail('C1', `${other.name} and ${by.name} lead ${partition}`);
      const before = by.working.get(partition);
      if (before !== undefined) fail('C1', `${by.name} works on ${partition} twice`);
      const holder = holderOf.get(`${partition} ${token}`);
      if (holder !== memberId) fail('S2', `token ${token} of ${partition} is ${holder}'s`);
      const highest = admitted.get(partition) ?? 0n;
      if (token <= highest) fail('S1', `token ${token} of ${partition} after ${highest}`);
      admitted.set(partition, token);
    }
    overStaysOver(by);
    if (effect.kind === 'note' && 'kind' in effect.note) stage.hit(`note ${effect.note.kind}`);
    world.say?.(`${by.name} ${describe(effect)}`);
  });
  return { elections: () => elections };
}

function describe(effect: MemberEffect): string {
  return JSON.stringify(effect, (key, value) => {
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Map) return Object.fromEntries(value);
    return key === 'attributes' ? undefined : value;
  });
}

/** What is not yet as it must be in a calm group; `undefined` where everything is. */
export function unsettled(stage: Stage): string | undefined {
  const { participants, partitions, world } = stage;
  const alive = participants.filter(({ process, left }) => process.alive && !left);
  const counts = alive.map(() => 0);
  const { head, bodies } = world.rows;
  const plan = bodies.get(head?.body ?? '');
  if (alive.length === 0) return undefined;
  for (let p = 0; p < partitions; p += 1) {
    // An operator pinned it to no member. A body that is lost may bring such a pin back until its
    // end.
    const isClosed = plan?.pins.some((pin) => pin.partition === p && pin.memberId === undefined);
    if (isClosed || stage.pinned.has(p)) continue;
    const leaders = alive.filter((one) => one.leads(p));
    if (leaders.length !== 1) {
      const names = leaders.map(({ name }) => name).join(' and ');
      return `partition ${p} is led by ${names || 'nobody'}; ${ownerIn(plan, p)}`;
    }
    const index = alive.indexOf(leaders[0] as Participant);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const spread = Math.max(...counts) - Math.min(...counts);
  return spread <= 1 ? undefined : `the spread is ${spread}: ${counts.join(', ')}`;
}

function ownerIn(
  plan: { readonly members: readonly string[]; readonly owners: readonly number[] } | undefined,
  partition: number,
): string {
  return `the plan says ${plan?.members[plan.owners[partition] ?? -1] ?? 'nobody'}`;
}
