/**
 * A stage for scenarios: the real runtime on a memory store, a clock that moves when told, faults by
 * name, and a transcript of every call and event that a newcomer can read.
 */
import type { LeaseRecord, LeaseWrite } from '../../lib/core/record.ts';
import type { JournalEvent, LeaseStore } from '../../lib/ports.ts';
import { createElection, type ElectionOptions } from '../../lib/runtime/election.ts';
import {
  createMemory,
  createMemoryStore,
  type Fault,
  type FaultyStore,
  manualClock,
  withFaults,
} from '../../lib/testing/index.ts';

const NAME = 'scene';

export interface Scene {
  /** A candidate that tells of all it does; its faults befall its next calls of that kind. */
  candidate(name: string, options?: Partial<ElectionOptions>): Actor;
  pass(ms: number): Promise<void>;
  jumpWallClock(ms: number): void;
  deleteRecord(): void;
  say(who: string, what: string): void;
  readonly transcript: string;
}

export interface Actor {
  readonly election: ReturnType<typeof createElection>;
  fail(kind: LeaseWrite['kind'] | 'read', fault: Fault, times?: number): void;
  landLate(): Promise<void>;
  readonly writes: number;
}

export function createScene(): Scene {
  const clock = manualClock();
  const memory = createMemory();
  const lines: string[] = [];
  const say = (who: string, what: string) => {
    const seconds = (clock.now().monotonicMs / 1000).toFixed(3);
    lines.push(`${seconds.padStart(8)}  ${who.padEnd(5)}  ${what}`);
  };

  function candidate(name: string, options: Partial<ElectionOptions> = {}): Actor {
    const script = new Map<string, Fault[]>();
    const next = (kind: string) => script.get(kind)?.shift();
    let nonces = 0;
    let faulty: FaultyStore | undefined;
    const election = createElection({
      name: NAME,
      via: {
        kind: 'lease',
        open: () => {
          const told = telling(createMemoryStore(memory, NAME), name, say);
          const kindOf = (call: { kind: string; write?: LeaseWrite }) => call.write?.kind ?? 'read';
          faulty = withFaults(told, (call) => {
            const fault = next(kindOf(call));
            if (fault) say(name, `${kindOf(call)} ${fault}`);
            return fault;
          });
          return faulty;
        },
      },
      candidatePrefix: name,
      clock,
      random: { nonce: () => `${name}${++nonces}`, unit: () => 0.5 },
      journal: { record: (event: JournalEvent) => say(name, narrate(event)) },
      ...options,
    });
    return {
      election,
      fail: (kind, fault, times = 1) =>
        void script.set(kind, [...(script.get(kind) ?? []), ...Array(times).fill(fault)]),
      landLate: async () => {
        say(name, 'what was delayed arrives');
        await faulty?.applyLate();
      },
      get writes() {
        return faulty?.calls.filter(({ kind }) => kind === 'write').length ?? 0;
      },
    };
  }

  return {
    candidate,
    pass: (ms) => clock.advance(ms),
    jumpWallClock: (ms) => clock.jumpWallClock(ms),
    deleteRecord: () => void memory.records.delete(NAME),
    say,
    get transcript() {
      return `${lines.join('\n')}\n`;
    },
  };
}

/** Tells of each write that reaches the store, and what the store made of it. */
function telling(store: LeaseStore, who: string, say: Scene['say']): LeaseStore {
  return {
    ...store,
    async write(write, options) {
      const outcome = await store.write(write, options);
      const record = outcome.kind === 'refused' ? `: there is ${shown(outcome.record)}` : '';
      const token = 'token' in write ? ` of token ${write.token}` : '';
      say(who, `${write.kind}${token} → ${outcome.kind}${record}`);
      return outcome;
    },
  };
}

function shown(record: LeaseRecord | undefined): string {
  if (record === undefined) return 'no record';
  return `token ${record.token} of ${record.holder?.split('/')[0] ?? 'nobody'}`;
}

function narrate(event: JournalEvent): string {
  const token = 'token' in event && event.token !== undefined ? ` ${event.token}` : '';
  const why = 'why' in event ? `, ${event.why}` : '';
  const left = 'remainingMs' in event ? `, ${event.remainingMs.toFixed(0)} ms left` : '';
  const released = 'released' in event ? (event.released ? ', released' : ', not released') : '';
  const error = event.event === 'error' ? `: ${messageOf(event.error)}` : '';
  return `* ${event.event}${token}${why}${left}${released}${error}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
