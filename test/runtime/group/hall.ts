/**
 * Groups in memory with a clock that the test moves: members that join and leave, and what each leads.
 */
import {
  createGroup,
  type Group,
  type GroupMechanism,
  type GroupOptions,
  groupOperator,
  type PartitionTerm,
  type PartitionWork,
} from '../../../lib/index.ts';
import {
  collectingJournal,
  createGroupRows,
  createMemoryGroup,
  type ManualClock,
  manualClock,
} from '../../../lib/testing/index.ts';
import { seeded } from '../../simulation/shared/random.ts';

const timings = { leaseDurationMs: 10_000, renewIntervalMs: 3_000, drainMs: 2_000 };

/** Work that runs until it is told to stop. */
export const untilStopped: PartitionWork = ({ signal }) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

export interface Joined {
  readonly group: Group;
  readonly stop: AbortController;
  /** Settles with `leadWhile`. */
  readonly left: Promise<unknown>;
  readonly journal: ReturnType<typeof collectingJournal>;
  /** Every term that has begun, in order. */
  readonly terms: PartitionTerm[];
  /** The partitions that it leads now, lowest first. */
  leads(): number[];
  /** Whether its requests fail, as those of a process that is cut off. */
  cutOff: boolean;
  /** What it asked of the store while it was cut off. */
  requestsCutOff: number;
}

export interface Hall {
  readonly clock: ManualClock;
  readonly via: GroupMechanism;
  readonly rows: ReturnType<typeof createGroupRows>;
  readonly operator: ReturnType<typeof groupOperator>;
  readonly partitions: number;
  join(options?: Partial<GroupOptions> & { readonly work?: PartitionWork }): Joined;
}

/** The same ids and delays in each run: who follows whom on the ring is decided by ids. */
function repeatable() {
  const random = seeded(1);
  let nonces = 0;
  const nonce = () => {
    nonces += 1;
    return `n${nonces}`;
  };
  return { unit: random.unit, nonce };
}

/** A group that was created with so many partitions. */
export async function openHall(partitions: number): Promise<Hall> {
  const clock = manualClock();
  const random = repeatable();
  const rows = createGroupRows();
  const via: GroupMechanism = { kind: 'group', open: () => createMemoryGroup(rows) };
  const operator = groupOperator({ name: 'orders', via, clock, random });
  await operator.create({ partitions });
  const join: Hall['join'] = ({ work = untilStopped, ...options } = {}) => {
    const journal = collectingJournal();
    const terms: PartitionTerm[] = [];
    const stop = new AbortController();
    const joined = { cutOff: false, requestsCutOff: 0 };
    const group = createGroup({
      ...{ name: 'orders', partitions, via: cutBy(via, joined), timings, clock, random, journal },
      // Who follows whom on the ring is decided by ids: the same in each run.
      memberPrefix: 'member',
      ...options,
    });
    const left = group.leadWhile(
      (term) => {
        terms.push(term);
        return work(term);
      },
      { signal: stop.signal },
    );
    // A test that waits for nothing more must not fail on it.
    left.catch(() => undefined);
    const leads = () => [...group.leading().keys()].sort((a, b) => a - b);
    return Object.assign(joined, { group, stop, left, journal, terms, leads });
  };
  return { clock, via, rows, operator, partitions, join };
}

/** A network that refuses at once, as a closed port does: nothing but the member's own patience slows it. */
const REFUSED = { kind: 'unknown', cause: new Error('cut off'), permanent: false } as const;
/** What asks again and again at one instant gets no answer any more, so that the clock goes on. */
const REQUESTS_MAX = 1_000;

type Cut = Pick<Joined, 'cutOff' | 'requestsCutOff'>;

function cutBy(via: GroupMechanism, cut: Cut): GroupMechanism {
  async function through<T>(call: () => Promise<T>, refused: T): Promise<T> {
    if (!cut.cutOff) return call();
    cut.requestsCutOff += 1;
    return cut.requestsCutOff > REQUESTS_MAX ? new Promise(() => undefined) : refused;
  }
  return {
    ...via,
    open(group) {
      const store = via.open(group);
      return {
        ...store,
        read: (...call) => through(() => store.read(...call), REFUSED),
        write: (...call) => through(() => store.write(...call), REFUSED),
        writeRecords: (...call) =>
          through(
            () => store.writeRecords(...call),
            call[0].map(() => REFUSED),
          ),
      };
    },
  };
}

/** Who leads each partition: no partition twice, and all of them. */
export function shares(members: readonly Joined[]): number[] {
  const led = members.flatMap((member) => member.leads());
  if (new Set(led).size !== led.length) throw new Error(`a partition is led twice: ${led.join()}`);
  return members.map((member) => member.leads().length);
}
