/**
 * What every candidate of the fail-over benchmark is, under every system: a process that writes to the
 * resource every few milliseconds for as long as it believes that it leads.
 *
 * A write is a line on standard output: `w <token> <sent at>`, by the monotonic clock that all processes
 * of one machine share. SIGTERM asks for a graceful end; the end of standard input ends it at once.
 */
export interface Order {
  readonly system: string;
  readonly election: string;
  readonly leaseDurationMs: number;
  readonly renewIntervalMs: number;
  /** Of the store, through a proxy of this candidate's own. */
  readonly host: string;
  readonly port: number;
  /** Where the system needs a queue. */
  readonly queueUrl?: string | undefined;
  /** Where the system goes by the wall clock within a stated bound. */
  readonly clockErrorMsMax?: number | undefined;
  /** Where it has a last will. */
  readonly settleMs?: number | undefined;
}

/** One stretch of leading, as the system tells it. */
export interface Seat {
  /** What a fence can compare; absent where the system gives none. */
  readonly token?: string;
  /** Whether the candidate would act now, had it just asked. */
  readonly believes: () => boolean;
}

export interface Stage {
  readonly signal: AbortSignal;
  take(seat: Seat): void;
  leave(): void;
}

/** Campaigns and leads again and again, until told to stop and stopped. */
export type Compete = (order: Order, stage: Stage) => Promise<void>;

export const WRITE_INTERVAL_MS = 10;

/** Milliseconds of the machine's monotonic clock, comparable between its processes. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export function run(compete: Compete): void {
  const order = JSON.parse(process.argv[2] ?? '{}') as Order;
  const stop = new AbortController();
  let seat: Seat | undefined;
  const write = () => {
    if (seat?.believes() !== true) return;
    process.stdout.write(`w ${seat.token ?? '-'} ${machineMs()}\n`);
  };
  const stage: Stage = {
    signal: stop.signal,
    take(next) {
      seat = next;
      write();
    },
    leave() {
      seat = undefined;
    },
  };
  process.on('SIGTERM', () => stop.abort(new Error('stopped')));
  process.stdin.resume().on('end', () => process.exit());
  setInterval(write, WRITE_INTERVAL_MS);
  process.stdout.write(`ready ${process.pid}\n`);
  compete(order, stage).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${order.system}: ${String(error)}\n`);
      process.exit(1);
    },
  );
}

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
