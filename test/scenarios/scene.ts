/**
 * A stage for scenarios: the real runtime on a memory store, a clock that the scenario moves, and faults
 * by name. Its transcript has every call and event, in words that a newcomer can read.
 */
import type { LeaseRecord, LeaseWrite } from '../../lib/core/lease/record.ts';
import { createElection, type ElectionOptions } from '../../lib/index.ts';
import type { JournalEvent, LeaseStore, Term } from '../../lib/ports.ts';
import { leaseMechanism } from '../../lib/runtime/mechanism/lease.ts';
import {
  createMemory,
  createMemoryStore,
  type Fault,
  type FaultyStore,
  manualClock,
  withFaults,
} from '../../lib/testing/index.ts';
import type { Scenario } from './scenario.ts';
import { createTranscript, narrate, shown } from './transcript.ts';

const NAME = 'scene';

export interface Scene {
  /** A candidate whose actions go into the transcript. Each fault hits its next call of that kind. */
  candidate(name: string, options?: Partial<ElectionOptions>): Actor;
  pass(ms: number): Promise<void>;
  jumpWallClock(ms: number): void;
  /** The record as stored now, to show or to restore later. */
  record(): LeaseRecord;
  /** As an operator who restores a backup. */
  restore(record: LeaseRecord): void;
  deleteRecord(): void;
  say(who: string, what: string): void;
  readonly transcript: string;
}

export interface Actor {
  readonly election: ReturnType<typeof createElection>;
  fail(kind: LeaseWrite['kind'] | 'read', fault: Fault, times?: number): void;
  /** Its next eventual read returns this old record. From then on the transcript has its reads. */
  lagsBehindBy(record: LeaseRecord): void;
  landLate(): Promise<void>;
  readonly writes: number;
}

export function createScene(): Scene {
  const clock = manualClock();
  const memory = createMemory();
  const transcript = createTranscript(() => clock.now().monotonicMs);
  const { say } = transcript;

  function candidate(name: string, options: Partial<ElectionOptions> = {}): Actor {
    const script = new Map<string, Fault[]>();
    const reads: Reads = { told: false };
    const next = (kind: string) => script.get(kind)?.shift();
    let nonces = 0;
    let faulty: FaultyStore | undefined;
    const election = createElection({
      name: NAME,
      via: leaseMechanism({
        open: () => {
          const told = telling(createMemoryStore(memory, NAME), reads, (what) => say(name, what));
          const kindOf = (call: { kind: string; write?: LeaseWrite }) => call.write?.kind ?? 'read';
          faulty = withFaults(told, (call) => {
            const fault = next(kindOf(call));
            if (fault) say(name, `${kindOf(call)} ${fault}`);
            return fault;
          });
          return faulty;
        },
      }),
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
      lagsBehindBy: (record) => Object.assign(reads, { told: true, stale: record }),
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
    record() {
      const record = memory.records.get(NAME);
      if (record === undefined) throw new Error('nobody has led yet');
      return record;
    },
    restore: (record) => void memory.records.set(NAME, record),
    deleteRecord: () => void memory.records.delete(NAME),
    say,
    get transcript() {
      return transcript.text;
    },
  };
}

interface Reads {
  told: boolean;
  /** What the next eventual read returns in place of the record that is stored. */
  stale?: LeaseRecord | undefined;
}

/** Writes each write that reaches the store and its outcome into the transcript; reads too where asked. */
function telling(store: LeaseStore, reads: Reads, say: (what: string) => void): LeaseStore {
  return {
    ...store,
    async read(options) {
      const stale = options.consistency === 'eventual' ? reads.stale : undefined;
      if (stale) reads.stale = undefined;
      const sighting = stale
        ? ({ kind: 'present', record: stale } as const)
        : await store.read(options);
      const record = sighting.kind === 'present' ? sighting.record : undefined;
      const aside = stale ? ', which is no longer so' : '';
      if (reads.told) say(`${options.consistency} read → ${shown(record)}${aside}`);
      return sighting;
    },
    async write(write, options) {
      const outcome = await store.write(write, options);
      const record = outcome.kind === 'refused' ? `: there is ${shown(outcome.record)}` : '';
      const token = 'token' in write ? ` of token ${write.token}` : '';
      say(`${write.kind}${token} → ${outcome.kind}${record}`);
      return outcome;
    },
  };
}

/** A scenario of candidates for a lease. */
export const leaseScenario = (
  name: string,
  about: Pick<Scenario, 'shows' | 'without'>,
  act: (scene: Scene) => Promise<void>,
): Scenario => ({
  name,
  ...about,
  async play() {
    const scene = createScene();
    await act(scene);
    return scene.transcript;
  },
});

/** Elects the actor and leaves it leading. */
export async function elected(scene: Scene, { election }: Actor): Promise<Term> {
  const campaign = election.campaign();
  await scene.pass(0);
  return campaign;
}

export async function waiting(scene: Scene, { election }: Actor): Promise<AbortController> {
  const leave = new AbortController();
  election
    .campaign({ signal: leave.signal })
    .catch(() => scene.say('', 'a campaign was called off'));
  await scene.pass(0);
  return leave;
}
