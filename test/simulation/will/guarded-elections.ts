/**
 * Real elections over one simulated table, whose processes die and have guardians: the leader prepares its
 * will as `runtime/will` does, the guardian decides by `core/will`, and the release is the lease store's own.
 *
 * The kernel tells each guardian the truth, late or never. A leader resigns and leads again now and then,
 * and signing takes its time, so that a will may be of a term that is over. A seed is a replay.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parseToken } from '../../../lib/core/token.ts';
import {
  type PreparedRequest,
  stepWill,
  type WillInput,
  watchedWill,
  willWakesInMs,
} from '../../../lib/core/will/will.ts';
import { createLeaseStore } from '../../../lib/dynamodb/election/operated-store.ts';
import type { Guardian, LeaseStore, Term } from '../../../lib/ports.ts';
import { createElection } from '../../../lib/runtime/election.ts';
import { leaseMechanism } from '../../../lib/runtime/mechanism/lease.ts';
import type { Violation } from '../../judge/invariants.ts';
import { type SeededRandom, seeded } from '../shared/random.ts';
import { createSchedule, type Schedule } from '../shared/schedule.ts';
import { createProcess, type SimulatedProcess } from '../shared/simulated-process.ts';
import { createSimulatedTable, type SimulatedTable } from '../table/simulated-table.ts';

const FATES = ['lives', 'dies-before', 'dies-with', 'is-frozen', 'is-told-late'] as const;
const RUN_MS = 60_000;
const TIMINGS = { leaseDurationMs: 6_000, renewIntervalMs: 1_500, settleMs: 0 };
const TRAVEL_MS = [1, 12] as const;
/** The release of a guardian, and the next reading of a standby. */
const TAKE_OVER_MS_MAX = TIMINGS.renewIntervalMs + 300;
/** By then a leader has its first will prepared, and a standby listens. */
const STEADY_MS = 3_000;

interface Stage {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly table: SimulatedTable;
  readonly violations: Violation[];
  readonly leading: Map<SimulatedProcess, Term>;
  elected: { readonly token: bigint; readonly atMs: number } | undefined;
  releases: number;
}

export interface GuardedElections {
  readonly violations: readonly Violation[];
  /** Roles that guardians released. */
  readonly releases: number;
}

export async function simulateGuarded({ seed }: { readonly seed: number }) {
  const random = seeded(seed * 2_654_435_761 + 3);
  const stage: Stage = {
    ...{ schedule: createSchedule(), random, table: createSimulatedTable() },
    ...{ violations: [], leading: new Map(), elected: undefined, releases: 0 },
  };
  let started = 0;
  const start = (): void => {
    started += 1;
    enlist(stage, `p${started}`, start);
  };
  for (let n = 0; n < 3; n += 1) stage.schedule.at(random.between(0, 500), start);
  await stage.schedule.run(RUN_MS);
  const { violations, releases } = stage;
  return { violations, releases } satisfies GuardedElections;
}

/** A process that campaigns, leads, and dies or resigns; another one takes its place. */
function enlist(stage: Stage, name: string, replace: () => void): void {
  const { schedule, random } = stage;
  const process = createProcess(schedule, { name, host: name, rate: 1, wallOffsetMs: 0 });
  const guardian = createGuardian(stage);
  let nonces = 0;
  const election = createElection({
    ...{ name: 'e', timings: TIMINGS, clock: process.clock, lastWill: guardian.ear },
    via: leaseMechanism({ open: () => storeOf(stage, process) }),
    random: { nonce: () => `${name}.${++nonces}`, unit: random.unit },
  });

  async function lead(): Promise<void> {
    const term = await election.campaign();
    noteElection(stage, process, term);
    schedule.at(schedule.nowMs + STEADY_MS + random.between(0, 6_000), () => {
      if (!process.alive || term.signal.aborted) return;
      if (random.chance(0.3)) return void process.enter(() => void resign(term));
      die(term);
    });
    // Whatever took the role away, the process campaigns again.
    term.signal.addEventListener('abort', () => process.enter(() => void lead().catch(() => {})));
  }

  async function resign(term: Term): Promise<void> {
    stage.leading.delete(process);
    await term.resign();
  }

  function die(term: Term): void {
    stage.leading.delete(process);
    process.kill();
    const isPrompt = guardian.processDied();
    schedule.at(schedule.nowMs + random.between(100, 500), replace);
    if (isPrompt) expectSuccessor(stage, term);
  }

  process.enter(() => void lead().catch(() => {}));
}

/** C1: no candidate is elected while another one that lives believes that it leads. */
function noteElection(stage: Stage, process: SimulatedProcess, term: Term): void {
  const { schedule, leading, violations } = stage;
  for (const [other, held] of leading) {
    if (held.signal.aborted || held.remainingMs() <= 0) continue;
    const detail = `term ${term.token} began while ${other.name} led term ${held.token}`;
    violations.push({ invariant: 'C1', detail });
  }
  leading.set(process, term);
  stage.elected = { token: term.token, atMs: schedule.nowMs };
}

/** L2: the guardian lives and is told, so that the lease is not waited for. */
function expectSuccessor(stage: Stage, { token }: Term): void {
  const { schedule, violations } = stage;
  schedule.at(schedule.nowMs + TAKE_OVER_MS_MAX, () => {
    if (stage.elected !== undefined && stage.elected.token > token) return;
    const detail = `nobody led ${TAKE_OVER_MS_MAX} ms after the leader of term ${token} had died`;
    violations.push({ invariant: 'L2', detail });
  });
}

/** The machine of every real guardian, and a kernel that tells it the truth late or never. */
function createGuardian(stage: Stage) {
  const { schedule, random } = stage;
  const fate = random.pick(FATES);
  let state = watchedWill({ workGone: true });
  let alive = true;
  let cancel = () => {};

  function input(what: WillInput): void {
    if (!alive) return;
    cancel();
    const step = stepWill(state, what, schedule.nowMs);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === 'send') void execute(stage, effect.request).then(answered);
    }
    const wakesInMs = willWakesInMs(state, schedule.nowMs);
    if (wakesInMs === undefined) return;
    cancel = schedule.at(schedule.nowMs + wakesInMs + 1e-6, () => input({ kind: 'tick' }));
  }
  const answered = (verdict: 'granted' | 'refused' | 'unknown') =>
    input({ kind: 'answered', verdict });
  const later = (fromMs: number, toMs: number, what: WillInput) =>
    schedule.at(schedule.nowMs + random.between(fromMs, toMs), () => input(what));

  // By its channel, in the order in which it is told.
  const ear: Guardian = {
    told: (will) => void schedule.at(schedule.nowMs + 1, () => input({ kind: 'told', will })),
    withdrawn: ({ token }) =>
      void schedule.at(schedule.nowMs + 1, () => input({ kind: 'withdrawn', token })),
  };
  if (fate === 'dies-before') {
    schedule.at(schedule.nowMs + random.between(0, 3_000), () => {
      alive = false;
    });
  }
  return {
    ear,
    /** Whether this guardian is told of it and acts at once. */
    processDied(): boolean {
      if (fate === 'dies-with') alive = false;
      const waits = fate === 'is-frozen' || fate === 'is-told-late';
      const [fromMs, toMs] = waits ? [500, 9_000] : [1, 8];
      later(1, 3, { kind: 'saw', evidence: { channelEnded: true } });
      later(fromMs, toMs, { kind: 'saw', evidence: { processGone: true } });
      return fate === 'lives';
    },
  };
}

/** The release as the lease store writes it, under the store's own condition. */
async function execute(stage: Stage, { body }: PreparedRequest) {
  const { token, ...release } = JSON.parse(body) as { token: string; holder: string };
  const store = createLeaseStore({ ...STORE, client: clientOf(stage, (then) => then()) });
  const write = { kind: 'release', revision: 'will', ...release, token: parseToken(token) ?? 0n };
  const { kind } = await store.write(write as never, { signal: new AbortController().signal });
  if (kind === 'granted') stage.releases += 1;
  return kind;
}

const STORE = { tableName: 't', election: 'e', historyDays: 0 } as const;

/** The lease store of a process, which signs slowly. */
function storeOf(stage: Stage, process: SimulatedProcess): LeaseStore {
  const { schedule, random } = stage;
  const client = clientOf(stage, (then) => process.enter(then));
  return {
    ...createLeaseStore({ ...STORE, client }),
    async prepareRelease({ holder, token }) {
      const signingMs = random.pick([1, 1, 700]);
      await new Promise<void>((resolve) =>
        schedule.at(schedule.nowMs + signingMs, () => process.enter(resolve)),
      );
      const body = JSON.stringify({ holder, token: String(token) });
      return { method: 'POST', url: '', headers: {}, body, refusedBy: [] };
    },
  };
}

/**
 * A request that was sent arrives, whatever became of its sender; `enter` is where the answer goes.
 */
function clientOf(
  { schedule, random, table }: Stage,
  enter: (then: () => void) => void,
): DynamoDBClient {
  const travel = (then: () => void) =>
    schedule.at(schedule.nowMs + random.between(...TRAVEL_MS), then);
  const send = (command: object) =>
    new Promise((resolve, reject) => {
      travel(() => {
        let settle: () => void;
        try {
          const answer = table.execute(command);
          settle = () => resolve(answer);
        } catch (error) {
          settle = () => reject(error);
        }
        travel(() => enter(settle));
      });
    });
  return { send, config: { region: async () => 'simulated' } } as unknown as DynamoDBClient;
}
