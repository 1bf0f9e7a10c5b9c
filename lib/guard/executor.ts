/**
 * Keeps the wills of one process and executes them when its death is proved.
 *
 * The pure machine in `core/will` decides the timing. This file has its clock, its timers and its
 * requests.
 */
import {
  type Evidence,
  isProved,
  stepWill,
  type Will,
  type WillEffect,
  type WillInput,
  type WillOutcome,
  watchedWill,
  willWakesInMs,
} from '../core/will/will.ts';
import { sendRequest } from './send-request.ts';

/** What became of one will. */
export interface WillReport {
  readonly will: Will;
  readonly outcome: WillOutcome;
  /** From the proof of the death to the end of the will. */
  readonly tookMs: number;
}

/** Which will: a process has one for each election that it leads. */
export interface WillKey {
  readonly election: string;
  readonly candidateId: string;
}

export interface WillExecutor {
  told(will: Will): void;
  withdrawn(about: WillKey & { readonly token: string }): void;
  saw(evidence: Partial<Evidence>): void;
  /** Resolves once the death is proved and every will is executed or given up. */
  readonly finished: Promise<void>;
  /** Milliseconds until the last of the leases lapses; 0 where there is no will. */
  lapsesInMs(): number;
}

export interface WillExecutorOptions {
  /** Whether all work of the process ends with the process itself. */
  readonly workGone: boolean;
  readonly report: (report: WillReport) => void;
}

const now = () => performance.now();

export function createWillExecutor(options: WillExecutorOptions): WillExecutor {
  const machines = new Map<string, ReturnType<typeof createMachine>>();
  let evidence: Evidence = {
    channelEnded: false,
    processGone: false,
    workGone: options.workGone,
  };
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();

  const settled = () => {
    if (isProved(evidence) && [...machines.values()].every((machine) => machine.isDone())) finish();
  };

  function machineOf(key: WillKey) {
    const name = JSON.stringify([key.election, key.candidateId]);
    const existing = machines.get(name);
    if (existing !== undefined) return existing;
    const machine = createMachine({ ...options, workGone: evidence.workGone, settled });
    machines.set(name, machine);
    return machine;
  }

  return {
    told: (will) => machineOf(will).input({ kind: 'told', will }),
    withdrawn: (about) => machineOf(about).input({ kind: 'withdrawn', token: about.token }),
    saw(seen) {
      evidence = { ...evidence, ...seen };
      for (const machine of machines.values()) machine.input({ kind: 'saw', evidence: seen });
      settled();
    },
    finished,
    lapsesInMs: () => Math.max(0, ...[...machines.values()].map((one) => one.lapsesInMs())),
  };
}

function createMachine({
  workGone,
  report,
  settled,
}: WillExecutorOptions & { readonly settled: () => void }) {
  let state = watchedWill({ workGone });
  let timer: NodeJS.Timeout | undefined;
  let provedAt = 0;

  function input(what: WillInput): void {
    clearTimeout(timer);
    const before = state.phase.kind;
    const step = stepWill(state, what, now());
    state = step.state;
    if (before === 'watching' && state.phase.kind !== 'watching') provedAt = now();
    for (const effect of step.effects) perform(effect);
    const wakesInMs = willWakesInMs(state, now());
    if (wakesInMs !== undefined) timer = setTimeout(() => input({ kind: 'tick' }), wakesInMs);
  }

  function perform(effect: WillEffect): void {
    switch (effect.kind) {
      case 'send':
        void sendRequest(effect.request).then((verdict) => input({ kind: 'answered', verdict }));
        return;
      case 'done': {
        const { will, outcome } = effect;
        if (will !== undefined) report({ will, outcome, tookMs: now() - provedAt });
        settled();
      }
    }
  }

  return {
    input,
    isDone: () => state.phase.kind === 'done',
    lapsesInMs: () => (state.will === undefined ? 0 : state.lapsesAt - now()),
  };
}
