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
  /** Settles when the member's `leadWhile` settles. */
  readonly left: Promise<unknown>;
  readonly journal: ReturnType<typeof collectingJournal>;
  /** Every term that has begun, in order. */
  readonly terms: PartitionTerm[];
  /** The partitions that it leads now, lowest first. */
  leads(): number[];
  /** Whether its requests fail, as they do when the network is cut off. */
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

/** The same ids and delays in each run: ids decide the order of the members on the ring. */
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
      // Ids decide the order of the members on the ring, so the prefix is the same in each run.
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
    // A rejection here must not fail a test that no longer waits.
    left.catch(() => undefined);
    const leads = () => [...group.leading().keys()].sort((a, b) => a - b);
    return Object.assign(joined, { group, stop, left, journal, terms, leads });
  };
  return { clock, via, rows, operator, partitions, join };
}

/** A network that refuses at once, as a closed port does: only the member's own pauses slow its requests. */
const REFUSED = { kind: 'unknown', cause: new Error('cut off'), permanent: false } as const;
/** After so many requests at one instant the store stops answering, so that the clock can go on. */
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

/** How many partitions each member leads. @throws where two members lead one partition. */
export function shares(members: readonly Joined[]): number[] {
  const led = members.flatMap((member) => member.leads());
  if (new Set(led).size !== led.length) throw new Error(`a partition is led twice: ${led.join()}`);
  return members.map((member) => member.leads().length);
}
