/**
 * `tenure resign`, `depose`, `reseed` and `status` where they are about a group: with `--member` or
 * `--partition`.
 */
import { formatToken, type Token } from '../../index.ts';
import { confirmed } from '../terminal/confirm.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { telling } from '../terminal/telling.ts';
import { print } from '../terminal/terminal.ts';
import { lasting } from '../terminal/text-table.ts';
import { partitionViews } from './group-view.ts';
import { type GroupVerbOptions, operatorOf } from './one-group.ts';

export interface OfGroup {
  readonly member?: string;
  readonly partition?: number;
}

/** Whether the verb is about a group, by its options. */
export function isOfGroup({ member, partition }: OfGroup): boolean {
  return member !== undefined || partition !== undefined;
}

export async function resignInGroup(
  group: string,
  options: GroupVerbOptions & OfGroup,
): Promise<number> {
  const { member: candidateId, partition } = options;
  const say = telling({ group }, options);
  const operator = operatorOf(group, options);
  if (partition !== undefined) {
    const { version: plan, changed } = await operator.resignPartition(partition);
    const words = changed
      ? `plan ${plan} gives partition ${partition} to another member`
      : `nobody is planned for partition ${partition}`;
    say(changed ? 'planned' : 'nobody-leads', words, { partition, plan });
    return changed ? EXIT.done : EXIT.failed;
  }
  const asked = await operator.resignMember(candidateId ?? '');
  if (asked) say('asked', `asked ${candidateId} to hand everything over`, { candidateId });
  else say('gone', `${candidateId} is gone; there is nobody to ask`, { candidateId });
  return asked ? EXIT.done : EXIT.failed;
}

export async function deposeInGroup(
  group: string,
  options: GroupVerbOptions & OfGroup & { readonly now?: boolean; readonly yes?: boolean },
): Promise<number> {
  const { member: candidateId = '', now = false, yes } = options;
  const say = telling({ group }, options);
  const what = `this takes all partitions of ${candidateId} from it`;
  const warning = now
    ? `${what} at once: until its lease runs out it may still believe that it leads them, and only ` +
      'writes that carry the token are safe'
    : `${what}; their next leaders wait until its lease has run out`;
  if (!(await confirmed({ election: group, warning, yes }))) {
    say('not-confirmed', 'nothing was done', { candidateId });
    return EXIT.failed;
  }
  const deposed = await operatorOf(group, options).deposeMember(candidateId, { now });
  if (deposed.kind === 'gone') {
    say('gone', `${candidateId} is gone already`, { candidateId });
    return EXIT.failed;
  }
  const { closedMs: waitMs } = deposed;
  const then = now
    ? 'its partitions may be led at once; until its lease runs out only fenced writes are safe'
    : `its partitions may be led in ${lasting(waitMs)}`;
  say('deposed', `deposed ${candidateId}; ${then}`, { candidateId, waitMs });
  return EXIT.done;
}

export async function reseedInGroup(
  group: string,
  options: GroupVerbOptions & OfGroup & { readonly token: Token; readonly yes?: boolean },
): Promise<number> {
  const { partition = 0, token, yes } = options;
  const say = telling({ group }, options);
  const warning = `this sets partition ${partition} of ${group} to token ${formatToken(token)}`;
  const about = { partition, token: formatToken(token) };
  if (!(await confirmed({ election: group, warning, yes }))) {
    say('not-confirmed', 'nothing was done', about);
    return EXIT.failed;
  }
  await operatorOf(group, options).reseed({ partition, token });
  const next = formatToken(token + 1n);
  say('reseeded', `the next term of partition ${partition} is ${next}`, about);
  return EXIT.done;
}

export async function statusInGroup(
  group: string,
  options: GroupVerbOptions & OfGroup,
): Promise<number> {
  const { partition = 0 } = options;
  const view = partitionViews(await operatorOf(group, options).look())[partition];
  const isLed = view?.state === 'leading';
  if (options.json) print(JSON.stringify({ group, ...view }));
  else if (view === undefined) print(`${group}: has no partition ${partition}`);
  else {
    const { candidateId = 'nobody', token, planned } = view;
    const then = planned === undefined ? '' : `; the newest plan gives it to ${planned}`;
    print(`${group}/${partition}: ${candidateId} leads, term ${token}${then}`);
  }
  return isLed ? EXIT.done : EXIT.failed;
}
