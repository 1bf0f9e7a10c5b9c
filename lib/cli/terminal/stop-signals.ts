/**
 * The signals that ask a program to stop, as two wishes: to stop, and to stop at once.
 */
import { basename } from 'node:path';

export interface StopSignals {
  /** Aborts at the first signal: a leader announces its hand-over. */
  readonly stop: AbortController;
  /** Aborts at the second: the leader's announcement ends. */
  readonly stopNow: AbortController;
}

/** For the life of this process. SIGHUP is left alone under `nohup`. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const stopNow = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const ignored = signal === 'SIGHUP' && isUnderNohup();
    process.on(signal, () => {
      if (ignored) return;
      const wish = stop.signal.aborted ? stopNow : stop;
      wish.abort(new Error(`stopped by ${signal}`));
    });
  }
  return { stop, stopNow };
}

/** Node resets what nohup has set, so only the shell's variable for the started program is left. */
function isUnderNohup(): boolean {
  return basename(process.env._ ?? '') === 'nohup';
}
