/**
 * A stage for groups: the real members over rows in memory, on one clock, with their journals.
 */
import type { JournalEvent } from '../../lib/index.ts';
import { type Hall, type Joined, openHall } from '../runtime/group/hall.ts';
import type { Scenario } from './scenario.ts';
import { createTranscript, narrate, type Transcript } from './transcript.ts';

export interface GroupScene extends Pick<Transcript, 'say'>, Pick<Hall, 'operator' | 'rows'> {
  /** Joins under this name. The transcript gets all that it says, except heartbeats and failed requests. */
  member(name: string): Joined;
  /** Says who holds each partition's record. */
  showRecords(): void;
  pass(ms: number): Promise<void>;
}

/** Events that come again and again: from every member, or from a member that is cut off. */
const QUIET: readonly JournalEvent['event'][] = ['heartbeat', 'error'];

export const groupScenario = (
  name: string,
  about: Pick<Scenario, 'shows' | 'without'>,
  act: (scene: GroupScene) => Promise<void>,
): Scenario => ({ name, ...about, play: () => playGroup(act) });

async function playGroup(act: (scene: GroupScene) => Promise<void>): Promise<string> {
  const { clock, operator, rows, join } = await openHall(2);
  const transcript = createTranscript(() => clock.now().monotonicMs);
  const { say } = transcript;
  const left: Joined[] = [];

  function member(name: string): Joined {
    const record = (event: JournalEvent) => {
      if (!QUIET.includes(event.event)) say(name, narrateGroup(event));
    };
    const joined = join({ memberPrefix: name, journal: { record } });
    left.push(joined);
    return joined;
  }

  function showRecords(): void {
    const all = [...rows.records.values()].map(
      ({ partition, token, holder }) => `${partition}: token ${token} of ${nameOf(holder)}`,
    );
    say('table', all.join(', '));
  }

  await act({ say, operator, rows, member, showRecords, pass: (ms) => clock.advance(ms) });
  const { text } = transcript;
  // The play is over: all members leave.
  for (const { stop } of left) stop.abort();
  await clock.advance(60_000);
  return text;
}

const nameOf = (memberId: string | undefined) => memberId?.split('/')[0] ?? 'nobody';

function narrateGroup(event: JournalEvent): string {
  const { partition } = event;
  switch (event.event) {
    case 'planned':
      return `* plan ${event.version}, ${event.own ? 'its own' : 'another’s'}, moves ${event.moves}`;
    case 'deposed':
      return `* deposed ${nameOf(event.member)}`;
    case 'overdue':
      return `* overdue, held by ${nameOf(event.holder)}, partition ${partition}`;
    default:
      return `${narrate(event)}${partition === undefined ? '' : `, partition ${partition}`}`;
  }
}
