/**
 * Candidates in memory on a manual clock, with journals that become a feed. A dead or frozen candidate
 * is one whose calls to the store stay without an answer.
 */
import { type FeedEvent, feedEventOf } from '../../lib/dashboard/index.ts';
import { createElection, type Term } from '../../lib/index.ts';
import { createMemory, faultyLease, manualClock, memoryLease } from '../../lib/testing/index.ts';

export type Recorded = FeedEvent;

interface Running {
  readonly lane: string;
  readonly stop: AbortController;
  silent: boolean;
}

const FREEZE_MS = 30_000;

function untilStopped({ signal }: Term): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export function createFeedRecorder() {
  const clock = manualClock();
  const memory = createMemory();
  const events: Recorded[] = [];
  let leader: { readonly running: Running; readonly term: Term } | undefined;
  const tell = (event: Omit<FeedEvent, 'atEpochMs'>) =>
    void events.push({ ...event, atEpochMs: clock.now().epochMs });

  function join(lane: string): void {
    const running: Running = { lane, stop: new AbortController(), silent: false };
    const via = faultyLease(memoryLease(memory), () => (running.silent ? 'hang' : undefined));
    const journal = {
      record(event: Parameters<typeof feedEventOf>[0]) {
        const told = feedEventOf(event);
        if (told !== undefined && !running.silent) events.push({ ...told, lane });
      },
    };
    const election = createElection({ name: 'hour', via, clock, journal, candidatePrefix: lane });
    tell({ event: 'joined', lane });
    const work = (term: Term) => {
      leader = { running, term };
      return untilStopped(term);
    };
    void election.leadWhile(work, { signal: running.stop.signal });
  }

  async function leading() {
    while (leader === undefined || leader.term.remainingMs() === 0) await clock.advance(1_000);
    return leader;
  }

  /** A stop and a start: a new candidate takes the old one's place in the same lane. */
  async function resign(): Promise<void> {
    const { running } = await leading();
    tell({ event: 'stopping', lane: running.lane });
    running.stop.abort();
    await clock.advance(1_000);
    tell({ event: 'gone', lane: running.lane });
    join(running.lane);
  }

  async function kill(): Promise<void> {
    const { running } = await leading();
    tell({ event: 'killed', lane: running.lane });
    running.silent = true;
    running.stop.abort();
    await clock.advance(FREEZE_MS);
    join(running.lane);
  }

  async function freeze(): Promise<void> {
    const { running, term } = await leading();
    tell({ event: 'frozen', lane: running.lane });
    running.silent = true;
    await clock.advance(FREEZE_MS);
    tell({ event: 'thawed', lane: running.lane });
    running.silent = false;
    const says = 'the ledger has admitted a higher one';
    tell({ event: 'refused', lane: running.lane, token: String(term.token), says });
    tell({ event: 'lost', lane: running.lane, token: String(term.token), says: 'lapsed' });
  }

  return { events, join, resign, kill, freeze, advance: (ms: number) => clock.advance(ms) };
}
