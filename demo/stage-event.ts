/**
 * What happens on the stage of the demo, as one stream: the story waits on it, the narrator tells it,
 * the time line draws it.
 */

/** What a worker says of itself. */
export type WorkerEventKind =
  | 'ready'
  | 'standby'
  | 'elected'
  | 'renewed'
  | 'draining'
  | 'resigned'
  | 'lost'
  | 'admitted'
  | 'refused'
  | 'frozen'
  | 'failed';

/** What the story does to a worker, and what becomes of it. */
export type StageEventKind =
  | WorkerEventKind
  | 'killed'
  | 'halted'
  | 'guard-said'
  | 'thawed'
  | 'stopping'
  | 'cut-off'
  | 'reconnected'
  | 'exited';

export interface StageEvent {
  readonly kind: StageEventKind;
  /** The worker's name, which is also its lane. */
  readonly worker: string;
  readonly atEpochMs: number;
  readonly candidateId?: string | undefined;
  readonly token?: string | undefined;
  /** Of an election or a renewal: what is left of the lease. */
  readonly remainingMs?: number | undefined;
  /** Of a write: which entry. */
  readonly entry?: string | undefined;
  /** Of a refusal: the token that had been admitted. */
  readonly highestToken?: string | undefined;
  readonly why?: string | undefined;
  /** Of a worker that is ready: its process, which is not the one that the demo has started. */
  readonly pid?: number | undefined;
}

/** A line of a worker's standard output. */
export type WorkerLine = Omit<StageEvent, 'kind' | 'worker'> & { readonly kind: WorkerEventKind };

/** A line of a worker's standard input. */
export type WorkerOrder =
  /** Stop, as by SIGSTOP, at the worst moment: after the checks of a write, before it is sent. */
  | { readonly order: 'freeze' }
  /** Hand the role to that candidate. */
  | { readonly order: 'hand-over'; readonly candidateId: string };
